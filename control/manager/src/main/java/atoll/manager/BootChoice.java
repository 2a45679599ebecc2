package atoll.manager;

import atoll.image.ExtraFiles;
import atoll.image.FirmwareCache;
import atoll.image.GuestProgram;
import atoll.image.ImageCache;
import atoll.image.LinuxImages;
import atoll.image.SystemFiles;
import atoll.image.UefiFirmware;
import atoll.scenario.Guest;
import atoll.scenario.ShareSpec;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Turns what a user wants to run into what a machine is entered with. */
final class BootChoice {
  /**
   * Early messages before the driver of the serial port is there; a panic ends the machine; the
   * shell is on the virtio console, if there is one and no later {@code console=} asks for another.
   */
  private static final String LINUX = "earlycon console=ttyS0 panic=-1 shell=hvc0";

  /**
   * For a system on a disk. Messages are on the serial port alone, since what is printed on both
   * consoles would be seen twice; systemd has a login on a virtio console if there is one.
   */
  private static final String INSTALLED = "earlycon console=ttyS0 root=/dev/vda rw panic=-1";

  private final ImageCache cache;
  private final FirmwareCache firmware;

  BootChoice(ImageCache cache, FirmwareCache firmware) {
    this.cache = cache;
    this.firmware = firmware;
  }

  /** The code in the flash of a guest that starts there; fetched if it is not there. */
  Optional<Path> code(Guest.Entered guest) {
    return guest instanceof Guest.Uefi uefi
        ? uefi.code().or(() -> Optional.of(firmware.get(uefi.mirror(), false).code()))
        : Optional.empty();
  }

  /** The same if it is there. */
  Optional<Path> presentCode(Guest.Entered guest) {
    return guest instanceof Guest.Uefi uefi
        ? uefi.code().or(() -> firmware.present().map(UefiFirmware::code))
        : Optional.empty();
  }

  /** What a new file for variables has; nothing if the user's firmware has to make them. */
  Optional<Path> template(Guest.Uefi guest) {
    return guest.code().isPresent()
        ? Optional.empty()
        : firmware.present().map(UefiFirmware::variables);
  }

  Boot of(Guest.Entered guest) {
    return switch (guest) {
      case Guest.Linux linux -> linux(linux, cache.linux(linux.mirror(), false));
      case Guest.Program(GuestProgram program, String append) -> program.boot(append);
      case Guest.Installed installed -> installed(installed);
      case Guest.Custom custom -> custom(custom.images(), custom.images().append());
      case Guest.Uefi _ -> new Boot.FlashBoot(Optional.empty());
    };
  }

  /**
   * The same with files added to the initial RAM disk, by their paths in the guest, and told of
   * folders to mount.
   */
  Boot of(Guest.Entered guest, Map<String, Path> files, List<ShareSpec> shares) {
    return with(of(mounting(guest, shares)), guest, files);
  }

  /** Our init, or that of an image, mounts what these words say; other guests are told nothing. */
  private static Guest.Entered mounting(Guest.Entered guest, List<ShareSpec> shares) {
    if (shares.isEmpty()) {
      return guest;
    }
    return switch (guest) {
      case Guest.Linux linux ->
          new Guest.Linux(
              linux.mirror(), linux.terminal(), told(linux.images(), shares, BootChoice::word));
      case Guest.Installed installed ->
          new Guest.Installed(
              installed.image(),
              installed.terminal(),
              told(installed.images(), shares, BootChoice::mountUnit),
              installed.keys());
      case Guest.Program _, Guest.Custom _, Guest.Uefi _ -> guest;
    };
  }

  private static Guest.Images told(
      Guest.Images own, List<ShareSpec> shares, Function<ShareSpec, String> word) {
    String words = shares.stream().map(word).collect(Collectors.joining(" ", "", " "));
    return new Guest.Images(
        own.kernel(), own.firmware(), own.initrd(), own.deviceTree(), words + own.append());
  }

  /** For systemd's generator of mounts; a folder that is gone does not stop the boot. */
  private static String mountUnit(ShareSpec share) {
    return "systemd.mount-extra=%s:%s:9p:nofail,trans=virtio,version=9p2000.L,cache=mmap%s"
        .formatted(share.tag(), share.place(), share.readOnly() ? ",ro" : "");
  }

