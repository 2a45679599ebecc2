package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.ShareBackend;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.disk.ImageTool;
import atoll.host.FileType;
import atoll.host.HostException;
import atoll.image.ByteSize;
import atoll.image.ExtraFiles;
import atoll.image.RefusedException;
import atoll.peripheral.PeripheralFactory;
import atoll.scenario.DeviceSpec;
import atoll.scenario.DiskSpec;
import atoll.scenario.Engines;
import atoll.scenario.Finding;
import atoll.scenario.Guest;
import atoll.scenario.MemoryRules;
import atoll.scenario.SerialSpec;
import atoll.scenario.ShareSpec;
import atoll.share.SharedFolder;
import atoll.vmm.Boot;
import atoll.vmm.BootCheck;
import atoll.vmm.BootPart;
import atoll.vmm.FirmwareFlash;
import atoll.vmm.PlannedBoot;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.VmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Looks at everything that one machine is to be made from, as it will be looked at when it is made,
 * and starts nothing. Used once.
 */
final class VmCheck {
  /**
   * Debian's kernel needs more than this for itself, whatever its initial RAM disk is: tried with
   * 6.12, which ends with a panic at 84 MiB and comes up at 86 MiB.
   */
  private static final long LINUX_FAILS = 84L << 20;

  private static final long LINUX_RUNS = 96L << 20;

  /** What EDK2 is known to run in; it takes memory at fixed places from 32 MiB on. */
  private static final long FIRMWARE_RUNS = 128L << 20;

  private final BootChoice boots;
  private final Guest guest;
  private final Optional<Guest.Entered> entered;
  private final List<Finding> found = new ArrayList<>();
  private Optional<PlannedBoot> boot = Optional.empty();

  /**
   * @param guest as it is described
   * @param entered as the machine will be, if that is known yet
   */
  VmCheck(BootChoice boots, Guest guest, Optional<Guest.Entered> entered) {
    this.boots = boots;
    this.guest = guest;
    this.entered = entered;
  }

  /** What was found. */
  List<Finding> found() {
    return List.copyOf(found);
  }

  /** The boot that was planned, if it can be; the caller closes it. */
  Optional<PlannedBoot> boot() {
    return boot;
  }

  private void refuse(String key, String message) {
    found.add(new Finding(key, message, true));
  }

  /** Looks at the engine's name. */
  VmCheck engine(String engine) {
    try {
      Object ignored = Engines.choose(engine);
    } catch (RefusedException e) {
      refuse("engine", e.getMessage());
    }
    return this;
  }

  /** Takes down what is to be known of the image. */
  VmCheck image(Optional<String> note) {
    note.ifPresent(text -> found.add(new Finding("image", text, false)));
    return this;
  }

  /** Looks at the disks. */
  VmCheck disks(List<DiskSpec> disks) {
    MemoryRules.sharedDisk(disks)
        .ifPresent(n ->
            refuse(
                "disks[%d]".formatted(n),
                "%s is given twice, and not read-only; give a copy, or make both read-only"
                    .formatted(disks.get(n).image())));
    for (int n = 0; n < disks.size(); n++) {
      String key = "disks[%d]".formatted(n);
      DiskSpec disk = disks.get(n);
      try {
        DiskImages.inspect(disk.image(), disk.format(), disk.readOnly())
            .ifPresent(note -> found.add(new Finding(key, note, false)));
      } catch (HostException e) {
        refuse(key, e.getMessage());
      }
    }
    return this;
  }

  /** Looks at the user's file for variables of firmware, if it is there. */
  VmCheck variables() {
    if (guest instanceof Guest.Uefi uefi) {
      uefi.variables().filter(Files::exists).ifPresent(this::variables);
    }
    return this;
  }

  private void variables(Path file) {
    try {
      long bytes = ImageTool.describe(DiskLocation.of(file), Optional.empty()).size();
      if (bytes != FirmwareFlash.BANK) {
        refuse("uefi", FirmwareFlash.wrongSize(file.toString(), bytes));
      }
    } catch (HostException e) {
      refuse("uefi", e.getMessage());
    }
  }

  /** Looks at the shared folders. */
  VmCheck shares(List<ShareSpec> shares) {
    for (int n = 0; n < shares.size(); n++) {
      String key = "shares[%d]".formatted(n);
      ShareSpec share = shares.get(n);
      SharedFolder.obstacle(share.folder(), share.readOnly())
          .ifPresent(why -> refuse(key, "shared folder " + why));
    }
    return this;
  }

  /** Looks whether the host's serial ports are there; none is opened. */
  VmCheck serials(List<SerialSpec> ports) {
    for (SerialSpec port : ports) {
      port.device()
          .filter(path -> FileType.of(path) != FileType.CHARACTER_DEVICE)
          .ifPresent(path ->
              refuse(
                  "serial." + port.name(),
                  "%s %s, expected a serial port of the host"
                      .formatted(
                          path,
                          FileType.of(path) == FileType.MISSING
                              ? "is not there"
                              : "is no serial port")));
    }
    return this;
  }

  /** Looks at the files that the user gives for their names. */
  VmCheck symbols(List<Path> files) {
    for (int n = 0; n < files.size(); n++) {
      String key = "symbols[%d]".formatted(n);
      GuestSymbols.obstacle(files.get(n)).ifPresent(why -> refuse(key, why));
    }
    return this;
  }

  /** Looks for the classes of its own devices; no code of theirs is executed. */
  VmCheck devices(List<DeviceSpec> devices) {
    try (PeripheralClasses classes = new PeripheralClasses()) {
      for (DeviceSpec device : devices) {
        if (device.code() instanceof DeviceSpec.Code.InJar(Path jar, String name)) {
          look(device.name(), classes, jar, name);
        }
      }
    }
    return this;
  }

