package atoll.scenario;

import atoll.console.LogFile;
import atoll.engine.Paging;
import atoll.image.RefusedException;
import atoll.line.FarAddress;
import atoll.vmm.Aia;
import atoll.vmm.BoardDescription;
import atoll.vmm.BoardOptions;
import atoll.vmm.BoardPlan;
import atoll.vmm.FrontPanel;
import atoll.vmm.VmConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One virtual machine of a scenario.
 *
 * @param name unique; prefixes its output
 * @param guest what it runs, with its command line
 * @param memory bytes of RAM, a multiple of 4096
 * @param memoryPolicy how it gets them
 * @param vcpus harts
 * @param affinity for each vCPU the number of the physical CPU that executes it
 * @param schedule each vCPU's claim to that CPU's time
 * @param disks the first is the first virtio block device, unless an image has one before it
 * @param shares folders of the host that it uses
 * @param nics its network interfaces
 * @param display what it shows pictures on, if it does
 * @param vsock its device for streams, if it has one
 * @param devices of the user's own
 * @param panel buttons and LEDs at its front
 * @param serials serial ports beside the first one
 * @param sensors names of its temperature sensors
 * @param remotePanel from where its buttons are pressed and its sensors hear, and where its LEDs
 *     are shown, if that is elsewhere
 * @param files added to the initial RAM disk: path in the guest, with a leading slash, and host
 *     file
 * @param fwCfg what firmware can read by name
 * @param watchdog the longest time between two signs of life, if it is watched
 * @param service whether it serves others, and so ranks before them
 * @param autostart whether it starts with the system
 * @param engine a name of {@link Engines}, or {@code auto}
 * @param mmu a name of {@link MmuTechniques}, or {@code auto}
 * @param paging the widest scheme of page tables
 * @param pci whether its virtio devices are on PCI Express
 * @param aia which interrupt controllers it has
 * @param onTrapLoop what a hart does whose traps lead nowhere
 * @param symbols files with names of places in what it runs, for reports
 * @param report gets a report of each life that could not go on
 * @param front whether its console is the one in front at first
 * @param consoleLog gets a copy of what it prints
 * @param secrecy whether what is in its memory may be seen from outside
 */
