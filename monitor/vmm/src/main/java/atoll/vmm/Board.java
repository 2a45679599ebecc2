package atoll.vmm;

import atoll.device.Aclint;
import atoll.device.AclintSswi;
import atoll.device.Channel;
import atoll.device.Finisher;
import atoll.device.GoldfishRtc;
import atoll.device.InterruptLine;
import atoll.device.MmioBus;
import atoll.device.Plic;
import atoll.device.SunxiWatchdog;
import atoll.device.TestFinisher;
import atoll.device.TimerLine;
import atoll.device.Uart16550;
import atoll.device.spi.BlockBackend;
import atoll.device.spi.ConsoleBackend;
import atoll.engine.Interrupts;
import atoll.host.PlatformClock;
import atoll.host.Tasks;
import atoll.host.Timers;
import atoll.kernel.SystemCalls;
import atoll.memory.GuestMemory;
import atoll.virtio.EmptySlot;
import atoll.virtio.VirtioBalloon;
import atoll.virtio.VirtioBlock;
import atoll.virtio.VirtioConsole;
import atoll.virtio.VirtioDevice;
import atoll.virtio.VirtioEntropy;
import atoll.virtio.VirtioMmio;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The devices of one machine at their places, with their interrupts wired to its harts. */
final class Board implements AutoCloseable {
  private final MmioBus bus = new MmioBus();
  private final HartTable harts;
  private final GuestMemory memory;
  private final Plic plic;
  private final Uart16550 uart;
  private final Timers timers;
  private final List<Tasks.Sequence> diskWork = new ArrayList<>();
  private final SunxiWatchdog watchdog;
  private final BoardChannels channels;
  private final Optional<VirtioBalloon> balloon;
  private final List<VirtioMmio> virtio = new ArrayList<>();
  private final PendingWork work;

  /**
   * Builds what {@code config} asks for.
   *
   * @param events what the test finisher and the watchdog act on
   * @param work where devices leave what an exit may not do whole
   */
  Board(
      VmConfig config,
      HartTable harts,
      SystemCalls kernel,
      PlatformClock clock,
      MachineEvents events,
      PendingWork work) {
    this.harts = harts;
    this.work = work;
    memory = kernel.memory().orElseThrow();
    plic = new Plic(BoardMap.PLIC_SOURCES, contexts(config.machineMode()));
    timers = config.effects().timers().apply(clock);
    bus.attach(BoardMap.PLIC.base, BoardMap.PLIC.size, plic);
    SharedConsole shared = new SharedConsole(config.console());
    uart = new Uart16550("uart0", shared.branch(), plic.source(BoardMap.UART.interrupt));
    bus.attach(BoardMap.UART.base, BoardMap.UART.size, uart);
    var rtc = new GoldfishRtc(clock, timers, plic.source(BoardMap.RTC.interrupt));
    bus.attach(BoardMap.RTC.base, BoardMap.RTC.size, rtc);
    watchdog = watchdog(config, clock, events);
    bus.attach(BoardMap.WATCHDOG.base, BoardMap.WATCHDOG.size, watchdog);
    bus.attach(BoardMap.FINISHER.base, BoardMap.FINISHER.size, new TestFinisher(finisher(events)));
    bus.attach(BoardMap.SSWI.base, BoardMap.SSWI.size, new AclintSswi(lines(Interrupts.SSI)));
    if (config.machineMode()) {
      var aclint = new Aclint(clock, lines(Interrupts.MSI), machineTimers());
      bus.attach(BoardMap.ACLINT.base, BoardMap.ACLINT.size, aclint);
    }
    channels = new BoardChannels(config.channels(), kernel, bus, plic);
    balloon =
        config.virtio().balloon()
            ? Optional.of(new VirtioBalloon((gpa, bytes) -> reclaim(kernel, gpa, bytes)))
            : Optional.empty();
    addVirtio(config, shared);
  }

  /** Code decoded from these pages is no longer valid. Those that are protected stay. */
  private void reclaim(SystemCalls kernel, long gpa, long bytes) {
    if (memory.beginWrite(gpa, bytes)) {
      KernelSlots.require(kernel.reclaim(gpa, bytes), "reclaim memory");
      memory.endWrite(gpa, bytes);
    }
  }

