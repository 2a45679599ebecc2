package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** What javac has call sites made for. */
  public static final class Calls {
    private enum Colour {
      RED,
      GREEN
    }

    private sealed interface Shape {}

    private record Dot(
        int i, long l, double d, float f, boolean z, byte b, short h, char c, String s, Object a)
        implements Shape {}

    private record Nothing() implements Shape {}

    private Calls() {}

    private static String kind(Object value) {
      return switch (value) {
        case null -> "null";
        case Dot dot when dot.i > 7 -> "large dot";
        case Dot dot -> "dot " + dot.i;
        case Nothing nothing -> "nothing";
        case Colour colour when colour == Colour.RED -> "red";
        case String text when text.isEmpty() -> "empty";
        case CharSequence text -> "text";
        case int[] numbers -> "numbers " + numbers.length;
        default -> "other";
      };
    }

    private static String word(String text, Colour colour) {
      String named =
          switch (colour) {
            case RED -> "r";
            case GREEN -> "g";
          };
      return named
          + switch (text) {
            case "a" -> 1;
            case String longer when longer.length() > 1 -> 2;
            default -> 3;
          };
    }

    private static Dot dot(int number, double fraction) {
      Object shared = null;
      return new Dot(
          number,
          -number,
          fraction,
          (float) fraction,
          true,
          (byte) -1,
          (short) -2,
          'c',
          "s",
          shared);
    }

    /** All of it, as text. */
    public static String all() {
      Dot one = dot(1, Double.NaN);
      List<Object> said = new ArrayList<>();
      for (Object each :
          Arrays.asList(
              null,
              one,
              dot(8, 0),
              new Nothing(),
              Colour.RED,
              Colour.GREEN,
              "",
              "x",
              new int[3],
              1)) {
        said.add(kind(each));
      }
      said.add(word("a", Colour.RED) + word("bb", Colour.GREEN) + word("", Colour.RED));
      said.add(one + " " + new Nothing());
      for (Object other :
          Arrays.asList(dot(1, Double.NaN), dot(2, Double.NaN), null, said.getFirst(), one)) {
        said.add(one.equals(other));
      }
      said.add(dot(1, 0.0).equals(dot(1, -0.0)));
      said.add(one.hashCode() == dot(1, Double.NaN).hashCode());
      Nothing nothing = new Nothing();
      Nothing another = new Nothing();
      said.add(nothing.equals(another) + " " + (nothing.hashCode() == another.hashCode()));
      return said.toString();
    }
  }

  /** Names of classes that have code made for switches and records. */
  private static List<String> makers(Map<String, byte[]> entries) {
    return entries.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(".class"))
        .filter(entry ->
            ClassFile.of().parse(entry.getValue()).methods().stream()
                .flatMap(method -> method.code().stream())
                .flatMap(CodeModel::elementStream)
                .anyMatch(each ->
                    each instanceof InvokeDynamicInstruction call
                        && call.bootstrapMethod()
                            .owner()
                            .packageName()
                            .equals("java.lang.runtime")))
        .map(Map.Entry::getKey)
        .toList();
  }

  @Test
  void switchesByTypeAndRecordsAreInstructionsAndWorkAsBefore() throws Exception {
    Path jar = folder.resolve("calls.jar");
    String name = Calls.class.getName().replace('.', '/');
    Path classes =
        Path.of(Calls.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve(name)
            .getParent();
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar));
        DirectoryStream<Path> all = Files.newDirectoryStream(classes, "ModernClassesTest*.class")) {
      for (Path file : all) {
        zip.putNextEntry(new ZipEntry(name.replaceFirst("[^/]*$", "") + file.getFileName()));
        zip.write(Files.readAllBytes(file));
      }
    }
    assertThat(makers(entries(jar))).hasSizeGreaterThan(2);
    Checkout.Run run = modernise();
    assertThat(run.out() + run.err()).isEmpty();
    assertThat(makers(entries(jar))).isEmpty();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      Object said = loader.loadClass(Calls.class.getName()).getMethod("all").invoke(null);
      assertThat(said).isEqualTo(Calls.all());
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
