package atoll.scenario;

import atoll.console.LogFile;
import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.engine.Paging;
import atoll.host.FileType;
import atoll.image.GuestPath;
import atoll.line.FarAddress;
import atoll.net.VsockSettings;
import atoll.vmm.Aia;
import atoll.vmm.BoardPlan;
import atoll.vmm.FrontPanel;
import atoll.vmm.VmConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads one of a scenario's {@code vms}. */
final class VmReader {
  /** What its name looks like, for messages. */
  static final String NAMES = "up to 31 lower-case letters, digits and hyphens, a letter first";

  private static final int MAX_VCPUS = BoardPlan.MAX_HARTS;
  private static final int MAX_CPU = PlatformDescription.MAX_CPUS - 1;

  private final FileReader files;
  private final GuestReader guests;
  private final FarReader far;

  /**
   * A machine as it is read.
   *
   * @param vm whole but for its affinity, if that is still to be chosen
   * @param placed whether its affinity is the user's
   * @param serves channels over which it serves others
   */
  record Draft(VmDescription.Builder vm, boolean placed, List<ChannelDescription> serves) {
    Draft {
      serves = List.copyOf(serves);
    }
  }

  /**
   * @param folder what relative paths refer to
   * @param system tells this scenario's disks from those of others
   */
  VmReader(Path folder, String system, ImageLookup images) {
    files = new FileReader(folder);
    far = new FarReader(folder);
    guests = new GuestReader(files, new ImageReader(files, system, images));
  }

  Optional<Draft> read(String name, YamlValue value) {
    int before = value.problems().count();
    Optional<YamlFields> fields =
        value.fields(
            "builtin",
            "image",
            "kernel",
            "firmware",
            "uefi",
            "initrd",
            "dtb",
            "append",
            "files",
            "fw-cfg",
            "memory",
            "memory-policy",
            "vcpus",
            "affinity",
            "schedule",
            "disks",
            "shares",
            "nics",
            "display",
            "vsock",
            "devices",
            PanelReader.BUTTONS,
            PanelReader.LEDS,
            "panel",
            "serial",
            "sensors",
            "console",
            "console-log",
            "front",
            "restart",
            "watchdog",
            "service",
            "serves",
            "autostart",
            "engine",
            "mmu",
            "paging",
            "pci",
            "aia",
            "trap-loop",
            "symbols",
            "report",
            "secret");
    return fields.flatMap(all -> draft(name, all, before));
  }