  private static String word(ShareSpec share) {
    return "share=%s:%s%s".formatted(share.tag(), share.place(), share.readOnly() ? ":ro" : "");
  }

  /**
   * Looks whether the guest's initial RAM disk, if it is there, has places for files.
   *
   * @throws RefusedException if there cannot be a file at one of the paths
   */
  void requirePlaces(Guest.Entered guest, Collection<String> paths) {
    if (!paths.isEmpty() && !(guest instanceof Guest.Installed)) { // whose files are handed on
      initrd(guest).ifPresent(initrd -> ExtraFiles.requirePlaces(paths, initrd));
    }
  }

  /** The initial RAM disk, if it is there. */
  private Optional<Path> initrd(Guest.Entered guest) {
    return switch (guest) {
      case Guest.Linux linux ->
          linux.images().initrd().or(() -> cache.present().map(LinuxImages::initramfs));
      case Guest.Program program -> Optional.empty();
      case Guest.Installed installed -> installed.images().initrd();
      case Guest.Custom custom -> custom.images().initrd();
      case Guest.Uefi uefi -> Optional.empty();
    };
  }

  /** The same with what there is of stock images, if that can be booted: nothing is fetched. */
  Optional<Boot> present(Guest.Entered described, Map<String, Path> files, List<ShareSpec> shares) {
    if (described instanceof Guest.Uefi && presentCode(described).isEmpty()) {
      return Optional.empty();
    }
    Guest.Entered guest = mounting(described, shares);
    Optional<Boot> boot =
        guest instanceof Guest.Linux linux
            ? cache.present().map(stock -> linux(linux, stock)).or(() -> own(linux.images()))
            : Optional.of(of(guest));
    return boot.map(found -> with(found, guest, files));
  }

  /** What can be booted without stock images. */
  private static Optional<Boot> own(Guest.Images images) {
    return images.kernel().isPresent() || images.firmware().isPresent()
        ? Optional.of(custom(images, images.append()))
        : Optional.empty();
  }

  /** What the initial RAM disk gets; that of a system on a disk hands its files on. */
  private static Map<String, Path> added(Guest.Entered guest, Map<String, Path> files) {
    if (!(guest instanceof Guest.Installed installed)) {
      return files;
    }
    Map<String, Path> added = new LinkedHashMap<>();
    files.forEach((path, file) -> added.put("/host" + path, file));
    for (Path keys : installed.keys()) {
      added.put("/keys/" + added.size(), keys);
    }
    return added;
  }

  /** Files are added behind an initial RAM disk only. */
  private Boot with(Boot boot, Guest.Entered guest, Map<String, Path> files) {
    Optional<Path> initrd = initrd(guest);
    if (initrd.isEmpty()) {
      return boot;
    }
    List<Image> parts = new ArrayList<>();
    if (guest instanceof Guest.Installed) {
      parts.add(SystemFiles.archive());
    }
    Map<String, Path> added = added(guest, files);
    if (!added.isEmpty()) {
      parts.add(ExtraFiles.archive(added, initrd.get()));
    }
    Optional<Image> behind = parts.stream().reduce(Image::joined);
    return behind
        .map(more -> boot.withInitrd(Image.joined(Image.file(initrd.get()), more)))
        .orElse(boot);
  }

  /** What our Linux is entered with. */
  static Boot linux(Guest.Linux guest, LinuxImages stock) {
    Guest.Images own = guest.images();
    Guest.Images all =
        new Guest.Images(
            own.kernel().or(() -> Optional.of(stock.kernel())),
            own.firmware(),
            own.initrd().or(() -> Optional.of(stock.initramfs())),
            own.deviceTree(),
            own.append());
    return custom(all, (LINUX + terminal("TERM", guest.terminal()) + " " + own.append()).strip());
  }

  private static Boot installed(Guest.Installed guest) {
    String words = INSTALLED + terminal("systemd.tty.term.hvc0", guest.terminal());
    return custom(guest.images(), (words + " " + guest.images().append()).strip());
  }

  /** The kernel hands an unknown word with an equals sign to the first process as a variable. */
  private static String terminal(String name, String kind) {
    return kind.matches("[A-Za-z0-9+.-]{1,32}") ? " " + name + "=" + kind : "";
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
