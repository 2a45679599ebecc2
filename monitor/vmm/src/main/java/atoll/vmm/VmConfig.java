package atoll.vmm;

import atoll.device.FwCfgFile;
import atoll.device.FwCfgItems;
import atoll.device.spi.BlockBackend;
import atoll.device.spi.ConsoleBackend;
import atoll.device.spi.DisplayBackend;
import atoll.device.spi.NetBackend;
import atoll.device.spi.ShareBackend;
import atoll.device.spi.TemperatureSource;
import atoll.device.spi.VsockBackend;
import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.Tracer;
import atoll.host.Effects;
import atoll.kernel.MachineMemory;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The parts of a virtual machine.
 *
 * @param name for messages, threads and statistics
 * @param memory bytes of RAM, a multiple of 4096
 * @param memoryPolicy how machine memory is taken; a paged machine has a balloon
 * @param cpus harts, 1 to 32
 * @param placements by hart; if empty, hart n is on physical CPU n without limits
 * @param engine what executes them
 * @param mmu how their addresses are translated
 * @param paging the widest scheme of page tables that they offer
 * @param boot how they are entered
 * @param disks virtio block devices, the first in slot 0; the caller closes them
 * @param shares folders of the host that it uses; the caller closes them
 * @param nics what its virtio network interfaces are plugged into; the caller closes them
 * @param vsock what its device for streams leads to, if there is to be one; the caller closes it
 * @param devices of the user's own
 * @param console behind the UART and the SBI console
 * @param virtioConsole behind port 0 of a virtio console, if there is to be one
 * @param screen of its display, keyboard and pointer, if it is to have them; the caller closes it
 * @param ends what its serial ports and sensors lead to
 * @param effects its timers, its tasks, and the randomness of its entropy device and of the seed in
 *     its device tree
 * @param onTrapLoop what a hart does whose traps lead nowhere
 * @param notices told what a person should know though the run goes on; on a thread of its own
 * @param leds told of what its LEDs do
 * @param channels its ends of channels to other machines, at most 16
 * @param options how its board is to be, but for flash and what goes with it
 * @param flash what is in its flash, if it has any
 * @param fwCfg what firmware can read by name, beside the numbers that it is told
 * @param watchdog if present, within which the guest must restart its watchdog, from the start on;
 *     otherwise the watchdog waits for the guest to start it
 * @param tracer shown every instruction, if there is one
 */