  /** Nothing unless all is well since there were {@code before} problems. */
  private Optional<Draft> draft(String name, YamlFields fields, int before) {
    Optional<Guest> guest = guests.read(name, fields);
    Optional<Long> memory = fields.require("memory", "256M").flatMap(YamlValue::memory);
    MemoryPolicy policy =
        fields.get("memory-policy", v -> v.constant(MemoryPolicy.class), MemoryPolicy.CONTIGUOUS);
    List<Integer> affinity = affinity(fields);
    boolean service = fields.get("service", YamlValue::flag, false);
    Schedule schedule =
        fields.get("schedule", v -> ScheduleReader.read(v, service), Schedule.ofRank(service));
    List<DiskSpec> disks = fields.get("disks", this::disks, List.of());
    boolean mounts = guest.isEmpty() || guest.get().mounts();
    List<ShareSpec> shares = fields.get("shares", v -> shares(v, mounts), List.of());
    List<NicDescription> nics = fields.get("nics", new NetworkReader(files)::nics, List.of());
    Optional<DisplayDescription> display =
        fields.get("display").flatMap(new DisplayReader(files)::read);
    Optional<VsockDescription> vsock = fields.get("vsock").flatMap(this::vsock);
    List<DeviceSpec> devices = fields.get("devices", new DeviceReader(files)::read, List.of());
    FrontPanel panel =
        PanelReader.read(fields, guest.map(Guest::usualPanel).orElse(FrontPanel.NONE));
    Optional<FarAddress> remotePanel = fields.get("panel").flatMap(FarReader::address);
    List<SerialSpec> serials = fields.get("serial", far::serials, List.of());
    List<String> sensors = fields.get("sensors", FarReader::sensors, List.of());
    if (!sensors.isEmpty() && remotePanel.isEmpty()) {
      fields.refuse(
          "sensors",
          "what they measure comes from the far side of the front; say where that is, as in panel: tls://bench.example:7000");
    }
    Optional<ConsoleKind> console =
        fields.get("console").flatMap(v -> v.constant(ConsoleKind.class));
    ConsoleKind used = console.orElse(guest.map(ConsoleKind::usual).orElse(ConsoleKind.SERIAL));
    boolean front = fields.get("front", YamlValue::flag, false);
    Optional<LogFile> consoleLog = fields.get("console-log").flatMap(this::log);
    if (used == ConsoleKind.NONE) {
      fields.refuse("console-log", "there is no console to be logged; leave one of the two out");
      if (front) {
        fields.refuse("front", "there is no console to be shown; leave one of the two out");
      }
    }
    Map<String, Path> added = fields.get("files", this::files, Map.of());
    List<FwCfgSpec> told = fields.get("fw-cfg", new FwCfgReader(files)::read, List.of());
    RestartPolicy restart = fields.get("restart", RestartReader::read, RestartPolicy.NEVER);
    var watchdog = fields.get("watchdog").flatMap(YamlValue::time);
    boolean autostart = fields.get("autostart", YamlValue::flag, true);
    String engine = fields.get("engine", v -> v.word(Engines.WORDS), Engines.AUTO);
    String mmu = fields.get("mmu", v -> v.word(MmuTechniques.WORDS), MmuTechniques.AUTO);
    Paging paging = fields.get("paging", v -> v.constant(Paging.class), Paging.SV57);
    boolean pci = fields.get("pci", YamlValue::flag, false);
    Aia aia = fields.get("aia", v -> v.constant(Aia.class), Aia.NONE);
    var onTrapLoop =
        fields.get(
            "trap-loop", v -> v.constant(VmConfig.OnTrapLoop.class), VmConfig.OnTrapLoop.END);
    List<Path> symbols = fields.get("symbols", this::symbols, List.of());
    List<ChannelDescription> serves =
        fields.get("serves", v -> ServiceReader.read(name, v), List.of());
    if (!service && !serves.isEmpty()) {
      fields.refuse("serves", "only a service serves others; add service: true");
    }
    Optional<Path> report = fields.get("report").flatMap(files::placeLog);
    if (fields.owner().problems().count() > before || !VmDescription.NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    VmDescription.Builder vm =
        VmDescription.builder(name, guest.orElseThrow())
            .memory(memory.orElseThrow())
            .memoryPolicy(policy)
            .affinity(affinity)
            .schedule(schedule)
            .disks(disks)
            .shares(shares)
            .nics(nics)
            .display(display)
            .vsock(vsock)
            .devices(devices)
            .panel(panel)
            .remotePanel(remotePanel)
            .serials(serials)
            .sensors(sensors)
            .console(used)
            .files(added)
            .fwCfg(told)
            .restart(restart)
            .watchdog(watchdog)
            .service(service)
            .autostart(autostart)
            .engine(engine)
            .mmu(mmu)
            .paging(paging)
            .pci(pci)
            .aia(aia)
            .onTrapLoop(onTrapLoop)
            .symbols(symbols)
            .report(report)
            .front(front)
            .consoleLog(consoleLog)
            .secrecy(fields.get("secret", SecrecyReader::read, Secrecy.NONE));
    return Optional.of(new Draft(vm, fields.get("affinity").isPresent(), serves));
  }

  /** A CPU for each vCPU; all 0 if the user leaves the choice. */
  private static List<Integer> affinity(YamlFields fields) {
    Optional<Integer> vcpus = fields.get("vcpus").flatMap(v -> v.number(1, MAX_VCPUS));
    Optional<YamlValue> value = fields.get("affinity");
    if (value.isEmpty() || !value.get().isList()) {
      Integer cpu = value.flatMap(v -> v.number(0, MAX_CPU)).orElse(0);
      return Collections.nCopies(vcpus.orElse(1), cpu);
    }
    List<Integer> cpus = new ArrayList<>();
    List<YamlValue> items = value.get().items().orElseThrow();
    items.forEach(item -> item.number(0, MAX_CPU).ifPresent(cpus::add));
    if (items.isEmpty() || items.size() > MAX_VCPUS) {
      value.get().reject("found %d CPUs, expected 1 to %d".formatted(items.size(), MAX_VCPUS));
    } else if (vcpus.isPresent() && vcpus.get() != items.size()) {
      value
          .get()
          .reject(
              "found %d CPUs for %d vCPUs, expected one for each, or one number for all"
                  .formatted(items.size(), vcpus.get()));
    }
    return cpus;
  }

  private Optional<List<DiskSpec>> disks(YamlValue value) {
    List<DiskSpec> disks = new ArrayList<>();
    value.items().orElse(List.of()).forEach(item -> disk(item).ifPresent(disks::add));
    return Optional.of(disks);
  }

  private Optional<DiskSpec> disk(YamlValue value) {
    if (!value.isMapping()) {
      return files
          .readDisk(value)
          .map(image -> new DiskSpec(image, false, Optional.empty(), false, DiskLimits.NONE));
    }
    YamlFields fields =
        value.fields("file", "read-only", "format", "pci", "iops", "bps").orElseThrow();
    boolean readOnly = fields.get("read-only", YamlValue::flag, false);
    Optional<DiskFormat> format = fields.get("format").flatMap(v -> v.constant(DiskFormat.class));
    boolean pci = fields.get("pci", YamlValue::flag, false);
    int iops = fields.get("iops", v -> v.number(1, Integer.MAX_VALUE), 0);
    long bps = fields.get("bps", v -> v.size(DiskLimits.LEAST_BYTES), DiskLimits.UNLIMITED);
    return fields
        .require("file", "disk.img")
        .flatMap(files::readDisk)
        .map(image -> new DiskSpec(image, readOnly, format, pci, new DiskLimits(iops, bps)));
  }

  /**
   * Folders of the host.
   *
   * @param mounts whether the guest mounts them by itself
   */
  private Optional<List<ShareSpec>> shares(YamlValue value, boolean mounts) {
    List<ShareSpec> shares = new ArrayList<>();
    Set<String> tags = new HashSet<>();
    for (YamlValue item : value.items().orElse(List.of())) {
      Optional<ShareSpec> share = share(item, mounts);
      share.ifPresent(shares::add);
      share
          .filter(read -> !tags.add(read.tag()))
          .ifPresent(read ->
              item.reject(
                  "the tag '%s' is taken already, expected another, as in tag: other"
                      .formatted(read.tag())));
    }
    return Optional.of(shares);
  }

  private Optional<ShareSpec> share(YamlValue value, boolean mounts) {
    if (!value.isMapping()) {
      return files
          .readFolder(value)
          .map(
              folder -> new ShareSpec(folder, ShareSpec.usualTag(folder), false, Optional.empty()));
    }
    YamlFields fields = value.fields("folder", "tag", "read-only", "at", "exclusive").orElseThrow();
    if (!mounts) {
      fields.refuse(
          "at",
          "only linux and systems on disks mount folders by themselves; leave it out, and mount it there");
    }
    boolean readOnly = fields.get("read-only", YamlValue::flag, false);
    boolean exclusive = fields.get("exclusive", YamlValue::flag, false);
    Optional<YamlValue> named = fields.get("tag");
    Optional<String> tag = named.flatMap(v -> v.text(ShareSpec.TAG, "a tag of " + ShareSpec.TAGS));
    Optional<String> at =
        fields.get("at").flatMap(v -> v.text(GuestPath.FORM, "a path in the guest such as /mnt/a"));
    return fields
        .require("folder", "work")
        .flatMap(files::readFolder)
        .filter(folder -> tag.isPresent() == named.isPresent())
        .map(folder ->
            new ShareSpec(folder, tag.orElse(ShareSpec.usualTag(folder)), readOnly, at, exclusive));
  }

  /** A file's name, or several. */
  private Optional<List<Path>> symbols(YamlValue value) {
    List<Path> named = new ArrayList<>();
    List<YamlValue> all = value.isList() ? value.items().orElse(List.of()) : List.of(value);
    all.forEach(file -> files.read(file).ifPresent(named::add));
    return Optional.of(named);
  }

  private Optional<VsockDescription> vsock(YamlValue value) {
    return value
        .fields("cid", "socket", "reach")
        .map(fields -> {
          Optional<Long> cid =
              fields
                  .get("cid")
                  .flatMap(v -> v.number(VsockSettings.FIRST_CID, VsockSettings.LAST_CID));
          Optional<Path> socket = fields.get("socket").flatMap(files::placeSocket);
          List<String> reach = new ArrayList<>();
          fields
              .get("reach")
              .flatMap(YamlValue::items)
              .orElse(List.of())
              .forEach(vm -> vm.text().ifPresent(reach::add));
          return new VsockDescription(cid, socket, reach);
        });
  }

  /** A file's name, or a mapping with it and its limit. */
  private Optional<LogFile> log(YamlValue value) {
    if (!value.isMapping()) {
      return files.placeLog(value).map(VmReader::usualLog);
    }
    YamlFields fields = value.fields("file", "max").orElseThrow();
    Optional<YamlValue> limit = fields.get("max");
    Optional<Long> max = limit.flatMap(size -> size.size(LogFile.SMALLEST));
    Optional<Path> file = fields.require("file", "cluster.log").flatMap(files::placeLog);
    file.filter(VmReader::isDevice)
        .ifPresent(device ->
            limit.ifPresent(size ->
                size.reject(
                    "%s is a device, and only files have a limit; leave it out"
                        .formatted(device))));
    return file.map(path ->
        max.map(size -> new LogFile(path, OptionalLong.of(size))).orElseGet(() -> usualLog(path)));
  }

  /** A device keeps nothing, and so needs no limit. */
  private static LogFile usualLog(Path file) {
    return isDevice(file) ? LogFile.unbounded(file) : new LogFile(file, LogFile.USUAL);
  }

  private static boolean isDevice(Path file) {
    return FileType.of(file) == FileType.CHARACTER_DEVICE;
  }

  private Optional<Map<String, Path>> files(YamlValue value) {
    Map<String, Path> added = new LinkedHashMap<>();
    Map<String, YamlValue> named = value.named(GuestPath.FORM, GuestPath.EXPECTED).orElse(Map.of());
    named.forEach((path, file) -> files.read(file).ifPresent(found -> added.put(path, found)));
    GuestPath.fileAndFolder(named.keySet())
        .ifPresent(path ->
            named
                .get(path)
                .reject("%s is a file here, and the folder of another file".formatted(path)));
    return Optional.of(added);
  }
}
