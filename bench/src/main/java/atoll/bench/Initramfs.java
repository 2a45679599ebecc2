package atoll.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The guest's initial file system: busybox, gbench and its init, as a cpio archive in the "newc"
 * format of Linux's {@code Documentation/driver-api/early-userspace/buffer-format.rst}.
 */
final class Initramfs {
  private static final int DIRECTORY = 0040755;
  private static final int EXECUTABLE = 0100755;
  private static final int CHARACTER_DEVICE = 0020600;
  private static final int SYMBOLIC_LINK = 0120777;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int inode = 1;

  private Initramfs() {}

  static void write(Path target, Path busybox, Path gbench, Path init) throws IOException {
    Initramfs fs = new Initramfs();
    fs.entry("bin", DIRECTORY, 0, 0, new byte[0]);
    fs.entry("dev", DIRECTORY, 0, 0, new byte[0]);
    fs.entry("dev/console", CHARACTER_DEVICE, 5, 1, new byte[0]);
    fs.entry("bin/busybox", EXECUTABLE, 0, 0, Files.readAllBytes(busybox));
    fs.entry("bin/sh", SYMBOLIC_LINK, 0, 0, "busybox".getBytes(StandardCharsets.US_ASCII));
    fs.entry("bin/gbench", EXECUTABLE, 0, 0, Files.readAllBytes(gbench));
    fs.entry("init", EXECUTABLE, 0, 0, Files.readAllBytes(init));
    fs.entry("TRAILER!!!", 0, 0, 0, new byte[0]);
    Files.write(target, fs.out.toByteArray());
  }

  private void entry(String name, int mode, int major, int minor, byte[] data) {
    byte[] path = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    int[] header = {
      inode++, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, path.length, 0,
    };
    StringBuilder text = new StringBuilder("070701");
    for (int field : header) {
      text.append("%08X".formatted(field));
    }
    out.writeBytes(text.toString().getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(path);
    pad();
    out.writeBytes(data);
    pad();
  }

  private void pad() {
    while (out.size() % 4 != 0) {
      out.write(0);
    }
  }
}
