package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.ExitBudget;
import atoll.device.MmioAccess;
import atoll.device.MmioBus;
import atoll.device.spi.ConsoleBackend;
import atoll.device.spi.NetBackend;
import atoll.device.spi.NetFrame;
import atoll.device.spi.NetPort;
import atoll.device.spi.VsockBackend;
import atoll.device.spi.VsockGuest;
import atoll.device.spi.VsockPacket;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A driver that breaks every rule, by seed: whatever it does, the device neither throws nor hangs,
 * and it writes to nothing but used rings and writable buffers.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileDriverTest {
  private static final int SIZE = 64 << 10;
  private static final int RINGS = 0; // Descriptor tables, driver areas, used rings, by queue.
  private static final int RINGS_SIZE = 0x800;
  private static final int USED = 0x600;
  private static final int AVAILABLE = 0x400;
  private static final int TABLES = 0x6000; // Indirect tables.
  private static final int BUFFERS = 0x8000; // The one place that writable buffers are.
  private static final int CANARY = 0xc000; // May be read, must never be written.
  private static final int ROUNDS = 1_500;

  /** More by {@code -Datoll.test.seeds=N}; each takes some seconds of a processor. */
  private static final int SEEDS = Integer.getInteger("atoll.test.seeds", 1);

  private static final int[] TYPES = {0, 1, 4, 8, 11, 13, 99, 0x100, 0x101, 0x103, 0x106, 0x300};

  private static final class Sink implements ConsoleBackend {
    private Receiver receiver;

    @Override
    public void output(byte[] bytes, int offset, int length) {}

    @Override
    public void attach(Receiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void ready() {
      if (receiver != null) {
        receiver.input(new byte[100], 0, 100);
      }
    }
  }

  /** A network that takes every frame, and gives back what it likes. */
  private static final class Echo implements NetBackend {
    private final NetFrame frame = new NetFrame();
    private NetPort port;

    @Override
    public long mac() {
      return 0x5254_0000_0001L;
    }

    @Override
    public boolean macFixed() {
      return false;
    }

    @Override
    public int mtu() {
      return 1500;
    }

    @Override
    public void attach(NetPort plugged) {
      port = plugged;
    }

    @Override
    public void detach(NetPort unplugged) {
      port = null;
    }

    @Override
    public void ready() {
      for (int n = 0; n < 100 && port.next(frame); n++) {
        if (frame.length() != 0) {
          assertThat(frame.length()).isBetween(NetFrame.LEAST, NetFrame.MOST);
          boolean ignored = port.receive(frame);
        }
      }
    }

    @Override
    public void room() {}

    void talk(Random random) {
      if (port != null) {
        boolean ignored = port.receive(frame.become(NetFrame.LEAST + random.nextInt(3000)));
        port.link(random.nextInt(8) != 0);
      }
    }
  }

  /** What takes every packet, and gives back what it likes. */
  private static final class Streams implements VsockBackend {
    private final VsockPacket packet = new VsockPacket();
    private VsockGuest guest;

    @Override
    public long cid() {
      return 3;
    }

    @Override
    public void attach(VsockGuest plugged) {
      guest = plugged;
    }

    @Override
    public void detach(VsockGuest unplugged) {
      guest = null;
    }

    @Override
    public void ready() {
      for (int n = 0; n < 100 && guest.next(packet); n++) {
        assertThat(packet.length()).isBetween(0, VsockPacket.MOST);
        boolean ignored = guest.receive(packet);
      }
    }

    @Override
    public void room() {}

    @Override
    public void restarted() {}

    void talk(Random random) {
      if (guest != null) {
        packet.become(VsockPacket.RW, 0).length(random.nextInt(3_000));
        boolean ignored = guest.receive(packet);
      }
    }
  }

  private final Sink console = new Sink();
  private final Sink channel = new Sink();
  private final Echo network = new Echo();
  private final FakeScreen screen = new FakeScreen();
  private final Streams streams = new Streams();
  private final FakeServer server = new FakeServer();

  /** What is done once a device has its transport. */
  private Runnable afterwards = () -> {};

  private final List<Supplier<VirtioDevice>> devices =
      List.of(
          HostileDriverTest::disk,
          () -> new Virtio9p(new GatedShare(1_000_000), Runnable::run),
          () -> new VirtioEntropy(bytes -> {}),
          () -> new VirtioBalloon((gpa, bytes) -> {}),
          () -> new VirtioConsole(console),
          () ->
              new VirtioConsole(
                  List.of(
                      new VirtioConsole.Port("", true, console),
                      new VirtioConsole.Port("x", false, channel))),
          () -> new VirtioNet(network, 2),
          () -> new VirtioGpu(screen),
          () -> VirtioInput.keyboard(screen),
          () -> VirtioInput.tablet(screen),
          () -> new VirtioVsock(streams),
          () -> served(Service.Kind.BLOCK),
          () -> served(Service.Kind.NETWORK),
          () -> served(Service.Kind.CONSOLE));

  /** One that another machine serves, at once. */
  private VirtioDevice served(Service.Kind kind) {
    VirtioServed device =
        new VirtioServed(
            "data", new Service(kind, false, 0, 0, 0), server.memory, server, () -> 0, text -> {});
    device.plugIn();
    afterwards = server::start;
    return device;
  }

  /** One with three queues, which the driver's vCPU serves in part. */
  private static VirtioDevice disk() {
    MemoryDisk disk = new MemoryDisk(64 << 10);
    disk.evenAtHand = true;
    return new VirtioBlock(disk, 3, Runnable::run, new TestTime(), new TestTime());
  }

  private final Steps steps = new Steps();
  private Random random;
  private GuestMemory memory;
  private BiConsumer<Integer, Integer> setter;
  private ToIntFunction<Integer> getter;

  /** What only this transport can be asked. */
  private Runnable disturb;

  private int served;
  private final MmioAccess access = new MmioAccess();

  static LongStream seeds() {
    return LongStream.rangeClosed(1, SEEDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void noInputThrowsHangsOrWritesElsewhere(long seed) {
    attackAll(seed, this::onMmio);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void noInputThrowsHangsOrWritesElsewhereOnPci(long seed) {
    attackAll(seed, this::onPci);
  }

  private void attackAll(long seed, Function<VirtioDevice, VirtioTransport> transport) {
    random = new Random(seed);
    try (HostMemory host = HostMemory.allocate(SIZE)) {
      for (Supplier<VirtioDevice> device : devices) {
        memory = new GuestMemory(RAM, host);
        afterwards = () -> {};
        VirtioTransport attacked = transport.apply(device.get());
        afterwards.run();
        attack();
        // The attack got through: some of it was served and some refused.
        assertThat(served).isGreaterThan(ROUNDS / 30);
        assertThat(attacked.statistics().faults()).isGreaterThan(ROUNDS / 10);
        assertThat(steps.longest).isLessThan(2 * ExitBudget.UNITS);
      }
    }
  }

  private VirtioTransport onMmio(VirtioDevice device) {
    MmioBus bus = new MmioBus();
    VirtioMmio mmio = new VirtioMmio("v", device, memory, high -> {}, steps);
    bus.attach(BASE, VirtioMmio.SIZE, mmio);
    setter = (register, value) -> perform(bus, access.write(BASE + register, 4, value));
    getter = register -> perform(bus, access.read(BASE + register, 4));
    disturb = () -> {};
    return mmio;
  }

  private VirtioTransport onPci(VirtioDevice device) {
    PciSlot slot = new PciSlot(device, memory, high -> {}, steps).enable();
    setter = (register, value) -> slot.set(register, 4, value);
    getter = register -> (int) slot.get(register, 4);
    disturb = () -> disturb(slot);
    return slot.pci;
  }

  /** Anything in configuration space and behind the BAR, and what a driver needs again. */
  private void disturb(PciSlot slot) {
    int size = 1 << random.nextInt(4);
    switch (random.nextInt(4)) {
      case 0 -> slot.config(random.nextInt(0x100) & -size, size, random.nextLong());
      case 1 -> slot.config(random.nextInt(0x100) & -size, size);
      case 2 -> slot.write(random.nextInt(VirtioPci.NOTIFY) & -size, size, random.nextInt(16));
      default -> slot.read(random.nextInt(VirtioPci.SIZE) & -size, size);
    }
    steps.run();
    slot.enable();
  }

  private int perform(MmioBus bus, MmioAccess asked) {
    assertThat(bus.perform(asked)).isTrue();
    return (int) asked.value();
  }

  private void attack() {
    served = 0;
    for (int round = 0; round < ROUNDS; round++) {
      start();
      byte[] canary = memory.read(RAM + CANARY, SIZE - CANARY);
      byte[] tables = memory.read(RAM + TABLES, BUFFERS - TABLES);
      byte[] ring = memory.read(RAM + RINGS, USED);
      for (int i = random.nextInt(6); i >= 0; i--) {
        step();
      }
      for (int queue = 0; queue < 6; queue++) {
        served += memory.getShort(RAM + RINGS + (long) queue * RINGS_SIZE + USED + 2);
        memory.putShort(RAM + RINGS + (long) queue * RINGS_SIZE + USED + 2, (short) 0);
      }
      assertThat(memory.read(RAM + CANARY, SIZE - CANARY)).isEqualTo(canary);
      assertThat(memory.read(RAM + TABLES, BUFFERS - TABLES)).isEqualTo(tables);
      assertThat(memory.read(RAM + RINGS, USED)).isEqualTo(ring);
    }
  }

  /** Sets all queues up, most of them well, with contents that are partly well-formed. */
  private void start() {
    set(STATUS, 0);
    set(STATUS, 3);
    for (int half = 0; half < 2; half++) {
      set(DEVICE_FEATURES_SEL, half);
      set(DRIVER_FEATURES_SEL, half);
      set(DRIVER_FEATURES, get(DEVICE_FEATURES) & (rarely() ? random.nextInt() : -1));
    }
    set(STATUS, 11);
    for (int table = TABLES; table < BUFFERS; table += 16) {
      if (random.nextInt(4) == 0) { // The others are those of rounds before.
        descriptor(RAM + table, (BUFFERS - TABLES) / 16);
      }
    }
    for (int queue = 0; queue < 6; queue++) {
      setUp(queue);
    }
    set(STATUS, 15);
  }

  private void setUp(int queue) {
    int size = rarely() ? 33 + 2 * random.nextInt(500) : 1 << random.nextInt(6);
    long base = RAM + RINGS + (long) queue * RINGS_SIZE;
    boolean plausible = random.nextBoolean();
    for (int i = 0; i < 32; i++) {
      descriptor(base + 16L * i, size);
      if (plausible && !rarely()) {
        plausible(base + 16L * i, i, size);
      }
      memory.putShort(base + AVAILABLE + 4 + 2L * i, (short) index(size));
    }
    memory.putShort(base + AVAILABLE, (short) random.nextInt(2));
    memory.putShort(
        base + AVAILABLE + 2, (short) (rarely() ? random.nextInt() : random.nextInt(size + 1)));
    set(QUEUE_SEL, queue);
    set(QUEUE_NUM, size);
    address(QUEUE_DESC_LOW, base);
    address(QUEUE_DRIVER_LOW, base + AVAILABLE);
    address(QUEUE_DEVICE_LOW, base + USED);
    set(QUEUE_READY, 1);
  }

  /** Part of a chain of three that a block device, or any other, may accept. */
  private void plausible(long at, int i, int entries) {
    boolean write = i % 3 == 2 || i % 3 == 1 && random.nextBoolean();
    long header = RAM + CANARY + 16L * random.nextInt(64);
    memory.putInt(header, TYPES[random.nextInt(TYPES.length)]);
    memory.putLong(header + 8, random.nextInt(140));
    memory.putLong(at, i % 3 == 0 ? header : write ? RAM + BUFFERS : header);
    memory.putInt(
        at + 8,
        i % 3 == 0
            ? 16
            : i % 3 == 2 ? 1 : random.nextBoolean() ? 512 : 16 * (1 + random.nextInt(63)));
    boolean last = i % 3 == 2 || i + 1 >= entries;
    memory.putShort(at + 12, (short) ((write ? 2 : 0) | (last ? 0 : 1)));
    memory.putShort(at + 14, (short) (i + 1));
  }

  private void descriptor(long at, int entries) {
    int flags = random.nextInt(rarely() ? 0x10000 : 4);
    if (random.nextInt(6) == 0) {
      flags = 4;
    }
    boolean write = (flags & 2) != 0;
    int length =
        switch (random.nextInt(5)) {
          case 0 -> random.nextInt(32);
          case 1 -> 16 * random.nextInt(40);
          case 2 -> 512 * random.nextInt(4);
          case 3 -> write ? 1 : 16;
          default -> rarely() ? random.nextInt() : random.nextInt(0x1000);
        };
    memory.putLong(at, place(flags, length));
    memory.putInt(at + 8, length);
    memory.putShort(at + 12, (short) flags);
    memory.putShort(at + 14, (short) index(entries));
  }

  /** Where a descriptor points: outside RAM anywhere; inside, writable ones only into BUFFERS. */
  private long place(int flags, int length) {
    if (rarely()) {
      return switch (random.nextInt(4)) {
        case 0 -> -1L - random.nextInt(32);
        case 1 -> RAM - 1 - random.nextInt(32);
        case 2 -> RAM + SIZE + random.nextInt(32);
        default -> random.nextLong() & ~(1L << 31);
      };
    }
    if ((flags & 4) != 0) {
      return RAM + TABLES + 16L * random.nextInt(128);
    }
    if ((flags & 2) == 0) {
      return RAM + random.nextInt(SIZE);
    }
    int room = CANARY - BUFFERS - length;
    return length < 0 || room <= 0 ? RAM + SIZE : RAM + BUFFERS + random.nextInt(room);
  }

  private int index(int entries) {
    return rarely() ? random.nextInt(0x10000) : random.nextInt(Math.max(1, entries));
  }

  private void step() {
    switch (random.nextInt(9)) {
      case 8 -> disturb.run();
      case 0 -> {
        console.ready();
        network.talk(random);
        screen.talk(random);
        streams.talk(random);
      }
      case 1 -> channel.ready();
      case 2 -> {
        if (console.receiver != null) {
          console.receiver.resized(random.nextInt(300), random.nextInt(300));
        }
      }
      case 3 -> set(INTERRUPT_ACK, random.nextInt());
      case 4 -> set(4 * random.nextInt(0x40), random.nextInt(16)); // Any register.
      case 5 -> get(4 * random.nextInt(0x50));
      default -> set(QUEUE_NOTIFY, rarely() ? random.nextInt() : random.nextInt(6));
    }
    steps.run();
  }

  private boolean rarely() {
    return random.nextInt(20) == 0;
  }

  private void address(int register, long gpa) {
    set(register, (int) gpa);
    set(register + 4, (int) (gpa >>> 32));
  }

  private void set(int register, int value) {
    setter.accept(register, value);
  }

  private int get(int register) {
    return getter.applyAsInt(register);
  }
}
