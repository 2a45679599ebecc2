package atoll.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The shipped modules in the order of the road, and their compiled classes and sources. */
final class Road {
  /** Top to bottom: a module may use those before it. */
  static final List<String> MODULES =
      List.of(
          "isa", "host", "emit", "memory", "cpu", "engine", "kernel", "device", "virtio", "vmm",
          "backend", "manager", "front", "app");

  /** The repository; tests run in their module's directory. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private Road() {}

  static List<ClassModel> classes(String module) {
    return files(ROOT.resolve(module).resolve("target/classes"), ".class").stream()
        .map(Road::parse)
        .toList();
  }

  static List<Path> sources(String module) {
    return files(ROOT.resolve(module).resolve("src/main/java"), ".java");
  }

  private static ClassModel parse(Path file) {
    try {
      return ClassFile.of().parse(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> files(Path root, String suffix) {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(p -> p.toString().endsWith(suffix)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
