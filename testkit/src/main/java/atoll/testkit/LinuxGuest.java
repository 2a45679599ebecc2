package atoll.testkit;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.LinuxImages;
import atoll.image.MirrorChoice;
import atoll.image.RefusedException;
import atoll.manager.ImageAction;
import atoll.manager.Manager;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The stock Linux guest of tests: what {@code atoll run linux} boots.
 *
 * @param kernel an {@code Image} file
 * @param initramfs its archive, with busybox and modules
 */
public record LinuxGuest(Path kernel, Path initramfs) {
  /** A line that {@link #boot}'s init prints when user space runs. */
  public static final String BOOTED = "USER SPACE IS UP";

  /** The guest from Atoll's cache, or fetched into it; empty where neither can be. */
  public static Optional<LinuxGuest> find() {
    try {
      LinuxImages images =
          new Manager(Clock.host(), Effects.host(), System::getenv)
              .perform(new ImageAction.FetchLinux(MirrorChoice.USUAL, false));
      return Optional.of(new LinuxGuest(images.kernel(), images.initramfs()));
    } catch (RefusedException e) {
      return Optional.empty();
    }
  }

  /** The static busybox for the guest. */
  public byte[] busybox() throws IOException {
    return CpioArchive.extract(Files.readAllBytes(initramfs), "bin/busybox")
        .orElseThrow(() -> new IOException("no bin/busybox in " + initramfs));
  }

  /**
   * An initial file system whose init mounts what programs expect, prints {@link #BOOTED}, runs
   * {@code commands} and switches the machine off.
   */
  public Image initrd(String commands) throws IOException {
    return initrd(commands, Map.of());
  }

  /** The same with more programs, by their path without a leading slash. */
  public Image initrd(String commands, Map<String, Path> programs) throws IOException {
    return Image.bytes("initrd", archive(commands, programs));
  }

  /** The bytes of such an initial file system. */
  public byte[] archive(String commands, Map<String, Path> programs) throws IOException {
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
    archive.writeBytes(Files.readAllBytes(initramfs));
    while (archive.size() % 4 != 0) {
      archive.write(0);
    }
    // The kernel unpacks one archive after another; what comes later wins.
    CpioArchive more = new CpioArchive().executable("init", init.getBytes(StandardCharsets.UTF_8));
    for (Map.Entry<String, Path> program : programs.entrySet()) {
      more.executable(program.getKey(), Files.readAllBytes(program.getValue()));
    }
    archive.writeBytes(more.toBytes());
    return archive.toByteArray();
  }

  /** Boots the kernel with the monitor's SBI. */
  public Boot boot(String commands) throws IOException {
    return new Boot.KernelBoot(
        Image.file(kernel), Optional.of(initrd(commands)), "console=ttyS0", Optional.empty());
  }

  /** The same with more programs, by their path without a leading slash. */
  public Boot boot(String commands, Map<String, Path> programs) throws IOException {
    return new Boot.KernelBoot(
        Image.file(kernel),
        Optional.of(initrd(commands, programs)),
        "console=ttyS0",
        Optional.empty());
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
