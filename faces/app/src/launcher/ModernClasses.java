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
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Brings libraries' classes in a format older than Java 6 to a later one, with the stack maps that
 * it demands. The JVM keeps no older class in its cache of classes, and verifies it by a slow way at
 * each start. All classes get {@link PlainCalls}. Run by {@code build.sh}, with the folder of jars; why:
 * docs/adr/0083.
 *
 * <p>A jar whose classes cannot all be brought forward, or do not pass verification then, stays as
 * it is.
 */
final class ModernClasses {
  /** The first format with stack maps is Java 6's; this is Java 17's, which has no other verifier. */
  private static final int FORMAT = ClassFile.JAVA_17_VERSION;

  private static final int FIRST_KEPT = ClassFile.JAVA_6_VERSION;

  private static final LocalDateTime TIME = LocalDateTime.of(2026, 1, 1, 0, 0);

  private ModernClasses() {}

  /**
   * @param args the folder of jars
   */
  public static void main(String[] args) throws IOException {
    List<Path> jars = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of(args[0]), "*.jar")) {
      found.forEach(jars::add);
    }
    URL[] all = new URL[jars.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = jars.get(i).toUri().toURL();
    }
    try (URLClassLoader loader = new URLClassLoader(all)) {
      ClassHierarchyResolver classes =
          ClassHierarchyResolver.ofResourceParsing(loader)
              .orElse(ClassHierarchyResolver.defaultResolver())
              .cached();
      for (Path jar : jars) {
        modernise(jar, classes);
      }
    }
  }

  private static void modernise(Path jar, ClassHierarchyResolver classes) throws IOException {
    try {
      rewrite(jar, classes);
    } catch (IOException | IllegalArgumentException e) {
      System.out.println(jar + " stays as it is: " + e.getMessage());
    }
  }

  private static void rewrite(Path jar, ClassHierarchyResolver classes) throws IOException {
    ClassFile format =
        ClassFile.of(
            StackMapsOption.GENERATE_STACK_MAPS, ClassHierarchyResolverOption.of(classes));
    ClassFile usual = ClassFile.of(ClassHierarchyResolverOption.of(classes));
    Map<String, byte[]> entries = read(jar);
    Map<String, byte[]> next = new LinkedHashMap<>(entries);
    next.replaceAll((name, content) -> modern(format, usual, name, content));
    if (entries.entrySet().stream().anyMatch(entry -> next.get(entry.getKey()) != entry.getValue())) {
      Path written = jar.resolveSibling(jar.getFileName() + ".next");
      write(written, next);
      Files.move(written, jar, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static byte[] modern(ClassFile format, ClassFile usual, String name, byte[] content) {
    if (isOld(name, content)) {
      return modern(format, name, content);
    }
    return name.endsWith(".class") && !name.endsWith("module-info.class")
        ? verified(usual, name, content, PlainCalls.in(usual, content))
        : content;
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
    return verified(format, name, old, modern);
  }

  private static byte[] verified(ClassFile format, String name, byte[] old, byte[] next) {
    if (next != old) {
      format.verify(next).stream()
          .findFirst()
          .ifPresent(
              fault -> {
                throw new IllegalArgumentException(name + ": " + fault.getMessage());
              });
    }
    return next;
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
        ZipEntry written = new ZipEntry(entry.getKey());
        written.setTimeLocal(TIME); // the same build is the same bytes
        zip.putNextEntry(written);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
  }
}
