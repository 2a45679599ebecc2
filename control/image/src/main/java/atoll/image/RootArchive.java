package atoll.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * A new system's files as one {@code tar} archive, which the builder VM unpacks onto the disk:
 * packages as {@code dpkg --unpack} would leave them, with {@code dpkg}'s record of that.
 *
 * <p>Why not all by {@code dpkg}: docs/adr/0071-packages-are-unpacked-outside.md.
 */
final class RootArchive implements AutoCloseable {
  /** Where what only the builder needs is; removed at the end. */
  static final String BUILDER = ".atoll";

  /** The script of a package that runs before it is unpacked. */
  private static final String BEFORE = "preinst";

  /** The end of the name of a file that a user may change, until its package is configured. */
  private static final String WAITING = ".dpkg-new";

  private static final int BLOCK = 512;

  private final TarArchiveOutputStream out;
  private final RootPaths paths = new RootPaths();
  private final DpkgDatabase database = new DpkgDatabase();
  private final StringBuilder scripts = new StringBuilder();
  private int debs;

  RootArchive(Path file) throws IOException {
    OutputStream bytes = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
    out = new TarArchiveOutputStream(bytes, BLOCK, StandardCharsets.UTF_8.name());
    out.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
    out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
  }

  /**
   * Adds a package as unpacked, unless only {@code dpkg} can do that: if its script that runs
   * before moves files of others aside, or if it has a file that is there already, which {@code
   * dpkg} knows when to allow.
   *
   * @param early whether {@code dpkg} cannot run before it is there, so that it is unpacked in any
   *     case
   */
  void add(UnpackedPackage added, boolean early) throws IOException {
    if (divertsFiles(added) && !early || meetsAnother(added)) {
      folder(BUILDER + "/debs");
      file(
          "%s/debs/%04d-%s".formatted(BUILDER, debs++, added.found().fileName()),
          0644,
          Files.readAllBytes(added.deb()));
      return;
    }
    if (added.control().containsKey(BEFORE)) {
      scripts.append(added.qualifiedName()).append('\n');
    }
    Set<String> conffiles = added.conffiles();
    List<String> listed = new ArrayList<>();
    added.visit((entry, content) -> {
      String path = "/" + RootPaths.plain(entry.getName());
      listed.add(path.equals("/") ? "/." : path);
      copy(entry, content, conffiles.contains(path));
    });
    database.add(added, listed);
  }

  private static boolean divertsFiles(UnpackedPackage added) {
    return added.lines(BEFORE).stream().anyMatch(line -> line.contains("dpkg-divert"));
  }

  private boolean meetsAnother(UnpackedPackage added) throws IOException {
    boolean[] meets = {false};
    added.visit((entry, content) -> {
      if (!entry.isDirectory()) {
        String path = paths.ofFile(entry.getName());
        meets[0] |= paths.has(path) || paths.has(path + WAITING);
      }
    });
    return meets[0];
  }

  private void copy(TarArchiveEntry entry, InputStream content, boolean conffile)
      throws IOException {
    if (entry.isDirectory()) {
      String path = paths.ofFolder(entry.getName());
      if (paths.addFolder(path) && !path.isEmpty()) {
        put(entry, path + "/", "", content);
      }
      return;
    }
    // dpkg makes it the file when it configures the package.
    String path = paths.ofFile(entry.getName()) + (conffile ? WAITING : "");
    boolean fresh = paths.addFile(path);
    assert fresh : path;
    if (entry.isSymbolicLink()) {
      paths.addLink(path, entry.getLinkName());
      put(entry, path, entry.getLinkName(), content);
    } else {
      put(entry, path, entry.isLink() ? paths.ofFile(entry.getLinkName()) : "", content);
    }
  }

  private void put(TarArchiveEntry from, String path, String link, InputStream content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path, from.getLinkFlag());
    entry.setMode(from.getMode());
    entry.setIds((int) from.getLongUserId(), (int) from.getLongGroupId());
    entry.setModTime(from.getLastModifiedTime());
    entry.setLinkName(link);
    entry.setDevMajor(from.getDevMajor());
    entry.setDevMinor(from.getDevMinor());
    boolean bytes = from.isFile() && !from.isLink();
    entry.setSize(bytes ? from.getSize() : 0);
    out.putArchiveEntry(entry);
    if (bytes) {
      content.transferTo(out);
    }
    out.closeArchiveEntry();
  }

  /** Adds a file of root's. */
  void file(String path, int permissions, byte[] content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path);
    entry.setMode(0100000 | permissions);
    entry.setIds(0, 0);
    entry.setModTime(0);
    entry.setSize(content.length);
    out.putArchiveEntry(entry);
    out.write(content);
    out.closeArchiveEntry();
  }

  /** Adds a file of root's from a file. */
  void file(String path, int permissions, Path content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path);
    entry.setMode(0100000 | permissions);
    entry.setIds(0, 0);
    entry.setModTime(0);
    entry.setSize(Files.size(content));
    out.putArchiveEntry(entry);
    Files.copy(content, out);
    out.closeArchiveEntry();
  }

  /** Adds a folder of root's and those above it, unless they are there. */
  void folder(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      folder(path.substring(0, slash));
    }
    if (paths.addFolder(path)) {
      TarArchiveEntry entry = new TarArchiveEntry(path + "/", TarConstants.LF_DIR);
      entry.setMode(040755);
      entry.setIds(0, 0);
      entry.setModTime(0);
      out.putArchiveEntry(entry);
      out.closeArchiveEntry();
    }
  }

  /** Writes what {@code dpkg} knows, and ends the archive. */
  @Override
  public void close() throws IOException {
    try (out) {
      folder(BUILDER);
      file(BUILDER + "/first", 0644, scripts.toString().getBytes(StandardCharsets.UTF_8));
      database.write(this);
    }
  }
}
