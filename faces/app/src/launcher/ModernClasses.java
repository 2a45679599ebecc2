import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Brings libraries' classes in a format older than Java 6 to a later one, with the stack maps that
 * it demands. The JVM keeps no older class in its cache of classes, and verifies it by a slow way at
 * each start. Run by {@code build.sh}, with the folder of jars; why: docs/adr/0083.
 *
 * <p>A jar whose classes cannot all be brought forward, or do not pass verification then, stays as
 * it is.
 */
final class ModernClasses {
  /** The first format with stack maps is Java 6's; this is Java 17's, which has no other verifier. */
  private static final int FORMAT = ClassFile.JAVA_17_VERSION;

  private static final int FIRST_KEPT = ClassFile.JAVA_6_VERSION;

  private ModernClasses() {}

  /**
   * @param args the folder of jars
   */
  public static void main(String[] args) throws IOException {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of(args[0]), "*.jar")) {
      for (Path jar : jars) {
        try {
          modernise(jar);
        } catch (IOException | IllegalArgumentException e) {
          System.out.println(jar + " stays as it is: " + e.getMessage());
        }
      }
    }
  }

  private static void modernise(Path jar) throws IOException {
    Map<String, byte[]> entries = read(jar);
    if (entries.entrySet().stream().noneMatch(entry -> isOld(entry.getKey(), entry.getValue()))) {
      return;
    }
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()})) {
      ClassFile format =
          ClassFile.of(
              StackMapsOption.GENERATE_STACK_MAPS,
              ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(loader)
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      entries.replaceAll(
          (name, content) -> isOld(name, content) ? modern(format, name, content) : content);
    }
    Path next = jar.resolveSibling(jar.getFileName() + ".next");
    write(next, entries);
    Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean isOld(String name, byte[] content) {
    return name.endsWith(".class")
        && content.length > 7
        && ((content[6] & 0xFF) << 8 | content[7] & 0xFF) < FIRST_KEPT;
  }

  private static byte[] modern(ClassFile format, String name, byte[] old) {
    ClassTransform version =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(FORMAT, 0);
          } else {
            builder.with(element);
          }
        };
    byte[] modern =
        format.transformClass(
            format.parse(old),
            ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(version));
    format.verify(modern).stream()
        .findFirst()
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException(name + ": " + fault.getMessage());
            });
    return modern;
  }

  private static Map<String, byte[]> read(Path jar) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (InputStream file = Files.newInputStream(jar);
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  private static void write(Path jar, Map<String, byte[]> entries) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
  }
}
