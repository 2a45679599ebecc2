package atoll.vmm;

import atoll.device.BusDevice;
import atoll.device.Channel;
import atoll.device.GenerationId;
import atoll.device.InterruptLine;
import atoll.device.Message;
import atoll.device.MmioBus;
import atoll.device.PeripheralException;
import atoll.device.PeripheralHost;
import atoll.device.Uart16550;
import atoll.device.spi.ConsoleBackend;
import atoll.device.spi.DisplayBackend;
import atoll.host.PlatformClock;
import atoll.host.Tasks;
import atoll.host.Timers;
import atoll.kernel.SystemCalls;
import atoll.memory.GuestMemory;
import atoll.pci.PciHost;
import atoll.peripheral.PeripheralFactory;
import atoll.state.Unsaved;
import atoll.virtio.Service;
import atoll.virtio.Virtio9p;
import atoll.virtio.VirtioBalloon;
import atoll.virtio.VirtioBlock;
import atoll.virtio.VirtioConsole;
import atoll.virtio.VirtioGpu;
import atoll.virtio.VirtioInput;
import atoll.virtio.VirtioNet;
import atoll.virtio.VirtioServed;
import atoll.virtio.VirtioTransport;
import atoll.virtio.VirtioVsock;
import atoll.vmm.BoardPlan.Region;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** The devices of one machine at their places, with their interrupts wired to its harts. */
final class Board implements AutoCloseable {
  private final MmioBus bus = new MmioBus();

  /** In the order in which they were made. */
  @Unsaved("as the board was made")
  private final List<BusDevice> devices = new ArrayList<>();

  private final VmConfig config;
  private final HartTable harts;
  private final SystemCalls kernel;
  private final PlatformClock clock;
  private final MachineEvents events;
  private final PendingWork work;
  private final Timers timers;
  private final Timers watch;
  private final SharedConsole shared;

  private final MovingWindows windows;

  @Unsaved("as the board was made")
  private final List<Activity> activities = new ArrayList<>();

  @Unsaved("as the board was made")
  private final List<Supplier<Channel.Statistics>> channels = new ArrayList<>();

  @Unsaved("as the board was made")
  private final List<VirtioServed> served = new ArrayList<>();

  @Unsaved("as the board was made")
  private final List<VirtioTransport> virtio = new ArrayList<>();

  @Unsaved("as the board was made")
  private final Map<Integer, VirtioBlock> disks = new HashMap<>();

  @Unsaved("as the board was made")
  private final Map<String, PeripheralHost> own = new TreeMap<>();

  @Unsaved("as the board was made")
  private Optional<VirtioBalloon> balloon = Optional.empty();

  @Unsaved("as the board was made")
  private Optional<Panel> panel = Optional.empty();

  @Unsaved("as the board was made")
  private Uart16550 uart;

  @Unsaved("as the board was made")
  private GenerationId generation;

  @Unsaved("as the board was made")
  private IntFunction<InterruptLine> controller;

  @Unsaved("as the board was made")
  private IntFunction<InterruptLine> pins;

  @Unsaved("as the board was made")
  private PciHost pci;

  @Unsaved("as the board was made")
  private Optional<Message> messages = Optional.empty();

  /**
   * Makes what is planned.
   *
   * @param plan that of {@code config}
   * @param events what the test finisher and the watchdog act on
   * @param work where devices leave what an exit may not do whole
   */
  Board(
      BoardPlan plan,
      VmConfig config,
      HartTable harts,
      SystemCalls kernel,
      PlatformClock clock,
      MachineEvents events,
      PendingWork work) {
    this.config = config;
    this.harts = harts;
    this.kernel = kernel;
    this.clock = clock;
    this.events = events;
    this.work = work;
    timers = config.effects().timers().apply(clock);
    watch = config.effects().timers().apply(clock);
    shared = new SharedConsole(config.console());
    windows = new MovingWindows(kernel, work, this::notice);
    try {
      plan.fittings().stream()
          .sorted((a, b) -> a.stage().compareTo(b.stage())) // see TimerQueue
          .forEach(fitting -> fitting.make(this));
    } catch (VmException e) {
      close();
      throw e;
    }
  }

  // ------------------------------------------------------------ what fittings are made from

  VmConfig config() {
    return config;
  }

  HartTable harts() {
    return harts;
  }

  SystemCalls kernel() {
    return kernel;
  }

  GuestMemory memory() {
    return kernel.memory().orElseThrow();
  }

  PlatformClock clock() {
    return clock;
  }

  Timers timers() {
    return timers;
  }

  /** Others, on which no code of the user's is done. */
  Timers watch() {
    return watch;
  }

  MachineEvents events() {
    return events;
  }

  PendingWork work() {
    return work;
  }

