package atoll.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * What the builder VM has beside the stock Linux guest's files: its first process, and {@code
 * mke2fs} with the libraries that it is linked to.
 */
final class BuilderFiles {
  /** The package with the tool that makes the file system. */
  static final String TOOL = "e2fsprogs";

  private static final Pattern LIBRARY =
      Pattern.compile("usr/lib/[^/]+-linux-gnu/[^/]+\\.so[.0-9]*");
  private static final Pattern LOADER =
      Pattern.compile("(usr/lib/[^/]+-linux-gnu|usr/lib)/ld-linux[^/]*\\.so\\.1");

  private final Set<String> added = new HashSet<>();

  private BuilderFiles() {}

  /**
   * Writes the builder's initial RAM disk.
   *
   * @param stock the archive of the stock guest, which comes first
   * @param packages that of the tool, and all that it needs
   */
  static void write(Path to, Path stock, List<UnpackedPackage> packages) throws IOException {
    BuilderFiles files = new BuilderFiles();
    OutputStream out = new BufferedOutputStream(Files.newOutputStream(to), 1 << 16);
    long length = Files.copy(stock, out);
    out.write(new byte[(int) (-length & 3)]); // the next archive begins at a multiple of 4 bytes
    try (CpioWriter archive = new CpioWriter(out)) {
      archive.file("build/init", 0755, Initramfs.resource("build"));
      for (UnpackedPackage each : packages) {
        each.visit((entry, content) -> files.add(archive, entry, content));
      }
    }
    if (!files.added.containsAll(Set.of("mke2fs", "ld.so"))) {
      throw new RefusedException(
          "the mirror's %s has no mke2fs that can be run; choose another mirror with --mirror"
              .formatted(TOOL));
    }
  }

  private void add(CpioWriter archive, TarArchiveEntry entry, InputStream content)
      throws IOException {
    String path = RootPaths.plain(entry.getName());
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (path.matches("(usr/)?sbin/mke2fs") && entry.isFile()) {
      put(archive, name, content.readAllBytes());
    } else if (LOADER.matcher(path).matches() && entry.isFile()) {
      put(archive, "ld.so", content.readAllBytes());
    } else if (LIBRARY.matcher(path).matches()) {
      if (entry.isSymbolicLink() && added.add(name)) {
        archive.symbolicLink("build/e2fs/" + name, entry.getLinkName());
      } else if (entry.isFile()) {
        put(archive, name, content.readAllBytes());
      }
    }
  }

  private void put(CpioWriter archive, String name, byte[] content) throws IOException {
    if (added.add(name)) {
      archive.file("build/e2fs/" + name, 0755, content);
    }
  }
}
