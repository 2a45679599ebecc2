package atoll.virtio;

import atoll.device.InterruptLine;
import atoll.device.StateVersion;
import atoll.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One driver's dealings with a device, whatever the transport: status, features, queues, interrupts
 * (§2.1 to §2.6).
 *
 * <p>Its monitor guards all of it, the queues and the device. A transport holds its own monitor
 * first, if it has one; the device's own threads take only this one.
 */
final class VirtioSession {
  private static final int STATUS_DRIVER_OK = 4; // §2.1
  private static final int STATUS_FEATURES_OK = 8;
  private static final int STATUS_NEEDS_RESET = 64;
  private static final int STATUS_BY_DRIVER = 0x8f;

  private static final int FEATURE_INDIRECT = 28; // §6
  private static final int FEATURE_EVENT_INDEX = 29;
  private static final int FEATURE_VERSION_1 = 32;
  private static final long RING_FEATURES =
      1L << FEATURE_INDIRECT | 1L << FEATURE_EVENT_INDEX | 1L << FEATURE_VERSION_1;

  private static final int INTERRUPT_USED = 1; // §4.2.2, InterruptStatus
  private static final int INTERRUPT_CONFIG = 2;

  private final GuestMemory memory;
  private final VirtioDevice device;
  private final InterruptLine line;
  private final List<SplitQueue> queues = new ArrayList<>();
  private final ByteBuffer config;

  private int status;
  private long driverFeatures;
  private int interrupts;
  private int generation;
  private boolean paused;

  private long notifications;
  private long interruptsSent;
  private long faults;
  private String lastFault = "";

  /**
   * The whole state.
   *
   * @param version 1
   * @param device the device's number in section 5
   * @param status device status (§2.1)
   * @param driverFeatures as far as the driver has told
   * @param interrupts InterruptStatus (§4.2.2)
   * @param generation ConfigGeneration (§4.2.2)
   * @param queues by number
   * @param own what the device itself keeps
   */
  public record State(
      int version,
      int device,
      int status,
      long driverFeatures,
      int interrupts,
      int generation,
      List<SplitQueue.State> queues,
      VirtioDevice.State own) {
    private static final int VERSION = 1;

    public State {
      StateVersion.require("virtio", version, VERSION);
      queues = List.copyOf(queues);
    }
  }

  VirtioSession(VirtioDevice device, GuestMemory memory, InterruptLine line) {
    this.device = device;
    this.memory = memory;
    this.line = line;
    this.config = ByteBuffer.allocate(device.configSize()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < device.queues(); i++) {
      queues.add(new SplitQueue(memory, device.queueSize(), this::broken));
    }
    device.attach(this);
  }

  // What a device needs.

  /** A chain for this machine's memory. */
  DescriptorChain newChain() {
    return new DescriptorChain(memory);
  }

  /** Whether all of a range is memory of this machine's own. */
  boolean isRam(long gpa, long bytes) {
    return memory.contains(gpa, bytes);
  }

  SplitQueue queue(int index) {
    return queues.get(index);
  }

  /** Whether the guest has a driver that is up, whatever else is the matter. */
  synchronized boolean driven() {
    return (status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) == STATUS_DRIVER_OK;
  }

  /** Whether requests may be served: the driver is up, and nothing is wrong. */
  synchronized boolean running() {
    return driven() && !paused;
  }

  /** Whether feature bit {@code bit} is offered and taken. */
  synchronized boolean negotiated(int bit) {
    return (driverFeatures & offered() & 1L << bit) != 0;
  }

  /** Requests were given back on {@code queue}: interrupts if the driver wants that. */
  synchronized void returned(SplitQueue queue) {
    if (queue.interruptWanted()) {
      interrupt(INTERRUPT_USED);
    }
  }

  /** What {@link VirtioDevice#config} says has changed (§2.5). */
  synchronized void configChanged() {
    generation = (generation + 1) & 0xff;
    if ((status & STATUS_DRIVER_OK) != 0) {
      interrupt(INTERRUPT_CONFIG);
    }
  }

  /** The driver broke a rule: the device needs a reset (§2.1.2). */
  synchronized void broken(String what) {
    faults++;
    lastFault = what;
    if ((status & STATUS_NEEDS_RESET) == 0) {
      status |= STATUS_NEEDS_RESET;
      configChanged();
    }
  }

  private void interrupt(int why) {
    interruptsSent++;
    interrupts |= why;
    line.set(true);
  }

  // What a transport needs.

  int deviceId() {
    return device.id();
  }

  long offered() {
    return device.features() | RING_FEATURES;
  }

