package atoll.testkit;

import atoll.vmm.Boot;
import atoll.vmm.Image;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The stock Linux guest of tests: Debian's kernel and a static busybox.
 *
 * @param kernel an {@code Image} file
 * @param busybox a static program for the guest
 */
public record LinuxGuest(Path kernel, Path busybox) {
  /** A line that {@link #boot}'s init prints when user space runs. */
  public static final String BOOTED = "USER SPACE IS UP";

  /**
   * The files that {@code -Datoll.test.kernel} and {@code -Datoll.test.busybox} name; empty where
   * they do not.
   */
  public static Optional<LinuxGuest> find() {
    String kernel = System.getProperty("atoll.test.kernel");
    String busybox = System.getProperty("atoll.test.busybox");
    return kernel == null || busybox == null
        ? Optional.empty()
        : Optional.of(new LinuxGuest(Path.of(kernel), Path.of(busybox)));
  }

  /**
   * An initial file system whose init mounts what programs expect, prints {@link #BOOTED}, runs
   * {@code commands} and switches the machine off.
   */
  public Image initrd(String commands) throws IOException {
    String init =
        """
        #!/bin/sh
        /bin/busybox mkdir -p /proc /sys /dev /tmp
        /bin/busybox mount -t proc proc /proc
        /bin/busybox mount -t sysfs sys /sys
        /bin/busybox mount -t devtmpfs dev /dev
        /bin/busybox --install -s /bin
        echo %s
        %s
        poweroff -f
        """
            .formatted(BOOTED, commands);
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    archive.writeBytes(
        new CpioArchive()
            .directory("bin")
            .directory("dev")
            .characterDevice("dev/console", 5, 1)
            .executable("bin/busybox", Files.readAllBytes(busybox))
            .link("bin/sh", "busybox")
            .executable("init", init.getBytes(StandardCharsets.UTF_8))
            .toBytes());
    return Image.bytes("initrd", archive.toByteArray());
  }

  /** Boots the kernel with the monitor's SBI. */
  public Boot boot(String commands) throws IOException {
    return new Boot.KernelBoot(
        Image.file(kernel), Optional.of(initrd(commands)), "console=ttyS0", Optional.empty());
  }

  /** Boots it behind firmware. */
  public Boot boot(Path firmware, String commands) throws IOException {
    return new Boot.FirmwareBoot(
        Image.file(firmware),
        Optional.of(Image.file(kernel)),
        Optional.of(initrd(commands)),
        "console=ttyS0",
        Optional.empty());
  }
}
