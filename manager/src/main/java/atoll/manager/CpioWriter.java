package atoll.manager;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Writes the archive format that Linux unpacks as its first file system: {@code newc}, described in
 * the kernel's {@code Documentation/driver-api/early-userspace/buffer-format.rst}. Everything
 * belongs to root and is dated at the epoch, so equal content gives equal bytes.
 */
final class CpioWriter implements AutoCloseable {
  private static final int FORMAT = 0xf000;
  private static final int DIRECTORY = 0x4000;
  private static final int CHARACTER_DEVICE = 0x2000;
  private static final int REGULAR = 0x8000;
  private static final int SYMBOLIC_LINK = 0xa000;
  private static final byte[] NOTHING = {};

  private final OutputStream out;
  private final Set<String> directories = new HashSet<>();
  private int inode = 1;
  private long position;

  CpioWriter(OutputStream out) {
    this.out = out;
  }

  /** A directory, and those above it, unless they are there. */
  void directory(String path) throws IOException {
    if (directories.contains(path)) {
      return;
    }
    parents(path);
    directories.add(path);
    entry(path, DIRECTORY | 0755, NOTHING, 0, 0);
  }

  void file(String path, int permissions, byte[] content) throws IOException {
    parents(path);
    entry(path, REGULAR | permissions, content, 0, 0);
  }

  void symbolicLink(String path, String target) throws IOException {
    parents(path);
    entry(path, SYMBOLIC_LINK | 0777, target.getBytes(StandardCharsets.UTF_8), 0, 0);
  }

  void characterDevice(String path, int permissions, int major, int minor) throws IOException {
    parents(path);
    entry(path, CHARACTER_DEVICE | permissions, NOTHING, major, minor);
  }

  private void parents(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      directory(path.substring(0, slash));
    }
  }

  private void entry(String path, int mode, byte[] content, int major, int minor)
      throws IOException {
    int links = (mode & FORMAT) == DIRECTORY ? 2 : 1;
    record(path, mode, links, content, major, minor, inode++);
  }

  private void record(
      String path, int mode, int links, byte[] content, int major, int minor, int number)
      throws IOException {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    String header =
        "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
            .formatted(
                number, mode, 0, 0, links, 0, content.length, 0, 0, major, minor, name.length, 0);
    write(header.getBytes(StandardCharsets.US_ASCII));
    write(name);
    align();
    write(content);
    align();
  }

  private void write(byte[] bytes) throws IOException {
    out.write(bytes);
    position += bytes.length;
  }

  private void align() throws IOException {
    write(new byte[(int) (-position & 3)]);
  }

  /** Writes the record that ends the archive, and closes what is written to. */
  @Override
  public void close() throws IOException {
    record("TRAILER!!!", 0, 1, NOTHING, 0, 0, 0);
    out.close();
  }
}
