package atoll.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.InterruptLine;
import atoll.device.MmioAccess;
import atoll.device.MmioBus;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A guest's virtio driver: talks to a device over the bus, by the specification. */
final class VirtioDriver implements AutoCloseable {
  static final long RAM = 0x8000_0000L;
  static final int RAM_SIZE = 1 << 20;
  static final long BASE = 0x1000_1000L;

  static final int MAGIC = 0x000;
  static final int VERSION = 0x004;
  static final int DEVICE_ID = 0x008;
  static final int VENDOR_ID = 0x00c;
  static final int DEVICE_FEATURES = 0x010;
  static final int DEVICE_FEATURES_SEL = 0x014;
  static final int DRIVER_FEATURES = 0x020;
  static final int DRIVER_FEATURES_SEL = 0x024;
  static final int QUEUE_SEL = 0x030;
  static final int QUEUE_NUM_MAX = 0x034;
  static final int QUEUE_NUM = 0x038;
  static final int QUEUE_READY = 0x044;
  static final int QUEUE_NOTIFY = 0x050;
  static final int INTERRUPT_STATUS = 0x060;
  static final int INTERRUPT_ACK = 0x064;
  static final int STATUS = 0x070;
  static final int QUEUE_DESC_LOW = 0x080;
  static final int QUEUE_DRIVER_LOW = 0x090;
  static final int QUEUE_DEVICE_LOW = 0x0a0;
  static final int CONFIG_GENERATION = 0x0fc;
  static final int CONFIG = 0x100;

  static final int ACKNOWLEDGE = 1;
  static final int DRIVER = 2;
  static final int DRIVER_OK = 4;
  static final int FEATURES_OK = 8;
  static final int NEEDS_RESET = 64;

  static final long INDIRECT = 1L << 28;
  static final long EVENT_INDEX = 1L << 29;
  static final long VERSION_1 = 1L << 32;

  private final HostMemory host = HostMemory.allocate(RAM_SIZE);
  final GuestMemory memory = new GuestMemory(RAM, host);
  final VirtioMmio mmio;

  /** What the device leaves over; done after each access unless {@link #stepping} is off. */
  final Steps steps = new Steps();

  boolean stepping = true;
  private final MmioBus bus = new MmioBus();
  private final List<Runnable> onInterrupt = new ArrayList<>();
  private PciSlot pci;
  private volatile boolean interrupt;
  private long free = RAM + 0x1000;

  VirtioDriver(VirtioDevice device) {
    InterruptLine line =
        high -> {
          interrupt = high;
          if (high) {
            onInterrupt.forEach(Runnable::run);
          }
        };
    mmio = new VirtioMmio("virtio0", device, memory, line, steps);
    bus.attach(BASE, VirtioMmio.SIZE, mmio);
  }

  /** From now on it drives a device on PCI, not its own. */
  void reach(PciSlot slot) {
    pci = slot;
  }

  void onInterrupt(Runnable action) {
    onInterrupt.add(action);
  }

  boolean interrupted() {
    return interrupt;
  }

  /** Acknowledges what is pending and returns it. */
  int acknowledge() {
    int status = get(INTERRUPT_STATUS);
    set(INTERRUPT_ACK, status);
    return status;
  }

  int get(int register) {
    return (int) get(register, 4);
  }

  long get(int register, int size) {
    if (pci != null) {
      return pci.get(register, size);
    }
    MmioAccess access = new MmioAccess().read(BASE + register, size);
    assertThat(bus.perform(access)).isTrue();
    return access.value();
  }

  void set(int register, int value) {
    set(register, 4, value);
  }

  void set(int register, int size, long value) {
    if (pci != null) {
      pci.set(register, size, value);
    } else {
      assertThat(bus.perform(new MmioAccess().write(BASE + register, size, value))).isTrue();
    }
    if (stepping) {
      steps.run();
    }
  }

  boolean decodes(int register, int size, boolean write) {
    MmioAccess access = new MmioAccess();
    return bus.perform(
        write ? access.write(BASE + register, size, 0) : access.read(BASE + register, size));
  }

  long offered() {
    set(DEVICE_FEATURES_SEL, 1);
    long high = get(DEVICE_FEATURES);
    set(DEVICE_FEATURES_SEL, 0);
    return high << 32 | get(DEVICE_FEATURES) & 0xffff_ffffL;
  }

  /** Resets, and negotiates {@code features}; the queues come next, then {@link #ok}. */
  void negotiate(long features) {
    set(STATUS, 0);
    set(STATUS, ACKNOWLEDGE);
    set(STATUS, ACKNOWLEDGE | DRIVER);
    for (int half = 0; half < 2; half++) {
      set(DRIVER_FEATURES_SEL, half);
      set(DRIVER_FEATURES, (int) (features >>> 32 * half));
    }
    set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
  }

  void ok() {
    set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
  }

