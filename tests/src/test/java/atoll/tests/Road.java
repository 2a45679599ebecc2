package atoll.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The shipped modules in the order of the road, and their compiled classes and sources. */
final class Road {
  /** The folders that modules lie in, by what they are trusted with, and what is in each. */
  static final Map<String, List<String>> WINGS =
      new TreeMap<>(
          Map.of(
              "core",
              List.of(
                  "state", "isa", "host", "emit", "verify", "memory", "cpu", "engine", "kernel"),
              "monitor",
              List.of("peripheral", "device", "pci", "virtio", "vmm"),
              "backends",
              List.of("line", "nbd", "disk", "net", "share", "display", "console"),
              "control",
              List.of(
                  "image",
                  "report",
                  "keys",
                  "migration",
                  "debug",
                  "snapshot",
                  "codestore",
                  "scenario",
                  "trust",
                  "manager"),
              "faces",
              List.of("api", "server", "script", "front", "junit", "app")));

  /** Top to bottom: a module may use those before it. */
  static final List<String> MODULES =
      Stream.of("core", "monitor", "backends", "control", "faces")
          .flatMap(wing -> WINGS.get(wing).stream())
          .toList();

  /** The repository; tests run in their module's directory. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private Road() {}

  /** Where a module lies in the repository. */
  static Path folder(String module) {
    return ROOT.resolve(path(module));
  }

  /** The same from the repository's root, as the root POM has it. */
  static String path(String module) {
    return wing(module) + "/" + module;
  }

  static String wing(String module) {
    return WINGS.keySet().stream()
        .filter(wing -> WINGS.get(wing).contains(module))
        .findFirst()
        .orElseThrow();
  }

  static List<ClassModel> classes(String module) {
    return classesIn(folder(module).resolve("target/classes"));
  }

  /** The classes below a folder; none if it is not there. */
  static List<ClassModel> classesIn(Path folder) {
    return Files.isDirectory(folder)
        ? files(folder, ".class").stream().map(Road::parse).toList()
        : List.of();
  }

  static List<Path> sources(String module) {
    return files(folder(module).resolve("src/main/java"), ".java");
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
