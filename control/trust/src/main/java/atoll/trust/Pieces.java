package atoll.trust;

import atoll.disk.DiskLocation;
import atoll.scenario.DeviceSpec;
import atoll.scenario.DiskSpec;
import atoll.scenario.FwCfgSpec;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** All of the host that a system is made from, and the same system made from copies of it. */
final class Pieces {
  private Pieces() {}

  /** All, in the order of the scenario. */
  static List<Piece> of(Scenario scenario) {
    List<Piece> all = new ArrayList<>();
    scenario.vms().forEach(vm -> add(vm, all));
    return all;
  }

  private static void add(VmDescription vm, List<Piece> all) {
    String of = "vms." + vm.name() + ".";
    switch (vm.guest()) {
      case Guest.Linux linux -> add(of, linux.images(), all);
      case Guest.Custom custom -> add(of, custom.images(), all);
      case Guest.Installed installed -> {
        add(of, installed.images(), all);
        add(of, installed.keys(), all);
      }
      case Guest.Uefi uefi -> add(of, uefi, all);
      case Guest.Image _ ->
          all.add(Piece.open(of + "image", "is a disk of its own, which its guest writes"));
      case Guest.Program _ -> {} // comes with Atoll
    }
    for (int n = 0; n < vm.disks().size(); n++) {
      all.add(disk("%sdisks[%d]".formatted(of, n), vm.disks().get(n)));
    }
    for (int n = 0; n < vm.shares().size(); n++) {
      ShareSpec share = vm.shares().get(n);
      all.add(
          Piece.open(
              "%sshares[%d]".formatted(of, n),
              "is a folder of the host (%s), whose files may change".formatted(share.folder())));
    }
    vm.files().forEach((path, file) -> all.add(Piece.of("%sfiles[%s]".formatted(of, path), file)));
    for (FwCfgSpec told : vm.fwCfg()) {
      told.file()
          .ifPresent(file -> all.add(Piece.of("%sfw-cfg[%s]".formatted(of, told.name()), file)));
    }
    vm.devices().forEach(device -> add(of, device, all));
  }

  private static void add(String of, Guest.Images images, List<Piece> all) {
    images.kernel().ifPresent(file -> all.add(Piece.of(of + "kernel", file)));
    images.firmware().ifPresent(file -> all.add(Piece.of(of + "firmware", file)));
    images.initrd().ifPresent(file -> all.add(Piece.of(of + "initrd", file)));
    images.deviceTree().ifPresent(file -> all.add(Piece.of(of + "dtb", file)));
  }

  private static void add(String of, Guest.Uefi uefi, List<Piece> all) {
    all.add(
        uefi.code()
            .map(code -> Piece.of(of + "uefi", code))
            .orElseGet(() ->
                Piece.open(
                    of + "uefi", "is fetched firmware; name the file, as in uefi: code.fd")));
    add(of, uefi.keys(), all);
  }

  /** Whoever has one of these logs in as root. */
  private static void add(String of, List<Path> keys, List<Piece> all) {
    for (int n = 0; n < keys.size(); n++) {
      all.add(Piece.of("%sssh-key[%d]".formatted(of, n), keys.get(n)));
    }
  }

  private static Piece disk(String key, DiskSpec disk) {
    if (!(disk.image() instanceof DiskLocation.InFile(Path file))) {
      return Piece.open(key, "is at a server (%s)".formatted(disk.image()));
    }
    if (!disk.readOnly()) {
      return Piece.open(key, "is written by its guest; make it read-only");
    }
    return Files.isRegularFile(file) || Files.notExists(file) // which is said when it is read
        ? Piece.disk(key, file)
        : Piece.open(key, "is a device or a folder of the host (%s)".formatted(file));
  }

  private static void add(String of, DeviceSpec device, List<Piece> all) {
    if (device.code() instanceof DeviceSpec.Code.InJar(Path jar, String name)) {
      String key = "%sdevices[%s]".formatted(of, device.name());
      all.add(
          Files.isDirectory(jar)
              ? Piece.open(key, "is a folder of classes (%s); make it a jar".formatted(jar))
              : Piece.of(key, jar));
    }
  }

  // ------------------------------------------------------------ made from copies

  /**
   * The same system made from other files.
   *
   * @param held the file that takes another's place
   * @param stock what takes the place of a stock kernel and initial RAM disk, by the names in
   *     {@link StockFiles}
   */
  static Scenario replaced(Scenario scenario, UnaryOperator<Path> held, Map<String, Path> stock) {
    return scenario.withVms(scenario.vms().stream().map(vm -> replaced(vm, held, stock)).toList());
  }

  private static VmDescription replaced(
      VmDescription vm, UnaryOperator<Path> held, Map<String, Path> stock) {
    Map<String, Path> files = new LinkedHashMap<>();
    vm.files().forEach((path, file) -> files.put(path, held.apply(file)));
    return vm.but()
        .guest(guest(vm.guest(), held, stock))
        .disks(vm.disks().stream().map(disk -> disk(disk, held)).toList())
        .files(files)
        .fwCfg(vm.fwCfg().stream().map(told -> told(told, held)).toList())
        .devices(vm.devices().stream().map(device -> device(device, held)).toList())
        .build();
  }

  private static Guest guest(Guest guest, UnaryOperator<Path> held, Map<String, Path> stock) {
    return switch (guest) {
      case Guest.Linux linux ->
          new Guest.Linux(
              linux.mirror(), linux.terminal(), stock(images(linux.images(), held), stock));
      case Guest.Custom custom -> new Guest.Custom(images(custom.images(), held));
      case Guest.Installed installed ->
          new Guest.Installed(
              installed.image(),
              installed.terminal(),
              images(installed.images(), held),
              installed.keys().stream().map(held).toList());
      case Guest.Uefi uefi ->
          new Guest.Uefi(
              uefi.mirror(),
              uefi.code().map(held),
              uefi.variables(),
              uefi.keys().stream().map(held).toList());
      case Guest.Image image -> image;
      case Guest.Program program -> program;
    };
  }

  private static Guest.Images images(Guest.Images images, UnaryOperator<Path> held) {
    return new Guest.Images(
        images.kernel().map(held),
        images.firmware().map(held),
        images.initrd().map(held),
        images.deviceTree().map(held),
        images.append());
  }

  private static Guest.Images stock(Guest.Images own, Map<String, Path> stock) {
    return new Guest.Images(
        own.kernel().or(() -> Optional.ofNullable(stock.get(StockFiles.KERNEL))),
        own.firmware(),
        own.initrd().or(() -> Optional.ofNullable(stock.get(StockFiles.INITRAMFS))),
        own.deviceTree(),
        own.append());
  }

  private static DiskSpec disk(DiskSpec disk, UnaryOperator<Path> held) {
    return disk.image() instanceof DiskLocation.InFile(Path file)
        ? disk.at(DiskLocation.of(held.apply(file)))
        : disk;
  }

  private static FwCfgSpec told(FwCfgSpec told, UnaryOperator<Path> held) {
    return new FwCfgSpec(told.name(), told.file().map(held), told.text());
  }

  private static DeviceSpec device(DeviceSpec device, UnaryOperator<Path> held) {
    return device.code() instanceof DeviceSpec.Code.InJar(Path jar, String name)
        ? device.by(new DeviceSpec.Code.InJar(held.apply(jar), name))
        : device;
  }
}
