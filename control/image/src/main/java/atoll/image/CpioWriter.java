package atoll.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

/**
 * Writes the archive format that Linux unpacks as its first file system: {@code newc}, described in
 * the kernel's {@code Documentation/driver-api/early-userspace/buffer-format.rst}. Everything
 * belongs to root and is dated at the epoch, so equal content gives equal bytes.
 */
final class CpioWriter implements AutoCloseable {
  private static final byte[] NOTHING = {};

  /** Bytes; the archive ends behind its last entry, not at the end of a block of a tape. */
  private static final int BLOCK = 4;

  private final CpioArchiveOutputStream out;
  private final Set<String> directories = new HashSet<>();
  private int inode = 1;

  CpioWriter(OutputStream out) {
    this.out =
        new CpioArchiveOutputStream(
            out, CpioConstants.FORMAT_NEW, BLOCK, StandardCharsets.UTF_8.name());
  }

  /** A directory, and those above it, unless they are there. */
  void directory(String path) throws IOException {
    if (directories.contains(path)) {
      return;
    }
    parents(path);
    directories.add(path);
    entry(path, CpioConstants.C_ISDIR | 0755, NOTHING, 0, 0);
  }

  void file(String path, int permissions, byte[] content) throws IOException {
    parents(path);
    entry(path, CpioConstants.C_ISREG | permissions, content, 0, 0);
  }

  void symbolicLink(String path, String target) throws IOException {
    parents(path);
    byte[] content = target.getBytes(StandardCharsets.UTF_8);
    entry(path, CpioConstants.C_ISLNK | 0777, content, 0, 0);
  }

  void characterDevice(String path, int permissions, int major, int minor) throws IOException {
    parents(path);
    entry(path, CpioConstants.C_ISCHR | permissions, NOTHING, major, minor);
  }

  private void parents(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      directory(path.substring(0, slash));
    }
  }

  private void entry(String path, int mode, byte[] content, int major, int minor)
      throws IOException {
    CpioArchiveEntry entry = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, path, content.length);
    entry.setMode(mode);
    entry.setInode(inode++);
    entry.setRemoteDeviceMaj(major);
    entry.setRemoteDeviceMin(minor);
    out.putArchiveEntry(entry);
    out.write(content);
    out.closeArchiveEntry();
  }

  /** Writes the record that ends the archive, and closes what is written to. */
  @Override
  public void close() throws IOException {
    out.close();
  }
}