  /** Sets a queue up in fresh memory and makes it ready. */
  Ring ring(int queue, int size, boolean eventIndex) {
    Ring ring = new Ring(queue, size, eventIndex);
    set(QUEUE_SEL, queue);
    set(QUEUE_NUM, size);
    address(QUEUE_DESC_LOW, ring.descriptors);
    address(QUEUE_DRIVER_LOW, ring.available);
    address(QUEUE_DEVICE_LOW, ring.used);
    set(QUEUE_READY, 1);
    return ring;
  }

  void address(int register, long gpa) {
    set(register, (int) gpa);
    set(register + 4, (int) (gpa >>> 32));
  }

  /**
   * Negotiates everything but the ring features, sets queue 0 up with eight entries, and starts.
   */
  Ring start() {
    negotiate(offered() & ~(INDIRECT | EVENT_INDEX));
    Ring ring = ring(0, 8, false);
    ok();
    return ring;
  }

  /** Zeroed, never used before. */
  long allocate(int bytes) {
    long gpa = free;
    free += (bytes + 15) & ~15;
    assertThat(memory.contains(gpa, bytes)).isTrue();
    return gpa;
  }

  /** A buffer that holds {@code bytes}, for the device to read. */
  Buffer readable(byte... bytes) {
    long gpa = allocate(bytes.length);
    memory.write(gpa, bytes);
    return new Buffer(gpa, bytes.length, false);
  }

  /** A buffer for the device to write. */
  Buffer writable(int bytes) {
    return new Buffer(allocate(bytes), bytes, true);
  }

  byte[] contents(Buffer buffer) {
    return memory.read(buffer.gpa, buffer.length);
  }

  static byte[] littleEndian(int bytes, java.util.function.Consumer<ByteBuffer> fill) {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    fill.accept(buffer);
    return buffer.array();
  }

  @Override
  public void close() {
    mmio.pause();
    host.close();
  }

  record Buffer(long gpa, int length, boolean write) {}

  record Used(int head, int length) {}

  /** The driver's side of a split queue. */
  final class Ring {
    final int queue;
    final int size;
    final boolean eventIndex;
    final long descriptors;
    final long available;
    final long used;
    private int nextDescriptor;
    private int nextAvailable;
    private int nextUsed;

    private Ring(int queue, int size, boolean eventIndex) {
      this.queue = queue;
      this.size = size;
      this.eventIndex = eventIndex;
      descriptors = allocate(16 * size);
      available = allocate(6 + 2 * size);
      used = allocate(6 + 8 * size);
    }

    void descriptor(int index, long gpa, int length, int flags, int next) {
      descriptor(descriptors, index, gpa, length, flags, next);
    }

    private void descriptor(long table, int index, long gpa, int length, int flags, int next) {
      long at = table + 16L * index;
      memory.putLong(at, gpa);
      memory.putInt(at + 8, length);
      memory.putShort(at + 12, (short) flags);
      memory.putShort(at + 14, (short) next);
    }

    /** Chains {@code buffers} and makes them available; no notification. */
    int add(Buffer... buffers) {
      int head = nextDescriptor;
      for (int i = 0; i < buffers.length; i++) {
        boolean last = i == buffers.length - 1;
        int next = (nextDescriptor + 1) % size;
        int flags = (buffers[i].write ? 2 : 0) | (last ? 0 : 1);
        descriptor(nextDescriptor, buffers[i].gpa, buffers[i].length, flags, last ? 0 : next);
        nextDescriptor = next;
      }
      offer(head);
      return head;
    }

    /** As {@link #add}, by a table of its own. */
    int addIndirect(Buffer... buffers) {
      long table = allocate(16 * buffers.length);
      for (int i = 0; i < buffers.length; i++) {
        boolean last = i == buffers.length - 1;
        int flags = (buffers[i].write ? 2 : 0) | (last ? 0 : 1);
        descriptor(table, i, buffers[i].gpa, buffers[i].length, flags, last ? 0 : i + 1);
      }
      int head = nextDescriptor;
      nextDescriptor = (head + 1) % size;
      descriptor(head, table, 16 * buffers.length, 4, 0);
      offer(head);
      return head;
    }

    /** Puts {@code head} into the available ring. */
    void offer(int head) {
      memory.putShort(available + 4 + 2L * (nextAvailable % size), (short) head);
      nextAvailable = (nextAvailable + 1) & 0xffff;
      memory.putShort(available + 2, (short) nextAvailable);
    }

    void kick() {
      set(QUEUE_NOTIFY, queue);
    }

    boolean hasUsed() {
      return (memory.getShort(used + 2) & 0xffff) != nextUsed;
    }

    /** The next chain that came back. */
    Used take() {
      assertThat(hasUsed()).isTrue();
      long at = used + 4 + 8L * (nextUsed % size);
      nextUsed = (nextUsed + 1) & 0xffff;
      return new Used(memory.getInt(at), memory.getInt(at + 4));
    }

    /** Says after which used entry an interrupt is wanted. */
    void usedEvent(int index) {
      memory.putShort(available + 4 + 2L * size, (short) index);
    }

    int availableEvent() {
      return memory.getShort(used + 4 + 8L * size) & 0xffff;
    }
  }
}
