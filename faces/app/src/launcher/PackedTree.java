import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A tree of files in a tar, in order, all of root's and of one time. */
final class PackedTree implements Closeable {
  /** When everything in a package is said to be made, as of what Maven builds. */
  static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");

  private static final int FOLDER = 0040755;
  private static final int PROGRAM = 0100755;
  private static final int FILE = 0100644;

  private final TarArchiveOutputStream tar;
  private final Set<String> folders = new HashSet<>();

  private PackedTree(OutputStream out) {
    tar = new TarArchiveOutputStream(out, "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
  }

  /** A tar that closes {@code out} with it. */
  static PackedTree plain(OutputStream out) {
    return new PackedTree(out);
  }

  /** The same through gzip. */
  static PackedTree zipped(OutputStream out) throws IOException {
    return new PackedTree(new GZIPOutputStream(out, 1 << 16));
  }

  /** A file or a symbolic link of the disk. */
  void add(Path file, String name) throws IOException {
    if (Files.isSymbolicLink(file)) {
      link(name, Files.readSymbolicLink(file).toString());
    } else {
      file(name, Files.readAllBytes(file), mode(file));
    }
  }

  /** All files and links below a folder, in order. */
  static List<Path> files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Whether everybody may run a file, or read it only. */
  static int mode(Path file) throws IOException {
    return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_EXECUTE)
        ? PROGRAM
        : FILE;
  }

  /** A file that is not on the disk. */
  void file(String name, byte[] content) throws IOException {
    file(name, content, FILE);
  }

  void file(String name, byte[] content, int mode) throws IOException {
    foldersOf(name);
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    put(entry, mode);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  void link(String name, String target) throws IOException {
    foldersOf(name);
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
    entry.setLinkName(target);
    put(entry, 0120777);
    tar.closeArchiveEntry();
  }

  /** An empty folder of a mode. */
  void folder(String name, int mode) throws IOException {
    foldersOf(name);
    folders.add(name + "/");
    put(new TarArchiveEntry(name + "/"), 0040000 | mode);
    tar.closeArchiveEntry();
  }

  private void foldersOf(String name) throws IOException {
    for (int end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) {
      String folder = name.substring(0, end + 1);
      if (folders.add(folder)) {
        put(new TarArchiveEntry(folder), FOLDER);
        tar.closeArchiveEntry();
      }
    }
  }

  private void put(TarArchiveEntry entry, int mode) throws IOException {
    entry.setMode(mode);
    entry.setIds(0, 0);
    entry.setNames("root", "root");
    entry.setLastModifiedTime(FileTime.from(TIME));
    tar.putArchiveEntry(entry);
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