  /** The machine's console, for all devices that show it. */
  SharedConsole sharedConsole() {
    return shared;
  }

  /** An interrupt input of each hart. */
  List<InterruptLine> lines(int input) {
    return harts.rows().stream().map(row -> line(row, input)).toList();
  }

  private static InterruptLine line(HartTable.Row row, int input) {
    return high -> row.vcpu().raise(input, high);
  }

  /** The wire to a device's own input of the interrupt controller. */
  InterruptLine wire(Region place) {
    return wire(place.interrupt());
  }

  InterruptLine wire(int source) {
    return controller.apply(source);
  }

  /** The wire to a pin of the GPIO controller. */
  InterruptLine pin(int pin) {
    return pins.apply(pin);
  }

  /** Where messages are sent, if anything receives them. */
  Optional<Message> messages() {
    return messages;
  }

  /** Windows that the guest moves. */
  MovingWindows windows() {
    return windows;
  }

  /** The bridge to PCI Express. */
  PciHost pci() {
    return pci;
  }

  /** A queue for each hart, as far as there are some. */
  VirtioBlock disk(int n) {
    Tasks.Sequence threads =
        config.effects().tasks().crew(threadName("disk", n), VirtioBlock.MOST_THREADS);
    int queues = Math.min(config.cpus(), VirtioBlock.MOST_QUEUES);
    VirtioBlock made =
        new VirtioBlock(config.disks().get(n), queues, untilClosed(threads), clock, timers);
    disks.put(n, made);
    return made;
  }

  Virtio9p share(int n) {
    return new Virtio9p(config.shares().get(n), thread("share", n));
  }

  private String threadName(String device, int n) {
    return "%s/%s%d".formatted(config.name(), device, n);
  }

  /** One thread on which a device has its requests served, until the board is closed. */
  Tasks.Sequence thread(String device, int n) {
    return untilClosed(config.effects().tasks().sequence(threadName(device, n)));
  }

  /** Where a device has its requests served, until the board is closed. */
  private Tasks.Sequence untilClosed(Tasks.Sequence threads) {
    add(
        new Activity() {
          @Override
          public void close() {
            threads.close();
          }
        });
    return threads;
  }

  /** A pair of queues for each hart, as far as a driver can use them. */
  VirtioNet nic(int n) {
    VirtioNet nic =
        new VirtioNet(config.nics().get(n), Math.min(config.cpus(), VirtioNet.MOST_PAIRS));
    add(
        new Activity() {
          @Override
          public void close() {
            nic.unplug();
          }
        });
    return nic;
  }

  VirtioVsock vsock() {
    VirtioVsock vsock = new VirtioVsock(config.vsock().orElseThrow());
    add(
        new Activity() {
          @Override
          public void close() {
            vsock.unplug();
          }
        });
    return vsock;
  }

  VirtioConsole virtioConsole() {
    ConsoleBackend backend = config.virtioConsole().orElseThrow();
    return new VirtioConsole(backend.equals(config.console()) ? shared.branch() : backend);
  }

  /** Whoever notices something may have locks, and the guest's time is not for telling it. */
  private void notice(String text) {
    Runnable telling = () -> config.notices().accept(text);
    config.effects().tasks().start(config.name() + " notice", telling);
  }

  /** A device that another machine serves, over its end of a channel. */
  VirtioServed served(int n, Service service) {
    ChannelPort port = config.channels().get(n);
    KernelSlots.ChannelSlots slots = KernelSlots.channel(n);
    MemorySegment memory =
        kernel
            .openShared(slots.memory())
            .orElseThrow(() -> new VmException("there is no memory for " + port.name()));
    var link = new DoorbellLink(kernel, slots, port);
    var device = new VirtioServed(port.name(), service, memory, link, clock::nanos, this::notice);
    served.add(device);
    add(
        new Activity() {
          @Override
          public void start() {
            device.plugIn();
          }

          @Override
          public void close() {
            device.unplug();
          }
        });
    return device;
  }

  /** What the guest's display, keyboard and pointer belong to. */
  DisplayBackend screen() {
    return config.screen().orElseThrow();
  }

  VirtioGpu display() {
    VirtioGpu gpu = new VirtioGpu(screen());
    add(
        new Activity() {
          @Override
          public void close() {
            gpu.unplug();
          }
        });
    return gpu;
  }

  /** The keys that the buttons at the front are. */
  VirtioInput buttons() {
    Panel front = panel.orElseThrow();
    return VirtioInput.buttons(front.codes(), front::plug);
  }

  VirtioBalloon makeBalloon() {
    VirtioBalloon made = new VirtioBalloon(this::reclaim);
    balloon = Optional.of(made);
    return made;
  }