  private SunxiWatchdog watchdog(VmConfig config, PlatformClock clock, MachineEvents events) {
    InterruptLine line = plic.source(BoardMap.WATCHDOG.interrupt);
    return new SunxiWatchdog(
        clock, timers, config.watchdog().map(Duration::toNanos), line, events::watchdog);
  }

  /** The slots behind the devices are empty. */
  private void addVirtio(VmConfig config, SharedConsole shared) {
    Iterator<BlockBackend> disks = config.disks().iterator();
    for (VirtioSlots.Kind kind : config.virtio().devices()) {
      addVirtio(
          switch (kind) {
            case DISK -> new VirtioBlock(disks.next(), diskWork(config));
            case ENTROPY -> new VirtioEntropy(config.effects().entropy());
            case CONSOLE -> console(config, shared);
            case BALLOON -> balloon.orElseThrow();
          });
    }
    for (int slot = virtio.size(); slot < BoardMap.VIRTIO_SLOTS; slot++) {
      var empty = new EmptySlot("virtio" + slot);
      bus.attach(BoardMap.virtioBase(slot), BoardMap.VIRTIO.size, empty);
    }
  }

  private static VirtioConsole console(VmConfig config, SharedConsole shared) {
    ConsoleBackend backend = config.virtioConsole().orElseThrow();
    return new VirtioConsole(backend.equals(config.console()) ? shared.branch() : backend);
  }

  private Tasks.Sequence diskWork(VmConfig config) {
    String name = "%s/disk%d".formatted(config.name(), diskWork.size());
    Tasks.Sequence made = config.effects().tasks().sequence(name);
    diskWork.add(made);
    return made;
  }

  private void addVirtio(VirtioDevice device) {
    int slot = virtio.size();
    InterruptLine line = plic.source(BoardMap.virtioInterrupt(slot));
    VirtioMmio transport = new VirtioMmio("virtio" + slot, device, memory, line, work);
    virtio.add(transport);
    bus.attach(BoardMap.virtioBase(slot), BoardMap.VIRTIO.size, transport);
  }

  /** For each hart a context for M and one for S, also where nobody enters M: numbers stay. */
  private List<InterruptLine> contexts(boolean machineMode) {
    List<InterruptLine> lines = new ArrayList<>();
    for (HartTable.Row row : harts.rows()) {
      lines.add(machineMode ? line(row, Interrupts.MEI) : high -> {});
      lines.add(line(row, Interrupts.SEI));
    }
    return lines;
  }

  private List<InterruptLine> lines(int input) {
    return harts.rows().stream().map(row -> line(row, input)).toList();
  }

  private static InterruptLine line(HartTable.Row row, int input) {
    return high -> row.vcpu().raise(input, high);
  }

  /** A hart that waits must look at its new deadline. */
  private List<TimerLine> machineTimers() {
    List<TimerLine> lines = new ArrayList<>();
    for (HartTable.Row row : harts.rows()) {
      lines.add(ticks -> {
        row.hart().machineTimer(ticks);
        row.vcpu().kick();
      });
    }
    return lines;
  }

  private static Finisher finisher(PowerControl power) {
    return new Finisher() {
      @Override
      public void poweroff(int code) {
        power.poweroff(code);
      }

      @Override
      public void reset() {
        power.reset();
      }
    };
  }

  MmioBus bus() {
    return bus;
  }

  /** What SBI's console calls reach. */
  SbiConsole console(ConsoleBackend backend) {
    return new SbiConsole(uart, backend);
  }

  Optional<VirtioBalloon> balloon() {
    return balloon;
  }

  List<VirtioMmio.Statistics> virtioStatistics() {
    return virtio.stream().map(VirtioMmio::statistics).toList();
  }

  /** What went through each channel. */
  List<Channel.Statistics> channelStatistics() {
    return channels.statistics();
  }

  /** The machine runs from now on. */
  void start() {
    channels.plugIn();
    watchdog.resume();
  }

  /** Returns once no device touches guest memory by itself. */
  void pause() {
    watchdog.pause();
    virtio.forEach(VirtioMmio::pause);
  }

  void resume() {
    virtio.forEach(VirtioMmio::resume);
    watchdog.resume();
  }

  /** Ends what the devices do by themselves. */
  @Override
  public void close() {
    channels.unplug();
    pause();
    timers.close();
    diskWork.forEach(Tasks.Sequence::close);
  }
}
