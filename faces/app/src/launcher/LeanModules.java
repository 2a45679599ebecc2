import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.attribute.ModuleRequireInfo;
import java.lang.constant.ModuleDesc;
import java.lang.reflect.AccessFlag;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Makes what libraries say of {@code java.desktop} a wish: they require it for parts that Atoll does
 * not use, and a run-time image with it is nearly twice as large. Run by {@code package.sh}, with the
 * folder of jars, on copies.
 */
final class LeanModules {
  private static final ModuleDesc HEAVY = ModuleDesc.of("java.desktop");

  private LeanModules() {}

  /**
   * @param args the folder of jars
   */
  public static void main(String[] args) throws IOException {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of(args[0]), "*.jar")) {
      for (Path jar : jars) {
        lighten(jar);
      }
    }
  }

  private static void lighten(Path jar) throws IOException {
    try (FileSystem files = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of());
        Stream<Path> all = Files.walk(files.getPath("/"))) {
      for (Path module : all.filter(file -> file.endsWith("module-info.class")).toList()) {
        Files.write(module, lighter(Files.readAllBytes(module)));
      }
    }
  }

  private static byte[] lighter(byte[] module) {
    ClassFile format = ClassFile.of();
    return format.transformClass(
        format.parse(module),
        (builder, element) -> builder.with(element instanceof ModuleAttribute old ? lighter(old) : element));
  }

  private static ModuleAttribute lighter(ModuleAttribute old) {
    List<ModuleRequireInfo> requires = old.requires().stream().map(LeanModules::lighter).toList();
    return ModuleAttribute.of(
        old.moduleName(),
        old.moduleFlagsMask(),
        old.moduleVersion().orElse(null),
        requires,
        old.exports(),
        old.opens(),
        old.uses(),
        old.provides());
  }

  private static ModuleRequireInfo lighter(ModuleRequireInfo required) {
    if (!required.requires().asSymbol().equals(HEAVY)) {
      return required;
    }
    return ModuleRequireInfo.of(
        required.requires(),
        required.requiresFlagsMask() | AccessFlag.STATIC_PHASE.mask(),
        required.requiresVersion().orElse(null));
  }
}
