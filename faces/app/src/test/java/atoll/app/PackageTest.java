package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import javax.tools.ToolProvider;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./atoll package} writes of a tree, here of a small one. */
class PackageTest {
  /** Longer than a name in a plain tar. */
  private static final String DEEP = "runtime/legal/" + "a-long-name/".repeat(12) + "LICENSE";

  @TempDir private static Path classes;
  @TempDir private Path folder;
  private Path tree;
  private Path base;

  /** The JVM would compile them for each start. */
  @BeforeAll
  static void compile() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-d", classes.toString()));
    try (Stream<Path> sources = Files.list(Checkout.REPOSITORY.resolve("faces/app/src/launcher"))) {
      sources.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(arguments::add);
    }
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.toArray(String[]::new)))
        .isZero();
  }

  private static void run(String program, String... arguments) throws Exception {
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      Method main = loader.loadClass(program).getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) arguments);
    }
  }

  @BeforeEach
  void plant() throws IOException {
    tree = folder.resolve("atoll-1.2-SNAPSHOT-linux-x86_64");
    base = folder.resolve("base");
    file(tree.resolve("bin/atoll"), "#!/bin/sh\necho started\n", true);
    file(tree.resolve("runtime/release"), "JAVA_VERSION=\"25\"\n", false);
    file(tree.resolve(DEEP), "free\n", false);
    file(tree.resolve("share/man/man1/atoll.1"), ".TH ATOLL 1\n", false);
    file(tree.resolve("share/doc/atoll/LICENSE"), "free\n", false);
    file(tree.resolve("share/doc/atoll/CHANGELOG.md"), "new\n", false);
    Files.createSymbolicLink(tree.resolve("runtime/also"), Path.of("release"));
    file(base.resolve("bin/sh"), "shell", true);
  }

  private static void file(Path file, String text, boolean program) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(
        file, PosixFilePermissions.fromString(program ? "rwx------" : "rw-rw-r--"));
  }

  private Path write(String kind) throws Exception {
    Path out = Files.createTempDirectory(folder, "out");
    run("Package", kind, "1.2-SNAPSHOT", tree.toString(), base.toString(), out.toString());
    return onlyFile(out);
  }

  private static Path onlyFile(Path out) throws IOException {
    try (Stream<Path> all = Files.list(out)) {
      List<Path> files = all.toList();
      assertThat(files).hasSize(1);
      return files.getFirst();
    }
  }

  private static Map<String, TarArchiveEntry> entries(InputStream tar, Map<String, byte[]> contents)
      throws IOException {
    Map<String, TarArchiveEntry> all = new TreeMap<>();
    try (TarArchiveInputStream in = new TarArchiveInputStream(tar)) {
      for (TarArchiveEntry entry; (entry = in.getNextEntry()) != null; ) {
        all.put(entry.getName(), entry);
        contents.put(entry.getName(), in.readAllBytes());
      }
    }
    return all;
  }

  private static byte[] unpacked(byte[] gzip) throws IOException {
    return new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes();
  }

  @Test
  void theArchiveHasTheTreeWithItsLinksAndWhoMayRunWhat() throws Exception {
    Path archive = write("archive");
    assertThat(archive).hasFileName("atoll-1.2-SNAPSHOT-linux-x86_64.tar.gz");
    Map<String, byte[]> contents = new TreeMap<>();
    Map<String, TarArchiveEntry> entries =
        entries(new ByteArrayInputStream(unpacked(Files.readAllBytes(archive))), contents);
    String top = tree.getFileName() + "/";
    assertThat(entries.get(top + "bin/atoll").getMode() & 0777).isEqualTo(0755);
    assertThat(entries.get(top + "runtime/release").getMode() & 0777).isEqualTo(0644);
    assertThat(entries.get(top + "runtime/also").getLinkName()).isEqualTo("release");
    assertThat(contents.get(top + DEEP)).asString().isEqualTo("free\n");
    assertThat(entries.values())
        .extracting(TarArchiveEntry::getLastModifiedTime)
        .containsOnly(FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
  }

  @Test
  void equalTreesGiveEqualBytes() throws Exception {
    byte[] deb = Files.readAllBytes(write("deb"));
    byte[] oci = Files.readAllBytes(write("oci"));
    Path copy = folder.resolve("other").resolve(tree.getFileName());
    Files.createDirectories(copy.getParent());
    Files.move(tree, copy);
    tree = copy;
    Files.setLastModifiedTime(copy.resolve("bin/atoll"), FileTime.fromMillis(0));
    assertThat(Files.readAllBytes(write("deb"))).isEqualTo(deb);
    assertThat(Files.readAllBytes(write("oci"))).isEqualTo(oci);
  }

  @Test
  void dpkgReadsTheDebianPackage() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/dpkg-deb")), "dpkg is not installed");
    Path deb = write("deb");
    assertThat(deb.getFileName().toString()).matches("atoll_1\\.2~snapshot_[a-z0-9]+\\.deb");
    Path out = folder.resolve("installed");
    Checkout.Run run =
        Checkout.finish(
            new ProcessBuilder("dpkg-deb", "--raw-extract", deb.toString(), out.toString())
                .start());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readString(out.resolve("DEBIAN/control")))
        .contains("Package: atoll\n", "Version: 1.2~snapshot\n")
        .containsPattern("Installed-Size: [1-9]\\n");
    Checkout.Run started =
        Checkout.finish(new ProcessBuilder(out.resolve("usr/bin/atoll").toString()).start());
    assertThat(started.out()).isEqualTo("started\n");
    assertThat(Files.readAllBytes(out.resolve("usr/share/man/man1/atoll.1.gz")))
        .satisfies(page -> assertThat(unpacked(page)).asString().isEqualTo(".TH ATOLL 1\n"));
    assertThat(Files.readString(out.resolve("usr/share/doc/atoll/copyright")))
        .contains("License: Apache-2.0\n", "/usr/share/common-licenses/Apache-2.0");
    assertThat(Files.readAllBytes(out.resolve("usr/share/doc/atoll/changelog.gz")))
        .satisfies(changes ->
            assertThat(unpacked(changes))
                .asString()
                .startsWith("atoll (1.2~snapshot) unstable; urgency=medium\n\n  * ")
                .endsWith(">  Thu, 01 Jan 2026 00:00:00 +0000\n"));
    Checkout.Run sums =
        Checkout.finish(
            new ProcessBuilder("md5sum", "--check", "--strict", "DEBIAN/md5sums")
                .directory(out.toFile())
                .start());
    assertThat(sums.code()).as(sums.out()).isZero();
    assertThat(Files.readAllLines(out.resolve("DEBIAN/md5sums"))).hasSize(8);
  }

  @Test
  void eachPartOfTheImageIsNamedByItsDigestAndTheLayerHoldsTheSystem() throws Exception {
    Path image = write("oci");
    Map<String, byte[]> parts = new TreeMap<>();
    try (InputStream in = Files.newInputStream(image)) {
      entries(in, parts);
    }
    parts.forEach((name, content) -> {
      if (name.startsWith("blobs/sha256/") && content.length > 0) {
        assertThat(sha256(content)).isEqualTo(name.substring("blobs/sha256/".length()));
      }
    });
    String manifest = text(parts, digest(text(parts.get("index.json")), "manifest.v1"));
    String config = text(parts, digest(manifest, "config.v1"));
    byte[] layer = unpacked(parts.get("blobs/sha256/" + digest(manifest, "layer.v1")));
    assertThat(config).contains("\"diff_ids\": [\"sha256:" + sha256(layer) + "\"]");
    assertThat(config).contains("\"Entrypoint\": [\"/usr/bin/atoll\"]");
    Map<String, byte[]> contents = new TreeMap<>();
    Map<String, TarArchiveEntry> system = entries(new ByteArrayInputStream(layer), contents);
    assertThat(system.get("tmp/").getMode() & 07777).isEqualTo(01777);
    assertThat(system.get("usr/bin/atoll").getLinkName()).isEqualTo("../lib/atoll/bin/atoll");
    assertThat(contents.get("bin/sh")).asString().isEqualTo("shell");
    assertThat(text(parts.get("manifest.json"))).contains("\"RepoTags\": [\"atoll:1.2-SNAPSHOT\"]");
  }

  private static String text(Map<String, byte[]> parts, String digest) {
    return text(parts.get("blobs/sha256/" + digest));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String digest(String json, String type) {
    Matcher found =
        Pattern.compile(Pattern.quote(type) + "[^}]*?\"digest\": \"sha256:([0-9a-f]{64})\"")
            .matcher(json);
    assertThat(found.find()).as(json).isTrue();
    return found.group(1);
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** What a library requires for parts that Atoll does not use. */
  @Test
  void librariesOnlyWishForTheDesktopThen() throws Exception {
    Path jars = Files.createDirectories(folder.resolve("jars"));
    for (String each : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (each.contains("commons-lang3")) {
        Files.copy(Path.of(each), jars.resolve("lang3.jar"));
      }
    }
    run("LeanModules", jars.toString());
    ModuleDescriptor module =
        ModuleFinder.of(jars).find("org.apache.commons.lang3").orElseThrow().descriptor();
    assertThat(module.requires())
        .filteredOn(required -> required.name().equals("java.desktop"))
        .singleElement()
        .satisfies(required -> assertThat(required.modifiers()).contains(Modifier.STATIC));
    assertThat(module.exports())
        .extracting(ModuleDescriptor.Exports::source)
        .contains("org.apache.commons.lang3");
  }
}
