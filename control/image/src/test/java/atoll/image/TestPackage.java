package atoll.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A Debian package that a test makes, with all that a real one has. */
final class TestPackage {
  private final String name;
  private final Map<String, String> control = new LinkedHashMap<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final TarArchiveOutputStream files = new TarArchiveOutputStream(data);
  private String fields;

  TestPackage(String name) {
    this.name = name;
    files.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
    fields = "Package: %s\nVersion: 1.0-1\nArchitecture: riscv64\n".formatted(name);
  }

  /** A line of its control file. */
  TestPackage field(String line) {
    fields += line + "\n";
    return this;
  }

  /** A file for {@code dpkg}. */
  TestPackage control(String file, String content) {
    control.put(file, content);
    return this;
  }

  TestPackage folder(String path) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("./" + path + "/");
    entry.setMode(040755);
    return put(entry, new byte[0]);
  }

  TestPackage file(String path, int mode, String content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("./" + path);
    entry.setMode(0100000 | mode);
    return put(entry, content.getBytes(StandardCharsets.UTF_8));
  }

  TestPackage link(String path, String target, boolean symbolic) throws IOException {
    TarArchiveEntry entry =
        new TarArchiveEntry("./" + path, symbolic ? TarConstants.LF_SYMLINK : TarConstants.LF_LINK);
    entry.setLinkName(target);
    return put(entry, new byte[0]);
  }

  private TestPackage put(TarArchiveEntry entry, byte[] content) throws IOException {
    entry.setIds(0, 0);
    entry.setSize(content.length);
    files.putArchiveEntry(entry);
    files.write(content);
    files.closeArchiveEntry();
    return this;
  }

  byte[] deb() throws IOException {
    files.close();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArArchiveOutputStream ar = new ArArchiveOutputStream(bytes)) {
      member(ar, "debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
      member(ar, "control.tar.xz", DebBuilder.xz(controlArchive()));
      member(ar, "data.tar.xz", DebBuilder.xz(data.toByteArray()));
    }
    return bytes.toByteArray();
  }

  private byte[] controlArchive() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      Map<String, String> all = new LinkedHashMap<>(control);
      all.put("control", fields);
      for (Map.Entry<String, String> file : all.entrySet()) {
        byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry("./" + file.getKey());
        entry.setMode(file.getKey().matches("(pre|post)(inst|rm)") ? 0100755 : 0100644);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static void member(ArArchiveOutputStream ar, String name, byte[] content)
      throws IOException {
    ar.putArchiveEntry(new ArArchiveEntry(name, content.length));
    ar.write(content);
    ar.closeArchiveEntry();
  }

  /** The package, taken apart in a folder. */
  UnpackedPackage unpacked(Path folder) throws IOException {
    Path deb = Files.write(folder.resolve(name + ".deb"), deb());
    DebianPackage found =
        new DebianPackage(
            name, "1.0-1", "pool/" + name + ".deb", Files.size(deb), "ab".repeat(32), Map.of());
    return UnpackedPackage.of(found, deb, folder.resolve(name + ".tar"));
  }
}
