package atoll.bench;

import atoll.testkit.CpioArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The guest's initial file system: busybox, gbench and its init. */
final class Initramfs {
  private Initramfs() {}

  static void write(Path target, byte[] busybox, Path gbench, Path init) throws IOException {
    Files.write(
        target,
        new CpioArchive()
            .directory("bin")
            .directory("dev")
            .characterDevice("dev/console", 5, 1)
            .executable("bin/busybox", busybox)
            .link("bin/sh", "busybox")
            .executable("bin/gbench", Files.readAllBytes(gbench))
            .executable("init", Files.readAllBytes(init))
            .toBytes());
  }
}