  private void look(String device, PeripheralClasses classes, Path jar, String name) {
    try {
      PeripheralFactory ignored = classes.factory(jar, name);
    } catch (RefusedException e) {
      refuse("devices." + device, e.getMessage());
    }
  }

  /**
   * Looks at what is loaded at the start.
   *
   * @param files added to the initial RAM disk
   * @param shares that it is told of
   * @param memory bytes of RAM
   * @param config makes the machine's configuration of how it is booted
   */
  VmCheck boot(
      Map<String, Path> files,
      List<ShareSpec> shares,
      long memory,
      Function<Boot, VmConfig> config) {
    boolean stock = guest instanceof Guest.Linux linux && linux.images().kernel().isEmpty();
    if (stock && memory <= LINUX_FAILS) {
      refuse(
          "memory",
          "%s are too little for Debian's kernel, expected %s or more"
              .formatted(ByteSize.format(memory), ByteSize.format(LINUX_RUNS)));
      return this;
    }
    if (hasStockFirmware() && memory < FIRMWARE_RUNS) {
      refuse(
          "memory",
          "%s are too little for UEFI firmware, expected %s or more"
              .formatted(ByteSize.format(memory), ByteSize.format(FIRMWARE_RUNS)));
      return this;
    }
    if (fits(files.values(), memory) && placed(files.keySet())) {
      try {
        entered
            .flatMap(known -> boots.present(known, files, shares))
            .map(config)
            .ifPresentOrElse(this::plan, this::requireReadable);
      } catch (VmException | RefusedException e) {
        refuse("", e.getMessage());
      }
    }
    return this;
  }

  private boolean hasStockFirmware() {
    return guest.inFlash() && !(guest instanceof Guest.Uefi uefi && uefi.code().isPresent());
  }

  /** Without stock images there is nothing to load the user's own with. */
  private void requireReadable() {
    Guest.Images images = images();
    images.initrd().flatMap(VmCheck::obstacle).ifPresent(why -> refuse("initrd", why));
    images.deviceTree().flatMap(VmCheck::obstacle).ifPresent(why -> refuse("dtb", why));
  }

  private static Optional<String> obstacle(Path file) {
    return FileType.obstacle(file, false);
  }

  /** If it cannot be planned, all that is wrong is looked for. */
  private void plan(VmConfig config) {
    try {
      PlannedBoot planned = PlannedBoot.of(config);
      boot = Optional.of(planned);
      planned
          .notes()
          .forEach(note -> found.add(new Finding(key(note.part()), note.message(), false)));
    } catch (VmException e) {
      note(VirtualMachine.check(config));
    }
  }

  private void note(BootCheck check) {
    check.problems().forEach(problem -> refuse(key(problem.part()), problem.message()));
    check.notes().forEach(note -> found.add(new Finding(key(note.part()), note.message(), false)));
  }

  /** Where no file can be, none is put. */
  private boolean placed(Collection<String> paths) {
    try {
      entered.ifPresent(known -> boots.requirePlaces(known, paths));
      return true;
    } catch (RefusedException e) {
      refuse("files", e.getMessage());
      return false;
    }
  }

  /** Before they are read into an archive. */
  private boolean fits(Collection<Path> files, long memory) {
    long bytes = 0;
    for (Path file : files) {
      try {
        bytes += Files.size(file);
      } catch (IOException e) {
        refuse("files", "%s cannot be read: %s".formatted(file, HostException.reason(e)));
        return false;
      }
    }
    long most = guest.inFlash() ? Credentials.MOST_FILES : Math.min(memory, ExtraFiles.MOST);
    if (bytes > most) {
      refuse(
          "files",
          "the files have %s in all, expected at most %s, since they are in memory at the start"
              .formatted(ByteSize.rounded(bytes), ByteSize.rounded(most)));
    }
    return bytes <= most;
  }

  /** Which of the user's words has led to a part. */
  private String key(BootPart part) {
    return switch (part) {
      case KERNEL -> own(Guest.Images::kernel, "kernel");
      case FIRMWARE ->
          guest instanceof Guest.Uefi ? "uefi" : own(Guest.Images::firmware, "firmware");
      case INITRD -> own(Guest.Images::initrd, "initrd");
      case DEVICE_TREE -> own(Guest.Images::deviceTree, "dtb");
      case MEMORY -> "memory";
    };
  }

  private String own(Function<Guest.Images, Optional<Path>> image, String key) {
    String stock = guest instanceof Guest.Image ? "image" : "builtin";
    return image.apply(images()).isPresent() ? key : stock;
  }

  private Guest.Images images() {
    return switch (guest) {
      case Guest.Linux linux -> linux.images();
      case Guest.Installed installed -> installed.images();
      case Guest.Custom custom -> custom.images();
      case Guest.Program _, Guest.Uefi _, Guest.Image _ -> Guest.Images.none();
    };
  }

  /** Disks for a description. */
  static List<BlockBackend> planned(List<DiskSpec> disks) {
    List<BlockBackend> planned = new ArrayList<>();
    disks.forEach(disk -> planned.add(new PlannedDisk(disk.readOnly())));
    return planned;
  }

  /** Shared folders for a description. */
  static List<ShareBackend> plannedShares(List<ShareSpec> shares) {
    List<ShareBackend> planned = new ArrayList<>();
    shares.forEach(share -> planned.add(new PlannedShare(share.tag())));
    return planned;
  }
}