  /** Code decoded from these pages is no longer valid. Those that are protected stay. */
  private void reclaim(long gpa, long bytes) {
    if (memory().beginWrite(gpa, bytes)) {
      KernelSlots.require(kernel.reclaim(gpa, bytes), "reclaim memory");
      memory().endWrite(gpa, bytes);
    }
  }

  // ------------------------------------------------------------ what they add

  void attach(Region place, BusDevice device) {
    bus.attach(place.gpa(), place.size(), device);
    devices.add(device);
  }

  /** What it is attached by is not the board; its state is kept all the same. */
  void keep(BusDevice device) {
    devices.add(device);
  }

  void add(Activity activity) {
    activities.add(activity);
  }

  /** A device of the user's own, which stands still in pauses. */
  void add(Region place, PeripheralHost device) {
    add(
        new Activity() {
          @Override
          public void start() {
            device.resume();
          }

          @Override
          public void pause() {
            device.pause();
          }

          @Override
          public void resume() {
            device.resume();
          }

          @Override
          public void close() {
            device.close();
          }
        });
    attach(place, device);
    own.put(device.own(), device);
  }

  /** What is at its front. */
  void add(Panel front) {
    panel = Optional.of(front);
  }

  /** A virtio device stands still in pauses, and is counted. */
  void add(VirtioTransport transport) {
    virtio.add(transport);
    add(
        new Activity() {
          @Override
          public void pause() {
            transport.pause();
          }

          @Override
          public void resume() {
            transport.resume();
          }
        });
  }

  void count(Supplier<Channel.Statistics> channel) {
    channels.add(channel);
  }

  /** Gives the wires into the interrupt controller, by source. */
  void controller(IntFunction<InterruptLine> sources) {
    controller = sources;
  }

  /** Gives the wires into the GPIO controller, by pin. */
  void pins(IntFunction<InterruptLine> wires) {
    pins = wires;
  }

  /** Gives what receives messages. */
  void messages(Message receiver) {
    messages = Optional.of(receiver);
  }

  void pci(PciHost host) {
    pci = host;
  }

  void uart(Uart16550 serial) {
    uart = serial;
  }

  void generation(GenerationId number) {
    generation = number;
  }

  // ------------------------------------------------------------ what the machine does with them

  /** The states of its devices. */
  DeviceStates states() {
    return new DeviceStates(devices, panel.map(Panel::buttons));
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

  /** What is at its front, if anything is. */
  Optional<Panel> panel() {
    return panel;
  }

  /** Has a disk begin no requests; complete once none is under way. */
  CompletableFuture<Void> holdDisk(int n) {
    return disks.get(n).hold();
  }

  /** Ends a {@link #holdDisk}. */
  void releaseDisk(int n) {
    disks.get(n).goOn();
  }

  /** Whether the guest would hear of {@link #renew}. */
  boolean renewable() {
    return generation.known();
  }

  /** Tells the guest that others go on from where it does. */
  void renew() {
    generation.renew();
  }

  /** Tells the guest that a disk has another size. */
  void diskResized(int n) {
    disks.get(n).resized();
  }

  /**
   * Puts other code in the place of a device of the user's own.
   *
   * @param code where that is from, in words
   * @throws VmException if there is no such device, or the code cannot be used
   */
  void replace(String device, String code, PeripheralFactory factory) {
    PeripheralHost there = own.get(device);
    if (there == null) {
      throw new VmException(
          "%s has no device '%s' of its user's; those that it has: %s"
              .formatted(config.name(), device, own.keySet()));
    }
    try {
      there.replace(code, factory);
    } catch (PeripheralException e) {
      throw new VmException(e.getMessage(), e);
    }
  }

  /** Where the code of each device of the user's own is from, by the device's label. */
  Map<String, String> ownDevices() {
    Map<String, String> codes = new TreeMap<>();
    own.values().forEach(device -> codes.put(device.name(), device.code()));
    return codes;
  }

  List<VirtioTransport.Statistics> virtioStatistics() {
    return virtio.stream().map(VirtioTransport::statistics).toList();
  }

  /** What went through each channel. */
  List<Channel.Statistics> channelStatistics() {
    return channels.stream().map(Supplier::get).toList();
  }

  /** What has gone to and come from those that serve its devices. */
  List<VirtioServed.Statistics> servedStatistics() {
    return served.stream().map(VirtioServed::statistics).toList();
  }

  /** The machine runs from now on. */
  void start() {
    activities.forEach(Activity::start);
  }

  /** Returns once no device does anything by itself, but for alarms. */
  void pause() {
    activities.forEach(Activity::pause);
  }

  void resume() {
    activities.forEach(Activity::resume);
  }

  /** Ends what the devices do by themselves. */
  @Override
  public void close() {
    pause();
    activities.forEach(Activity::close);
    timers.close();
    watch.close();
  }
}