public record VmConfig(
    String name,
    long memory,
    MachineMemory.Policy memoryPolicy,
    int cpus,
    List<Placement> placements,
    Engine engine,
    MmuKind mmu,
    Paging paging,
    Boot boot,
    List<BlockBackend> disks,
    List<ShareBackend> shares,
    List<NetBackend> nics,
    Optional<VsockBackend> vsock,
    List<BoardPeripheral> devices,
    ConsoleBackend console,
    Optional<ConsoleBackend> virtioConsole,
    Optional<DisplayBackend> screen,
    BoardEnds ends,
    Effects effects,
    OnTrapLoop onTrapLoop,
    Consumer<String> notices,
    LedListener leds,
    List<ChannelPort> channels,
    BoardOptions options,
    Optional<FirmwareFlash> flash,
    List<FwCfgFile> fwCfg,
    Optional<Duration> watchdog,
    Optional<Tracer> tracer) {

  private static final int SECTOR = 512;

  /**
   * What happens when a hart takes exceptions for ever and executes nothing in between, since the
   * code at its trap vector cannot be executed.
   */
  public enum OnTrapLoop {
    /**
     * Ends the run with {@link Outcome.Failed}; a guest of the machine's own hypervisor, which can
     * still be interrupted, is only reported.
     */
    END,
    /** Tells of it once and goes on. */
    REPORT
  }

  public VmConfig {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(memoryPolicy, "memoryPolicy");
    placements = List.copyOf(placements);
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(mmu, "mmu");
    Objects.requireNonNull(paging, "paging");
    Objects.requireNonNull(boot, "boot");
    disks = List.copyOf(disks);
    shares = List.copyOf(shares);
    nics = List.copyOf(nics);
    Objects.requireNonNull(vsock, "vsock");
    devices = List.copyOf(devices);
    Objects.requireNonNull(console, "console");
    Objects.requireNonNull(virtioConsole, "virtioConsole");
    Objects.requireNonNull(screen, "screen");
    Objects.requireNonNull(effects, "effects");
    Objects.requireNonNull(onTrapLoop, "onTrapLoop");
    Objects.requireNonNull(notices, "notices");
    Objects.requireNonNull(leds, "leds");
    channels = List.copyOf(channels);
    ends.requireFor(options);
    options = options.with(flash.isPresent(), flash.isPresent() || !fwCfg.isEmpty());
    fwCfg = List.copyOf(fwCfg);
    requireDistinct(fwCfg);
    if (boot instanceof Boot.FlashBoot && flash.isEmpty()) {
      throw new VmException(
          "%s is to start from flash, but has none; say what is in it".formatted(name));
    }
    Objects.requireNonNull(watchdog, "watchdog");
    Objects.requireNonNull(tracer, "tracer");
    if (cpus < 1) {
      throw wrongCpus(cpus);
    }
    if (!placements.isEmpty() && placements.size() != cpus) {
      throw new VmException(
          "%d harts are placed, but the VM has %d; place each of them"
              .formatted(placements.size(), cpus));
    }
    if (memory <= 0 || memory % 4096 != 0) {
      throw wrongMemory(memory);
    }
    disks.forEach(VmConfig::requireSectors);
    if (mmu == MmuKind.DIRECT && boot instanceof Boot.FirmwareBoot) {
      throw new VmException(
          "%s is entered in machine mode, but the MMU technique 'direct' is for guests that call"
                  .formatted(name)
              + " the SBI for it; give it a kernel without firmware, or another technique");
    }
    if (mmu == MmuKind.DIRECT && flash.isPresent()) {
      throw new VmException(
          "%s has flash, but the MMU technique 'direct' is for guests that call the SBI for it, which no firmware does; give it another technique"
              .formatted(name));
    }
    watchdog.ifPresent(VmConfig::requirePositive);
    BoardPlan plan =
        plan(
            cpus,
            paging,
            boot,
            memory,
            disks,
            shares,
            nics,
            vsock,
            devices,
            virtioConsole,
            screen,
            memoryPolicy,
            channels,
            options);
    for (BoardPlan.Shortage shortage : plan.shortages()) {
      refuse(shortage, devices);
    }
  }

  private static void requireDistinct(List<FwCfgFile> files) {
    if (files.size() > FwCfgItems.MOST_FILES) {
      throw new VmException(
          "firmware can read at most %d files of its configuration, not %d; join some"
              .formatted(FwCfgItems.MOST_FILES, files.size()));
    }
    Set<String> names = new HashSet<>();
    for (FwCfgFile file : files) {
      if (!names.add(file.name())) {
        throw new VmException(
            "the firmware's configuration has '%s' twice; give each name once"
                .formatted(file.name()));
      }
    }
  }

  private static void requirePositive(Duration watchdog) {
    if (watchdog.isNegative() || watchdog.isZero()) {
      throw new VmException(
          "a watchdog of %s would expire at once; give it a second or more".formatted(watchdog));
    }
  }

  private static void refuse(BoardPlan.Shortage shortage, List<BoardPeripheral> devices) {
    throw switch (shortage.resource()) {
      case HARTS -> wrongCpus(shortage.asked());
      case RAM -> wrongMemory(shortage.asked());
      case DISKS ->
          new VmException(
              "the board has room for %d disks beside its other devices, not %d"
                  .formatted(shortage.most(), shortage.asked()));
      case SHARES ->
          new VmException(
              "the board has room for %d shared folders beside its disks and other devices, not %d"
                  .formatted(shortage.most(), shortage.asked()));
      case NICS ->
          new VmException(
              "the board has room for %d network interfaces beside its other devices, not %d"
                  .formatted(shortage.most(), shortage.asked()));
      case CHANNELS ->
          new VmException(
              "a VM has at most %d channels, not %d; share one for several purposes"
                  .formatted(shortage.most(), shortage.asked()));
      case WINDOWS ->
          new VmException(
              "the first %d channels of a VM have %d MiB in all, but the board has room for %d MiB"
                  .formatted(
                      shortage.index() + 1,
                      shortage.taken() + shortage.asked() >> 20,
                      shortage.most() >> 20));
      case SERIALS ->
          new VmException(
              "the board has room for %d serial ports beside the first one, not %d"
                  .formatted(shortage.most(), shortage.asked()));
      case SENSORS ->
          new VmException(
              "the board's I2C bus has addresses for %d sensors, not %d"
                  .formatted(shortage.most(), shortage.asked()));
      case BUSES ->
          new VmException(
              "a VM has at most %d I2C buses; give it fewer".formatted(shortage.most()));
      case FUNCTIONS ->
          new VmException(
              "the board has room for %d devices on PCI Express, of which others have %d already; give it fewer"
                  .formatted(shortage.most(), shortage.taken()));
      case PINS -> new VmException("the board " + shortage.ofPins());
      case DEVICES, PLACE, ROOM, INTERRUPTS ->
          new VmException(
              "the device '%s' %s"
                  .formatted(devices.get(shortage.index()).device().name(), shortage.ofDevice()));
    };
  }

  private static VmException wrongCpus(long cpus) {
    return new VmException(
        "a VM has 1 to %d CPUs, not %d; choose a number in between"
            .formatted(BoardPlan.MAX_HARTS, cpus));
  }

  private static VmException wrongMemory(long memory) {
    return new VmException(
        "%d bytes of memory are not between 4 KiB and 1 TiB in whole pages; give 512M or the like"
            .formatted(memory));
  }

  private static void requireSectors(BlockBackend disk) {
    if (disk.size() == 0 || disk.size() % SECTOR != 0) {
      throw new VmException(
          "disk %s has %d bytes, which is not a whole number of %d-byte sectors; pad the file"
              .formatted(disk.serial(), disk.size(), SECTOR));
    }
  }

  List<ConsoleBackend> serials() {
    return ends.serials();
  }

  List<TemperatureSource> sensors() {
    return ends.sensors();
  }

  /** What is on its board. */
  BoardPlan plan() {
    return plan(
        cpus,
        paging,
        boot,
        memory,
        disks,
        shares,
        nics,
        vsock,
        devices,
        virtioConsole,
        screen,
        memoryPolicy,
        channels,
        options);
  }

  private static BoardPlan plan(
      int cpus,
      Paging paging,
      Boot boot,
      long memory,
      List<BlockBackend> disks,
      List<ShareBackend> shares,
      List<NetBackend> nics,
      Optional<VsockBackend> vsock,
      List<BoardPeripheral> devices,
      Optional<ConsoleBackend> virtioConsole,
      Optional<DisplayBackend> screen,
      MachineMemory.Policy memoryPolicy,
      List<ChannelPort> channels,
      BoardOptions options) {
    return BoardPlan.of(
        new BoardDescription(
            cpus,
            paging,
            boot instanceof Boot.FirmwareBoot,
            memory,
            IntStream.range(0, disks.size()).mapToObj(n -> "disk " + n).toList(),
            shares.stream().map(share -> "folder " + share.tag()).toList(),
            virtioConsole.isPresent(),
            memoryPolicy == MachineMemory.Policy.PAGED,
            screen.isPresent(),
            IntStream.range(0, nics.size()).mapToObj(n -> "network " + n).toList(),
            vsock.isPresent(),
            devices.stream().map(BoardPeripheral::device).toList(),
            channels.stream().map(ChannelPort::description).toList(),
            options));
  }

  /** Whether the harts start in machine mode. */
  boolean machineMode() {
    return boot instanceof Boot.FirmwareBoot;
  }

  /** Starts a configuration with one CPU, 512 MiB and no disk. */
  public static Builder builder(Engine engine, Boot boot) {
    return new Builder(engine, boot);
  }

  /** Collects a configuration; {@link #build} validates it. */
  public static final class Builder {
    private final Engine engine;
    private final Boot boot;
    private String name = "vm";
    private long memory = 512L << 20;
    private MachineMemory.Policy memoryPolicy = MachineMemory.Policy.CONTIGUOUS;
    private int cpus = 1;
    private List<Placement> placements = List.of();
    private MmuKind mmu = MmuKind.FOLDED;
    private Paging paging = Paging.SV57;
    private List<BlockBackend> disks = List.of();
    private List<ShareBackend> shares = List.of();
    private List<NetBackend> nics = List.of();
    private Optional<VsockBackend> vsock = Optional.empty();
    private List<BoardPeripheral> devices = List.of();
    private ConsoleBackend console;
    private Optional<ConsoleBackend> virtioConsole = Optional.empty();
    private Optional<DisplayBackend> screen = Optional.empty();
    private BoardEnds ends = BoardEnds.NONE;
    private Effects effects;
    private OnTrapLoop onTrapLoop = OnTrapLoop.END;
    private Consumer<String> notices = text -> {};
    private LedListener leds = (led, lit) -> {};
    private List<ChannelPort> channels = List.of();
    private BoardOptions options = BoardOptions.USUAL;
    private Optional<FirmwareFlash> flash = Optional.empty();
    private List<FwCfgFile> fwCfg = List.of();
    private Optional<Duration> watchdog = Optional.empty();
    private Optional<Tracer> tracer = Optional.empty();

    private Builder(Engine engine, Boot boot) {
      this.engine = engine;
      this.boot = boot;
    }

    public Builder name(String value) {
      name = value;
      return this;
    }

    /** Bytes of RAM. */
    public Builder memory(long bytes) {
      memory = bytes;
      return this;
    }

    /** Contiguous if not given. */
    public Builder memoryPolicy(MachineMemory.Policy value) {
      memoryPolicy = value;
      return this;
    }

    public Builder cpus(int count) {
      cpus = count;
      return this;
    }

    /** Says which physical CPU runs each hart. */
    public Builder placements(List<Placement> byHart) {
      placements = byHart;
      return this;
    }

    /** Folded if not given. */
    public Builder mmu(MmuKind value) {
      mmu = value;
      return this;
    }

    /** {@link Paging#SV57} if not given. */
    public Builder paging(Paging value) {
      paging = value;
      return this;
    }

    public Builder disks(List<BlockBackend> backends) {
      disks = backends;
      return this;
    }

    public Builder shares(List<ShareBackend> backends) {
      shares = backends;
      return this;
    }

    public Builder nics(List<NetBackend> backends) {
      nics = backends;
      return this;
    }

    public Builder vsock(VsockBackend backend) {
      vsock = Optional.of(backend);
      return this;
    }

    /** Devices of the user's own; none if not given. */
    public Builder devices(List<BoardPeripheral> value) {
      devices = value;
      return this;
    }

    /** Required. */
    public Builder console(ConsoleBackend backend) {
      console = backend;
      return this;
    }

    public Builder virtioConsole(ConsoleBackend backend) {
      virtioConsole = Optional.of(backend);
      return this;
    }

    /** What its serial ports and sensors lead to, which its options name. */
    public Builder ends(BoardEnds all) {
      ends = all;
      return this;
    }

    /** Gives it a display, a keyboard and a pointer. */
    public Builder screen(DisplayBackend backend) {
      screen = Optional.of(backend);
      return this;
    }

    /** Required. */
    public Builder effects(Effects value) {
      effects = value;
      return this;
    }

    /** {@link OnTrapLoop#END} if not given. */
    public Builder onTrapLoop(OnTrapLoop value) {
      onTrapLoop = value;
      return this;
    }

    /** No listener is told if not given. */
    public Builder notices(Consumer<String> listener) {
      notices = listener;
      return this;
    }

    /** No listener is told if not given. */
    public Builder leds(LedListener listener) {
      leds = listener;
      return this;
    }

    public Builder channels(List<ChannelPort> ports) {
      channels = ports;
      return this;
    }

    /** As usual if not given. */
    public Builder options(BoardOptions value) {
      options = value;
      return this;
    }

    /** Gives it flash. */
    public Builder flash(FirmwareFlash value) {
      flash = Optional.of(value);
      return this;
    }

    /** What firmware can read by name. */
    public Builder fwCfg(List<FwCfgFile> files) {
      fwCfg = files;
      return this;
    }

    /** Arms the watchdog from the start on. */
    public Builder watchdog(Duration span) {
      watchdog = Optional.of(span);
      return this;
    }

    public Builder tracer(Tracer value) {
      tracer = Optional.of(value);
      return this;
    }

    public VmConfig build() {
      return new VmConfig(
          name,
          memory,
          memoryPolicy,
          cpus,
          placements,
          engine,
          mmu,
          paging,
          boot,
          disks,
          shares,
          nics,
          vsock,
          devices,
          console,
          virtioConsole,
          screen,
          ends,
          effects,
          onTrapLoop,
          notices,
          leds,
          channels,
          options,
          flash,
          fwCfg,
          watchdog,
          tracer);
    }
  }
}
