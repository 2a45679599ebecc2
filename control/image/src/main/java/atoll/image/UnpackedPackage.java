package atoll.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A package that has been taken apart.
 *
 * @param deb its file
 * @param control what {@code dpkg} is told about it: files by name
 * @param data its files, as a {@code tar} archive that is not packed
 */
record UnpackedPackage(DebianPackage found, Path deb, Map<String, ControlFile> control, Path data) {
  /** Bytes of the longest control file; lists of digests have a few hundred thousand. */
  private static final int MOST_CONTROL = 64 << 20;

  /** A file for {@code dpkg}. */
  static final class ControlFile {
    private final byte[] content;
    private final int permissions;

    ControlFile(byte[] content, int permissions) {
      this.content = content;
      this.permissions = permissions;
    }

    byte[] content() {
      return content;
    }

    int permissions() {
      return permissions;
    }

    String text() {
      return new String(content, StandardCharsets.UTF_8);
    }
  }

  /** What is done with each entry of the files. */
  interface Visitor {
    /**
     * @param content valid during the call
     */
    void entry(TarArchiveEntry entry, InputStream content) throws IOException;
  }

  /** Takes a package apart; its files go to {@code data}. */
  static UnpackedPackage of(DebianPackage found, Path deb, Path data) throws IOException {
    Map<String, ControlFile> control = new LinkedHashMap<>();
    DebArchive.read(
        deb,
        content -> readControl(content, control),
        content -> {
          try (OutputStream out = Files.newOutputStream(data)) {
            content.transferTo(out);
          }
        });
    if (!control.containsKey("control")) {
      throw new RefusedException(
          "%s has no control file, so it is not a package; remove it and start again"
              .formatted(deb));
    }
    return new UnpackedPackage(found, deb, control, data);
  }

  private static void readControl(InputStream in, Map<String, ControlFile> control)
      throws IOException {
    TarArchiveInputStream files = new TarArchiveInputStream(new BoundedStream(in, MOST_CONTROL));
    for (TarArchiveEntry file = files.getNextEntry(); file != null; file = files.getNextEntry()) {
      if (file.isFile()) {
        control.put(
            file.getName().replaceFirst("^\\.?/+", ""),
            new ControlFile(files.readAllBytes(), file.getMode() & 0777));
      }
    }
  }

  /** Goes through its files, in their order. */
  void visit(Visitor visitor) throws IOException {
    try (TarArchiveInputStream files =
        new TarArchiveInputStream(
            new java.io.BufferedInputStream(Files.newInputStream(data), 1 << 16))) {
      for (TarArchiveEntry file = files.getNextEntry(); file != null; file = files.getNextEntry()) {
        visitor.entry(file, files);
      }
    }
  }

  /** A control file's lines; none if there is no such file. */
  List<String> lines(String name) {
    ControlFile file = control.get(name);
    return file == null ? List.of() : file.text().lines().filter(line -> !line.isBlank()).toList();
  }

  /** The files that a user may change, with a leading slash. */
  Set<String> conffiles() {
    Set<String> files = new LinkedHashSet<>();
    for (String line : lines("conffiles")) {
      if (line.startsWith("/")) { // and not with a flag, for a file that it no longer has
        files.add(line.strip());
      }
    }
    return files;
  }

  /** A field of its control file; empty if it has none. */
  String field(String name) {
    String start = name + ":";
    return lines("control").stream()
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()).strip())
        .findFirst()
        .orElse("");
  }

  /** As {@code dpkg} names its files: several architectures of some packages can be there. */
  String qualifiedName() {
    return field("Multi-Arch").equals("same")
        ? found.name() + ":" + field("Architecture")
        : found.name();
  }
}