public record VmDescription(
    String name,
    Guest guest,
    long memory,
    MemoryPolicy memoryPolicy,
    int vcpus,
    List<Integer> affinity,
    Schedule schedule,
    List<DiskSpec> disks,
    List<ShareSpec> shares,
    List<NicDescription> nics,
    Optional<DisplayDescription> display,
    Optional<VsockDescription> vsock,
    List<DeviceSpec> devices,
    FrontPanel panel,
    List<SerialSpec> serials,
    List<String> sensors,
    Optional<FarAddress> remotePanel,
    ConsoleKind console,
    Map<String, Path> files,
    List<FwCfgSpec> fwCfg,
    RestartPolicy restart,
    Optional<Duration> watchdog,
    boolean service,
    boolean autostart,
    String engine,
    String mmu,
    Paging paging,
    boolean pci,
    Aia aia,
    VmConfig.OnTrapLoop onTrapLoop,
    List<Path> symbols,
    Optional<Path> report,
    boolean front,
    Optional<LogFile> consoleLog,
    Secrecy secrecy) {
  /** What a name looks like. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /** The key of a part of one, as messages name it. */
  static final Pattern PART =
      Pattern.compile("vms\\.[a-z][a-z0-9-]{0,30}\\.[a-z-]+(\\[[^\\]]{1,512}\\])?");

  public VmDescription {
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' is not a VM name; give up to 31 lower-case letters, digits and hyphens, a letter first"
              .formatted(name));
    }
    Objects.requireNonNull(guest, "guest");
    PlatformDescription.requirePages(memory);
    Objects.requireNonNull(memoryPolicy, "memoryPolicy");
    affinity = List.copyOf(affinity);
    if (vcpus < 1 || affinity.size() != vcpus) {
      throw new RefusedException(
          "%s has %d vCPUs and %d places for them; give each a physical CPU"
              .formatted(name, vcpus, affinity.size()));
    }
    Objects.requireNonNull(schedule, "schedule");
    disks = List.copyOf(disks);
    shares = List.copyOf(shares);
    requireMounts(name, guest, shares);
    nics = List.copyOf(nics);
    Objects.requireNonNull(display, "display");
    Objects.requireNonNull(vsock, "vsock");
    devices = List.copyOf(devices);
    Objects.requireNonNull(panel, "panel");
    serials = List.copyOf(serials);
    sensors = List.copyOf(sensors);
    requireDistinct(name, serials.stream().map(SerialSpec::name).toList(), "serial port");
    requireDistinct(name, sensors, "sensor");
    Objects.requireNonNull(remotePanel, "remotePanel");
    Objects.requireNonNull(console, "console");
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    fwCfg = List.copyOf(fwCfg);
    Objects.requireNonNull(restart, "restart");
    Objects.requireNonNull(watchdog, "watchdog");
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(mmu, "mmu");
    Objects.requireNonNull(paging, "paging");
    Objects.requireNonNull(aia, "aia");
    Objects.requireNonNull(onTrapLoop, "onTrapLoop");
    symbols = List.copyOf(symbols);
    Objects.requireNonNull(report, "report");
    Objects.requireNonNull(consoleLog, "consoleLog");
    Objects.requireNonNull(secrecy, "secrecy");
  }

  private static void requireDistinct(String vm, List<String> names, String kind) {
    Set<String> seen = new HashSet<>();
    names.stream()
        .filter(name -> !seen.add(name))
        .findFirst()
        .ifPresent(name -> {
          throw new RefusedException(
              "%s has two of the kind %s named '%s'; give each a name of its own"
                  .formatted(vm, kind, name));
        });
  }

  /** Other guests do not know the place. */
  private static void requireMounts(String name, Guest guest, List<ShareSpec> shares) {
    Optional<ShareSpec> placed =
        shares.stream().filter(share -> share.at().isPresent()).findFirst();
    if (placed.isPresent() && !guest.mounts()) {
      throw new RefusedException(
          "%s is to have folder %s at %s, but only linux and systems on disks mount folders by themselves; leave the place out, and mount it in the guest by its tag"
              .formatted(name, placed.get().tag(), placed.get().place()));
    }
  }

  /**
   * What is to be on its board.
   *
   * @param channels its ends of channels
   */
  BoardDescription board(List<BoardDescription.Port> channels) {
    return new BoardDescription(
        vcpus,
        paging,
        guest.machineMode(),
        memory,
        Stream.concat(image().map(ImageChoice::label).stream(), disks.stream().map(DiskSpec::label))
            .toList(),
        shares.stream().map(ShareSpec::label).toList(),
        console == ConsoleKind.VIRTIO,
        memoryPolicy == MemoryPolicy.PAGED,
        display.isPresent(),
        nics.stream().map(NicDescription::label).toList(),
        vsock.isPresent(),
        devices.stream().map(DeviceSpec::device).toList(),
        channels,
        boardOptions());
  }

  /** How many disks and shared folders its board has room for beside its other devices. */
  public int mostDisks() {
    return BoardPlan.mostDisks(board(List.of()));
  }

  /** Whether one more virtio device has a place beside the others without PCI Express. */
  public boolean hasFreeSlot() {
    int others = BoardPlan.MAX_VIRTIO - mostDisks();
    int all = others + disks.size() + shares.size() + (image().isPresent() ? 1 : 0);
    return pci || all < BoardPlan.MMIO_SLOTS;
  }

  /** The same with other devices of the user's own. */
  public VmDescription withDevices(List<DeviceSpec> others) {
    return but().devices(others).build();
  }

  /** The same with another device for streams. */
  public VmDescription withVsock(VsockDescription other) {
    return but().vsock(Optional.of(other)).build();
  }

  /** The same with other disks. */
  VmDescription withDisks(List<DiskSpec> others) {
    return but().disks(others).build();
  }

  /** The same on another engine. */
  public VmDescription withEngine(String other) {
    return but().engine(other).build();
  }

  /** The same without a copy of what it prints. */
  public VmDescription withoutLog() {
    return but().consoleLog(Optional.empty()).build();
  }

  /** How its board is to be. */
  public BoardOptions boardOptions() {
    int before = image().isPresent() ? 1 : 0;
    return new BoardOptions(
            pci,
            IntStream.range(0, disks.size())
                .filter(n -> disks.get(n).pci())
                .mapToObj(n -> n + before)
                .collect(Collectors.toSet()),
            aia,
            guest.inFlash(),
            guest.inFlash() || !fwCfg.isEmpty(),
            panel)
        .with(serials.stream().map(SerialSpec::name).toList(), sensors);
  }

  /** The image whose disk comes before the others, if that is still to be found. */
  public Optional<ImageChoice> image() {
    return guest instanceof Guest.Image of ? Optional.of(of.choice()) : Optional.empty();
  }

  /**
   * The same once the disk of its image is known.
   *
   * @param found what is on that
   * @param first the disk, which comes before the others
   */
  public VmDescription entered(Guest.Entered found, DiskSpec first) {
    return but()
        .guest(found)
        .disks(Stream.concat(Stream.of(first), disks.stream()).toList())
        .build();
  }

  /** Begins with all that it says. */
  public Builder but() {
    return builder(name, guest)
        .memory(memory)
        .memoryPolicy(memoryPolicy)
        .affinity(affinity)
        .schedule(schedule)
        .disks(disks)
        .shares(shares)
        .nics(nics)
        .display(display)
        .vsock(vsock)
        .devices(devices)
        .panel(panel)
        .serials(serials)
        .sensors(sensors)
        .remotePanel(remotePanel)
        .console(console)
        .files(files)
        .fwCfg(fwCfg)
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
        .secrecy(secrecy);
  }

  /** Starts a description: what is not said is as in a scenario, with one vCPU and 512 MiB. */
  public static Builder builder(String name, Guest guest) {
    return new Builder().name(name).guest(guest);
  }

  /** Starts one whose name and guest are said later. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects a description; {@link #build} validates it. */
  public static final class Builder {
    private String name;
    private Guest guest;
    private long memory = 512L << 20;
    private MemoryPolicy memoryPolicy = MemoryPolicy.CONTIGUOUS;
    private List<Integer> affinity = List.of(0);
    private Schedule schedule = Schedule.ofRank(false);
    private List<DiskSpec> disks = List.of();
    private List<ShareSpec> shares = List.of();
    private List<NicDescription> nics = List.of();
    private Optional<DisplayDescription> display = Optional.empty();
    private Optional<VsockDescription> vsock = Optional.empty();
    private List<DeviceSpec> devices = List.of();
    private Optional<FrontPanel> panel = Optional.empty();
    private List<SerialSpec> serials = List.of();
    private List<String> sensors = List.of();
    private Optional<FarAddress> remotePanel = Optional.empty();
    private Optional<ConsoleKind> console = Optional.empty();
    private Map<String, Path> files = Map.of();
    private List<FwCfgSpec> fwCfg = List.of();
    private RestartPolicy restart = RestartPolicy.NEVER;
    private Optional<Duration> watchdog = Optional.empty();
    private boolean service;
    private boolean autostart = true;
    private String engine = Engines.AUTO;
    private String mmu = MmuTechniques.AUTO;
    private Paging paging = Paging.SV57;
    private boolean pci;
    private Aia aia = Aia.NONE;
    private VmConfig.OnTrapLoop onTrapLoop = VmConfig.OnTrapLoop.END;
    private List<Path> symbols = List.of();
    private Optional<Path> report = Optional.empty();
    private boolean front;
    private Optional<LogFile> consoleLog = Optional.empty();
    private Secrecy secrecy = Secrecy.NONE;

    private Builder() {}

    /** Required. */
    public Builder name(String value) {
      name = value;
      return this;
    }

    /** Required. */
    public Builder guest(Guest value) {
      guest = value;
      return this;
    }

    /** Bytes of RAM. */
    public Builder memory(long bytes) {
      memory = bytes;
      return this;
    }

    public Builder memoryPolicy(MemoryPolicy value) {
      memoryPolicy = value;
      return this;
    }

    /** So many vCPUs, the n-th on physical CPU n. */
    public Builder vcpus(int count) {
      affinity = IntStream.range(0, count).boxed().toList();
      return this;
    }

    /** For each vCPU the physical CPU that executes it. */
    public Builder affinity(List<Integer> cpus) {
      affinity = cpus;
      return this;
    }

    public Builder schedule(Schedule value) {
      schedule = value;
      return this;
    }

    public Builder disks(List<DiskSpec> value) {
      disks = value;
      return this;
    }

    public Builder shares(List<ShareSpec> value) {
      shares = value;
      return this;
    }

    public Builder nics(List<NicDescription> value) {
      nics = value;
      return this;
    }

    public Builder display(Optional<DisplayDescription> value) {
      display = value;
      return this;
    }

    public Builder vsock(Optional<VsockDescription> value) {
      vsock = value;
      return this;
    }

    public Builder devices(List<DeviceSpec> value) {
      devices = value;
      return this;
    }

    /** Serial ports beside the first one. */
    public Builder serials(List<SerialSpec> ports) {
      serials = ports;
      return this;
    }

    /** Names of its temperature sensors. */
    public Builder sensors(List<String> names) {
      sensors = names;
      return this;
    }

    /** From where its buttons are pressed, if that is elsewhere. */
    public Builder remotePanel(Optional<FarAddress> far) {
      remotePanel = far;
      return this;
    }

    /** What its guest usually has, if not given. */
    public Builder panel(FrontPanel value) {
      panel = Optional.of(value);
      return this;
    }

    /** What its guest usually has, if not given. */
    public Builder console(ConsoleKind value) {
      console = Optional.of(value);
      return this;
    }

    /** Added to the initial RAM disk: path in the guest, and host file. */
    public Builder files(Map<String, Path> value) {
      files = value;
      return this;
    }

    /** What firmware can read by name. */
    public Builder fwCfg(List<FwCfgSpec> value) {
      fwCfg = value;
      return this;
    }

    public Builder restart(RestartPolicy value) {
      restart = value;
      return this;
    }

    public Builder watchdog(Optional<Duration> value) {
      watchdog = value;
      return this;
    }

    public Builder service(boolean value) {
      service = value;
      return this;
    }

    public Builder autostart(boolean value) {
      autostart = value;
      return this;
    }

    public Builder engine(String value) {
      engine = value;
      return this;
    }

    public Builder mmu(String value) {
      mmu = value;
      return this;
    }

    public Builder paging(Paging value) {
      paging = value;
      return this;
    }

    public Builder pci(boolean value) {
      pci = value;
      return this;
    }

    public Builder aia(Aia value) {
      aia = value;
      return this;
    }

    public Builder onTrapLoop(VmConfig.OnTrapLoop value) {
      onTrapLoop = value;
      return this;
    }

    /** Files with names of places in what it runs. */
    public Builder symbols(List<Path> value) {
      symbols = value;
      return this;
    }

    /** Gets a report of each life that could not go on. */
    public Builder report(Optional<Path> value) {
      report = value;
      return this;
    }

    public Builder front(boolean value) {
      front = value;
      return this;
    }

    public Builder consoleLog(Optional<LogFile> value) {
      consoleLog = value;
      return this;
    }

    public Builder secrecy(Secrecy value) {
      secrecy = value;
      return this;
    }

    public VmDescription build() {
      return new VmDescription(
          name,
          guest,
          memory,
          memoryPolicy,
          affinity.size(),
          affinity,
          schedule,
          disks,
          shares,
          nics,
          display,
          vsock,
          devices,
          panel.orElseGet(guest::usualPanel),
          serials,
          sensors,
          remotePanel,
          console.orElseGet(() -> ConsoleKind.usual(guest)),
          files,
          fwCfg,
          restart,
          watchdog,
          service,
          autostart,
          engine,
          mmu,
          paging,
          pci,
          aia,
          onTrapLoop,
          symbols,
          report,
          front,
          consoleLog,
          secrecy);
    }
  }
}
