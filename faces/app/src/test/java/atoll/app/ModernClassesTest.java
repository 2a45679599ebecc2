package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the launcher does with libraries' classes, so that the JVM keeps them in its cache. */
class ModernClassesTest {
  private static final int JAVA_6 = 50;

  @TempDir Path folder;

  private Checkout.Run modernise() throws Exception {
    return Checkout.finish(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                Checkout.REPOSITORY.resolve("faces/app/src/launcher/ModernClasses.java").toString(),
                folder.toString())
            .start());
  }

  /** Every entry, by name. */
  private static Map<String, byte[]> entries(Path jar) throws IOException {
    Map<String, byte[]> all = new TreeMap<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        all.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    return all;
  }

  private static List<Integer> formats(Map<String, byte[]> entries) {
    return entries.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(".class"))
        .map(entry -> entry.getValue()[6] << 8 | entry.getValue()[7])
        .distinct()
        .toList();
  }

  @Test
  void oldClassesGetALaterFormatAndWorkAsBefore() throws Exception {
    Path jar = folder.resolve("picocli.jar");
    Files.copy(
        Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI()),
        jar);
    Map<String, byte[]> before = entries(jar);
    assertThat(formats(before)).anyMatch(format -> format < JAVA_6);
    assertThat(modernise().code()).isZero();
    Map<String, byte[]> after = entries(jar);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    assertThat(formats(after)).isNotEmpty().noneMatch(format -> format < JAVA_6);
    assertThat(after.get("META-INF/MANIFEST.MF")).isEqualTo(before.get("META-INF/MANIFEST.MF"));
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      Class<?> type = loader.loadClass("picocli.CommandLine$Model$CommandSpec");
      assertThat(type.getClassLoader()).isSameAs(loader);
      Object spec = type.getMethod("create").invoke(null); // links, and so verifies, what it uses
      assertThat(type.getMethod("name").invoke(spec)).isEqualTo("<main class>");
    }
  }

  @Test
  void aJarThatIsNotUnderstoodStaysAsItIs() throws Exception {
    Path broken = folder.resolve("broken.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(broken))) {
      zip.putNextEntry(new ZipEntry("A.class"));
      zip.write(new byte[] {(byte) 0xca, (byte) 0xfe, (byte) 0xba, (byte) 0xbe, 0, 0, 0, 49, 0});
    }
    Path noJar = Files.writeString(folder.resolve("text.jar"), "text");
    byte[] before = Files.readAllBytes(broken);
    Checkout.Run run = modernise();
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("broken.jar stays as it is: ");
    assertThat(broken).hasBinaryContent(before);
    assertThat(noJar).hasContent("text");
  }
}
