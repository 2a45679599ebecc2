package atoll.virtio;

import atoll.device.GuestWorkQueue;
import atoll.device.InterruptLine;
import atoll.device.MmioDevice;
import atoll.memory.GuestMemory;
import atoll.state.Stateful;

/**
 * The virtio transport over memory-mapped registers, version 2 (§4.2).
 *
 * <p>Control registers are accessed as aligned words, the configuration space by 1, 2 or 4 bytes;
 * anything else is not decoded (§4.2.2.2).
 */
public final class VirtioMmio implements MmioDevice, VirtioTransport, Stateful<VirtioMmio.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x1000;

  // §4.2.2, Table 4.1.
  static final int MAGIC = 0x000;
  static final int VERSION = 0x004;
  static final int DEVICE_ID = 0x008;
  static final int VENDOR_ID = 0x00c;
  private static final int DEVICE_FEATURES = 0x010;
  private static final int DEVICE_FEATURES_SELECT = 0x014;
  private static final int DRIVER_FEATURES = 0x020;
  private static final int DRIVER_FEATURES_SELECT = 0x024;
  private static final int QUEUE_SELECT = 0x030;
  private static final int QUEUE_SIZE_MAX = 0x034;
  private static final int QUEUE_SIZE = 0x038;
  private static final int QUEUE_READY = 0x044;
  private static final int QUEUE_NOTIFY = 0x050;
  private static final int INTERRUPT_STATUS = 0x060;
  private static final int INTERRUPT_ACK = 0x064;
  private static final int STATUS = 0x070;
  private static final int QUEUE_DESCRIPTORS_LOW = 0x080;
  private static final int QUEUE_DESCRIPTORS_HIGH = 0x084;
  private static final int QUEUE_DRIVER_LOW = 0x090;
  private static final int QUEUE_DRIVER_HIGH = 0x094;
  private static final int QUEUE_DEVICE_LOW = 0x0a0;
  private static final int QUEUE_DEVICE_HIGH = 0x0a4;
  private static final int SHARED_MEMORY_LENGTH_LOW = 0x0b0;
  private static final int SHARED_MEMORY_LENGTH_HIGH = 0x0b4;
  private static final int SHARED_MEMORY_BASE_LOW = 0x0b8;
  private static final int SHARED_MEMORY_BASE_HIGH = 0x0bc;
  private static final int CONFIG_GENERATION = 0x0fc;
  private static final int CONFIG = 0x100;

  static final int MAGIC_VALUE = 0x7472_6976; // "virt"
  static final int VERSION_VALUE = 2;

  /** "QEMU": §4.2.2 leaves it open, and xv6 accepts no other. */
  static final int VENDOR_VALUE = 0x554d_4551;

  private final String name;
  private final VirtioSession session;
  private final InterruptStatus interrupts;
  private int deviceFeaturesSelect;
  private int driverFeaturesSelect;
  private int queueSelect;

  /**
   * The whole state.
   *
   * @param deviceFeaturesSelect as written
   * @param driverFeaturesSelect as written
   * @param queueSelect as written
   * @param interrupts InterruptStatus (§4.2.2)
   * @param session everything that is not the transport's
   */
  public record State(
      int deviceFeaturesSelect,
      int driverFeaturesSelect,
      int queueSelect,
      int interrupts,
      VirtioSession.State session) {}

  /**
   * Puts {@code device} behind a transport.
   *
   * @param name for statistics, such as {@code virtio0}
   * @param device given to no other transport
   * @param memory where the rings and buffers are
   * @param work what a vCPU does in steps
   */
  public VirtioMmio(
      String name,
      VirtioDevice device,
      GuestMemory memory,
      InterruptLine line,
      GuestWorkQueue work) {
    this.name = name;
    this.interrupts = new InterruptStatus(line);
    this.session = new VirtioSession(device, memory, interrupts, work);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    if (offset < CONFIG) {
      return size == 4 && (offset & 3) == 0;
    }
    return size <= 4 && (offset & (size - 1)) == 0 && offset < SIZE;
  }

  @Override
  public long read(long offset, int size) {
    if (offset >= CONFIG) {
      return session.config((int) offset - CONFIG, size);
    }
    return Integer.toUnsignedLong(register((int) offset));
  }

  private int register(int offset) {
    return switch (offset) {
      case MAGIC -> MAGIC_VALUE;
      case VERSION -> VERSION_VALUE;
      case DEVICE_ID -> session.deviceId();
      case VENDOR_ID -> VENDOR_VALUE;
      case DEVICE_FEATURES -> Half.of(session.offered(), deviceFeaturesSelect);
      case QUEUE_SIZE_MAX -> selected() == null ? 0 : selected().maxSize();
      case QUEUE_READY -> selected() != null && selected().ready() ? 1 : 0;
      case INTERRUPT_STATUS -> interrupts.bits();
      case STATUS -> session.status();
      case CONFIG_GENERATION -> session.generation();
      case SHARED_MEMORY_LENGTH_LOW,
          SHARED_MEMORY_LENGTH_HIGH,
          SHARED_MEMORY_BASE_LOW,
          SHARED_MEMORY_BASE_HIGH ->
          -1; // There is no shared memory region (§2.10).
      default -> 0; // Write-only or reserved.
    };
  }

  @Override
  public void write(long offset, int size, long value) {
    if (offset >= CONFIG) {
      session.config((int) offset - CONFIG, size, value);
      return;
    }
    int v = (int) value;
    switch ((int) offset) {
      case DEVICE_FEATURES_SELECT -> deviceFeaturesSelect = v;
      case DRIVER_FEATURES_SELECT -> driverFeaturesSelect = v;
      case DRIVER_FEATURES -> {
        if (Half.exists(driverFeaturesSelect)) {
          session.driverFeatures(driverFeaturesSelect, v);
        }
      }
      case QUEUE_SELECT -> queueSelect = v;
      case QUEUE_NOTIFY -> session.notified(v);
      case INTERRUPT_ACK -> interrupts.acknowledge(v);
      case STATUS -> status(v);
      default -> writeQueue((int) offset, v);
    }
  }

  private void status(int value) {
    if (value == 0) {
      deviceFeaturesSelect = 0;
      driverFeaturesSelect = 0;
      queueSelect = 0;
    }
    session.status(value);
  }

  private void writeQueue(int offset, int v) {
    if (selected() == null) {
      return;
    }
    if (offset == QUEUE_READY) {
      session.queueReady(queueSelect, (v & 1) != 0);
    } else {
      session.setUp(queueSelect, queue -> setUp(queue, offset, v)); // §4.2.2.2: unless it is ready
    }
  }

  private static void setUp(SplitQueue queue, int offset, int v) {
    switch (offset) {
      case QUEUE_SIZE -> queue.size(v);
      case QUEUE_DESCRIPTORS_LOW -> queue.descriptors(Half.low(queue.descriptors(), v));
      case QUEUE_DESCRIPTORS_HIGH -> queue.descriptors(Half.high(queue.descriptors(), v));
      case QUEUE_DRIVER_LOW -> queue.available(Half.low(queue.available(), v));
      case QUEUE_DRIVER_HIGH -> queue.available(Half.high(queue.available(), v));
      case QUEUE_DEVICE_LOW -> queue.used(Half.low(queue.used(), v));
      case QUEUE_DEVICE_HIGH -> queue.used(Half.high(queue.used(), v));
      default -> {} // Read-only or reserved.
    }
  }

  private SplitQueue selected() {
    return session.queueOrNull(queueSelect);
  }

  @Override
  public void pause() {
    session.pause();
  }

  @Override
  public void resume() {
    session.resume();
  }

  @Override
  public Statistics statistics() {
    return session.statistics(name);
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(
        deviceFeaturesSelect,
        driverFeaturesSelect,
        queueSelect,
        interrupts.bits(),
        session.state());
  }

  @Override
  public synchronized void restore(State state) {
    deviceFeaturesSelect = state.deviceFeaturesSelect;
    driverFeaturesSelect = state.driverFeaturesSelect;
    queueSelect = state.queueSelect;
    interrupts.set(state.interrupts);
    session.restore(state.session);
  }
}