  synchronized void driverFeatures(int half, int bits) {
    if ((status & STATUS_FEATURES_OK) == 0) {
      int shift = half * Integer.SIZE;
      long others = driverFeatures & ~(0xffff_ffffL << shift);
      driverFeatures = others | (bits & 0xffff_ffffL) << shift;
    }
  }

  synchronized int status() {
    return status;
  }

  /** Zero resets; any other value adds to the driver's progress (§3.1.1). */
  synchronized void status(int value) {
    if (value == 0) {
      reset();
      return;
    }
    int accepted = value & STATUS_BY_DRIVER;
    int added = accepted & ~status;
    if ((added & (STATUS_FEATURES_OK | STATUS_DRIVER_OK)) != 0) {
      if ((driverFeatures & ~offered()) != 0) {
        accepted &= ~(STATUS_FEATURES_OK | STATUS_DRIVER_OK); // §2.2.2
      } else {
        negotiated();
      }
    }
    boolean starts = (accepted & ~status & STATUS_DRIVER_OK) != 0;
    status = accepted | status & STATUS_NEEDS_RESET;
    if (starts) {
      notifyAllQueues();
    }
  }

  /**
   * A driver that leaves VIRTIO_F_VERSION_1 out is served all the same, as §6.1 allows and as xv6,
   * which looks at the low 32 feature bits only, needs.
   */
  private void negotiated() {
    for (SplitQueue queue : queues) {
      queue.negotiated(negotiated(FEATURE_INDIRECT), negotiated(FEATURE_EVENT_INDEX));
    }
  }

  synchronized void reset() {
    device.quiesce();
    status = 0;
    driverFeatures = 0;
    queues.forEach(SplitQueue::reset);
    negotiated();
    device.reset();
    acknowledge(-1);
  }

  /** The queue of this number, or null. */
  SplitQueue queueOrNull(int index) {
    return index >= 0 && index < queues.size() ? queues.get(index) : null;
  }

  synchronized void queueReady(SplitQueue queue, boolean ready) {
    if (ready && !queue.ready()) {
      queue.start();
    } else if (!ready && queue.ready()) {
      device.quiesce();
      queue.stop();
      notifyAllQueues();
    }
  }

  synchronized void notified(int index) {
    notifications++;
    notifyQueue(index);
  }

  private void notifyQueue(int index) {
    SplitQueue queue = queueOrNull(index);
    if (queue != null && queue.ready() && running()) {
      device.notified(index);
    }
  }

  private void notifyAllQueues() {
    for (int i = 0; i < queues.size(); i++) {
      notifyQueue(i);
    }
  }

  synchronized int interrupts() {
    return interrupts;
  }

  synchronized void acknowledge(int bits) {
    interrupts &= ~bits;
    line.set(interrupts != 0);
  }

  synchronized int generation() {
    return generation;
  }

  /** {@code size} bytes of configuration; zeroes beyond its end. */
  synchronized long config(int offset, int size) {
    config.clear();
    device.config(config);
    long value = 0;
    for (int i = 0; i < size && offset + i < config.capacity(); i++) {
      value |= (config.get(offset + i) & 0xffL) << 8 * i;
    }
    return value;
  }

  synchronized void config(int offset, int size, long value) {
    if (offset <= config.capacity() - size) {
      device.configWritten(offset, size, value);
    }
  }

  // What the monitor needs.

  /** Returns once nothing touches guest memory; nothing will until {@link #resume}. */
  synchronized void pause() {
    paused = true;
    device.quiesce();
  }

  synchronized void resume() {
    paused = false;
    notifyAllQueues();
  }

  synchronized VirtioMmio.Statistics statistics(String name) {
    return new VirtioMmio.Statistics(name, notifications, interruptsSent, faults, lastFault);
  }

  synchronized State state() {
    boolean wasPaused = paused;
    pause();
    State state =
        new State(
            State.VERSION,
            device.id(),
            status,
            driverFeatures,
            interrupts,
            generation,
            queues.stream().map(SplitQueue::state).toList(),
            device.state());
    if (!wasPaused) {
      resume();
    }
    return state;
  }

  synchronized void restore(State state) {
    if (state.device != device.id()) {
      throw new IllegalArgumentException(
          "the saved state is of virtio device %d, this is %d"
              .formatted(state.device, device.id()));
    }
    StateVersion.requireCount("virtqueues", state.queues.size(), queues.size());
    device.quiesce();
    status = state.status;
    driverFeatures = state.driverFeatures;
    interrupts = state.interrupts;
    generation = state.generation;
    for (int i = 0; i < queues.size(); i++) {
      queues.get(i).restore(state.queues.get(i));
    }
    device.restore(state.own);
    acknowledge(0);
    notifyAllQueues();
  }
}
