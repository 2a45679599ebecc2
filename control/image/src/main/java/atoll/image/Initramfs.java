package atoll.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The first file system of the Linux guest: busybox, a few kernel modules, and our {@code init}.
 */
final class Initramfs {
  /** What every boot inserts; not packed, since unpacking takes a guest longer than reading. */
  static final Set<String> EARLY = Set.of("virtio_mmio", "virtio_blk", "virtio_rng");

  /** What the guest can insert: drivers of the machine's devices, and file systems for disks. */
  static final List<String> MODULES =
      List.of(
          "virtio_mmio",
          "virtio_blk",
          "virtio_rng",
          "virtio_net",
          "virtio_balloon",
          "virtio_gpu",
          "virtio_input",
          "evdev",
          "leds_gpio",
          "uio_pci_generic",
          "tun",
          "i2c_ocores",
          "i2c_dev",
          "tmp102",
          "mcp4725",
          "vmw_vsock_virtio_transport",
          "sunxi_wdt",
          "9pnet_virtio",
          "9p",
          "ext4",
          "crc32c_generic",
          "vfat",
          "nls_cp437",
          "nls_ascii",
          "isofs",
          "squashfs",
          "overlay",
          "dm_mod",
          "dm_verity",
          "sha256_generic");

  /** To be raised when the code here changes what is written. */
  private static final int LAYOUT = 11;

  private static final String[] FOLDERS = {
    "bin",
    "sbin",
    "usr/bin",
    "usr/sbin",
    "etc",
    "etc/acpi",
    "etc/acpi/PWRF",
    "proc",
    "sys",
    "dev",
    "tmp",
    "run",
    "root",
    "mnt",
    "var"
  };

  /** Where what is in our resources goes. */
  private static final String[][] SCRIPTS = {
    {"init", "init"},
    {"sbin/end", "end"},
    {"etc/acpi/PWRF/00000080", "powerbutton"},
    {"sbin/network", "network"},
    {"sbin/renewal", "renewal.elf"},
    {"sbin/mapper", "mapper.elf"},
    {"etc/udhcpc.script", "udhcpc"},
    {"etc/session", "session"},
    {"etc/profile", "profile"},
    {"etc/motd", "motd"}
  };

  private Initramfs() {}

  /** Writes the archive to {@code to}. */
  static void write(Path to, Path busybox, ModuleSet modules, String kernelRelease)
      throws IOException {
    try (CpioWriter archive =
        new CpioWriter(new BufferedOutputStream(Files.newOutputStream(to), 1 << 16))) {
      for (String folder : FOLDERS) {
        archive.directory(folder);
      }
      // The kernel opens the console, and a shell script needs null, before devtmpfs is mounted.
      archive.characterDevice("dev/console", 0600, 5, 1);
      archive.characterDevice("dev/null", 0666, 1, 3);
      // For what runs when devtmpfs is no longer mounted.
      archive.characterDevice("dev/mem", 0600, 1, 1);
      archive.file("bin/busybox", 0755, Files.readAllBytes(busybox));
      archive.symbolicLink("bin/sh", "busybox");
      for (String[] script : SCRIPTS) {
        archive.file(script[0], 0755, resource(script[1]));
      }
      archive.file("etc/filesystems", 0644, text("ext4\nvfat\niso9660\nsquashfs\n"));
      archive.file("etc/passwd", 0644, text("root::0:0:root:/root:/bin/sh\n"));
      archive.file("etc/group", 0644, text("root:x:0:\n"));
      String folder = "lib/modules/" + kernelRelease;
      for (KernelModule module : modules.inOrder()) {
        archive.file(folder + "/" + module.fileName(), 0644, module.content());
      }
      archive.file(folder + "/modules.dep", 0644, text(modules.dependencies()));
      archive.file(folder + "/modules.alias", 0644, text(modules.aliases()));
    }
  }

  /** Changes when what {@link #write} writes changes. */
  static long version() throws IOException {
    CRC32 crc = new CRC32();
    for (String[] script : SCRIPTS) {
      crc.update(resource(script[1]));
    }
    return crc.getValue() + LAYOUT;
  }

  static byte[] resource(String name) throws IOException {
    try (InputStream in = Initramfs.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
