package atoll.manager;

import atoll.vmm.Boot;
import atoll.vmm.Image;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Turns what a user wants to run into what a machine is entered with. */
final class BootChoice {
  /**
   * Early messages before the driver of the serial port is there; a panic ends the machine; the
   * shell is on the virtio console, if there is one and no later {@code console=} asks for another.
   */
  private static final String LINUX = "earlycon console=ttyS0 panic=-1 shell=hvc0";

  private final ImageCache cache;

  BootChoice(ImageCache cache) {
    this.cache = cache;
  }

  Boot of(Guest guest) {
    return switch (guest) {
      case Guest.Linux linux -> linux(linux);
      case Guest.Program(GuestProgram program, String append) -> program.boot(append);
      case Guest.Custom custom -> custom(custom.images(), custom.images().append());
    };
  }

  /** The same with files added to the initial RAM disk, by their paths in the guest. */
  Boot of(Guest guest, Map<String, Path> files) {
    Boot boot = of(guest);
    if (files.isEmpty()) {
      return boot;
    }
    Image added = ExtraFiles.archive(files);
    Image all = boot.initrd().map(initrd -> Image.joined(initrd, added)).orElse(added);
    return boot.withInitrd(all);
  }

  private Boot linux(Guest.Linux guest) {
    LinuxImages stock = cache.linux(guest.mirror(), false);
    Guest.Images own = guest.images();
    Guest.Images all =
        new Guest.Images(
            own.kernel().or(() -> Optional.of(stock.kernel())),
            own.firmware(),
            own.initrd().or(() -> Optional.of(stock.initramfs())),
            own.deviceTree(),
            own.append());
    return custom(all, (LINUX + terminal(guest.terminal()) + " " + own.append()).strip());
  }

  /** The kernel hands an unknown word with an equals sign to the first process as a variable. */
  private static String terminal(String kind) {
    return kind.matches("[A-Za-z0-9+.-]{1,32}") ? " TERM=" + kind : "";
  }

  private static Boot custom(Guest.Images images, String commandLine) {
    Optional<Image> kernel = image(images.kernel());
    Optional<Image> initrd = image(images.initrd());
    Optional<Image> tree = image(images.deviceTree());
    return images.firmware().isPresent()
        ? new Boot.FirmwareBoot(
            Image.file(images.firmware().get()), kernel, initrd, commandLine, tree)
        : new Boot.KernelBoot(kernel.orElseThrow(), initrd, commandLine, tree);
  }

  private static Optional<Image> image(Optional<Path> file) {
    return file.map(Image::file);
  }
}
