package atoll.bench;

import atoll.testkit.CpioArchive;
import atoll.testkit.LinuxGuest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The files that both machines boot, made below {@code bench/target/guest} from the sources in
 * {@code bench/guest}.
 */
final class GuestFiles {
  private final Path sources;
  private final Path scripts;
  private final Path built;
  private final LinuxGuest linux;

  private GuestFiles(Path bench, LinuxGuest linux) {
    this.scripts = bench;
    this.sources = bench.resolve("guest");
    this.built = bench.resolve("target/guest");
    this.linux = linux;
  }

  /** Finds Debian's kernel and busybox in Atoll's cache. */
  static GuestFiles find(Path root) throws IOException {
    LinuxGuest linux =
        LinuxGuest.find()
            .orElseThrow(
                () -> new IOException("no Debian kernel in the cache; try: ./atoll fetch"));
    GuestFiles files = new GuestFiles(root.resolve("bench"), linux);
    Files.createDirectories(files.built);
    return files;
  }

  Path kernel() {
    return linux.kernel();
  }

  /** A file system with busybox, gbench and its init. */
  Path gbench() throws IOException {
    Subprocess.output(sources.resolve("build"), built);
    return write(
        "initrd.cpio",
        new CpioArchive()
            .directory("bin")
            .directory("dev")
            .characterDevice("dev/console", 5, 1)
            .executable("bin/busybox", linux.busybox())
            .link("bin/sh", "busybox")
            .executable("bin/gbench", Files.readAllBytes(built.resolve("gbench.rv64")))
            .executable("init", Files.readAllBytes(sources.resolve("init")))
            .toBytes());
  }

  /** A file system with the drivers of a disk, and the program that is to be compiled. */
  Path build() throws IOException {
    return compiles("initrd-build.cpio", "init-build");
  }

  /** The same, where many harts do more than that. */
  Path harts() throws IOException {
    return compiles("initrd-harts.cpio", "init-harts");
  }

  private Path compiles(String name, String init) throws IOException {
    CpioArchive archive =
        new CpioArchive().executable("init", Files.readAllBytes(sources.resolve(init)));
    addAll(archive, "sources", toCompile());
    return beside(name, archive);
  }

  /** A file system with the drivers of a disk, and the work for the programs on it. */
  Path programs() throws IOException {
    CpioArchive archive =
        new CpioArchive().executable("init", Files.readAllBytes(sources.resolve("init-programs")));
    addAll(archive, "sources", toCompile());
    addAll(archive, "programs", sources.resolve("programs"));
    return beside("initrd-programs.cpio", archive);
  }

  private Path toCompile() throws IOException {
    Path program = Files.createDirectories(built.resolve("sources"));
    Subprocess.output("awk", "-v", "out=" + program, "-f", sources.resolve("sources.awk"));
    return program;
  }

  private static void addAll(CpioArchive archive, String name, Path folder) throws IOException {
    archive.directory(name);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        archive.executable(name + "/" + file.getFileName(), Files.readAllBytes(file));
      }
    }
  }

  /** A file system with the drivers of a disk, and what has fio measure one. */
  Path io() throws IOException {
    return beside(
        "initrd-io.cpio",
        new CpioArchive().executable("init", Files.readAllBytes(sources.resolve("init-io"))));
  }

  /** A file system with the drivers of a network, and what measures it. */
  Path net() throws IOException {
    Path rtt = built.resolve("rtt.rv64");
    Subprocess.output(
        "riscv64-linux-gnu-gcc", "-O2", "-Wall", "-static", "-o", rtt, sources.resolve("rtt.c"));
    return beside(
        "initrd-net.cpio",
        new CpioArchive()
            .executable("init", Files.readAllBytes(sources.resolve("init-net")))
            .executable("bin/rtt", Files.readAllBytes(rtt)));
  }

  /**
   * The stock file system with more in it: the kernel unpacks one archive after another, each at a
   * multiple of four, and what comes later wins.
   */
  private Path beside(String name, CpioArchive archive) throws IOException {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(Files.readAllBytes(linux.initramfs()));
    while (both.size() % 4 != 0) {
      both.write(0);
    }
    both.writeBytes(archive.toBytes());
    return write(name, both.toByteArray());
  }

  /** A disk of Debian's packages, in the user's cache, by its name in {@code build-image}. */
  Path image(String name) throws IOException {
    return Path.of(Subprocess.output(scripts.resolve("build-image"), name).strip());
  }

  /** Where the files are made. */
  Path folder() {
    return built;
  }

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(built.resolve(name), content);
  }
}
