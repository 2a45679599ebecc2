package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.GuestWork;
import atoll.device.GuestWorkQueue;
import atoll.memory.GuestMemory;
import atoll.state.StateShape;
import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * One driver's dealings with a device, whatever the transport: status, features, queues, and when
 * to interrupt (§2.1 to §2.6).
 *
 * <p>Its monitor guards all of it, the queues and the device. A transport holds its own monitor
 * first, if it has one; the device's own threads take only this one.
 *
 * <p>Nobody holds it for longer than one {@link ExitBudget} lasts: queues that have more to serve
 * are marked, and the machine's vCPUs serve them in steps. A reset, and a queue that is taken away,
 * may have to wait for another thread to leave the driver's buffers. Until then the registers show
 * what they showed before and no queue is served; the vCPU that asked for it executes no guest
 * code, for Linux's driver does not look whether a reset is complete.
 */
final class VirtioSession implements GuestWork {
  private static final int STATUS_DRIVER_OK = 4; // §2.1
  private static final int STATUS_FEATURES_OK = 8;
  private static final int STATUS_NEEDS_RESET = 64;
  private static final int STATUS_BY_DRIVER = 0x8f;

  private static final int FEATURE_INDIRECT = 28; // §6
  private static final int FEATURE_EVENT_INDEX = 29;
  private static final int FEATURE_VERSION_1 = 32;
  private static final long RING_FEATURES =
      1L << FEATURE_INDIRECT | 1L << FEATURE_EVENT_INDEX | 1L << FEATURE_VERSION_1;

  private final GuestMemory memory;
  private final VirtioDevice device;
  private final VirtioInterrupts interrupts;
  private final GuestWorkQueue work;
  private final List<SplitQueue> queues = new ArrayList<>();

  @Unsaved("filled at each access")
  private final ByteBuffer config;

  private int status;
  private long driverFeatures;
  private int generation;

  @Unsaved("of whoever holds the machine")
  private boolean paused;

  /** The transport's bus keeps the device from memory. */
  @Unsaved("as the transport says")
  private boolean confined;

  /** Queues that may have requests to serve, a bit each. */
  @Unsaved("every queue is looked at again")
  private long marked;

  /** Whose turn it is among those. */
  @Unsaved("any queue may be first")
  private int next;

  /** A reset waits for the device's other threads. */
  private boolean resetting;

  /** Queues that are being taken away and wait for the same. */
  private long stopping;

  /** For what is done outside of a step. */
  private final ExitBudget own = new ExitBudget();

  /** Of the step under way, or null. */
  @Unsaved("of the step under way")
  private ExitBudget spending;

  @Unsaved("for statistics")
  private long notifications;

  @Unsaved("for statistics")
  private long interruptsSent;

  @Unsaved("for statistics")
  private long faults;

  @Unsaved("for people")
  private String lastFault = "";

  /**
   * The whole state.
   *
   * @param device the device's number in section 5
   * @param status device status (§2.1)
   * @param driverFeatures as far as the driver has told
   * @param generation ConfigGeneration (§4.2.2)
   * @param resetting whether a reset was waiting for the device's threads
   * @param stopping queues that were being taken away, a bit each
   * @param queues by number
   * @param own what the device itself keeps
   */
  public record State(
      int device,
      int status,
      long driverFeatures,
      int generation,
      boolean resetting,
      long stopping,
      List<SplitQueue.State> queues,
      VirtioDevice.State own) {
    public State {
      queues = List.copyOf(queues);
    }
  }

  /**
   * Makes one.
   *
   * @param interrupts the transport's
   */
  VirtioSession(
      VirtioDevice device, GuestMemory memory, VirtioInterrupts interrupts, GuestWorkQueue work) {
    this.device = device;
    this.memory = memory;
    this.interrupts = interrupts;
    this.work = work;
    this.config = ByteBuffer.allocate(device.configSize()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < device.queues(); i++) {
      queues.add(new SplitQueue(memory, device.queueSize(), this::broken));
    }
    device.attach(this);
  }

  // What a device needs.

  /** Whether all of a range is memory of this machine's own. */
  boolean isRam(long gpa, long bytes) {
    return memory.contains(gpa, bytes);
  }

  /** Copies from the machine's own memory; returns false if it has none there. */
  boolean read(long gpa, MemorySegment into) {
    if (!memory.contains(gpa, into.byteSize())) {
      return false;
    }
    into.copyFrom(memory.slice(gpa, into.byteSize()));
    return true;
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
    return driven() && !paused && !confined && !settling();
  }

  /** Whether a reset, or a queue's end, waits for the device's other threads. */
  synchronized boolean settling() {
    return resetting || stopping != 0;
  }

  /** The budget of the step that the caller is part of, or a full one. */
  ExitBudget budget() {
    return spending != null ? spending : own.refill();
  }

  /** The vCPU that pays for what another thread will do for the exit that is being served. */
  LongConsumer payer() {
    return work.payer();
  }

  /** By whose priority another thread wakes the machine when it has done that. */
  GuestWorkQueue.Donor donor() {
    return work.donor();
  }

  /** Serves a request, or a piece of it. */
  @FunctionalInterface
  interface Server {
    /** More is left of the request, and the budget is spent. */
    long UNFINISHED = -1;

    /**
     * Goes on with {@code chain} where it was left.
     *
     * @return how many of its writable bytes are valid, or {@link #UNFINISHED}
     */
    long serve(DescriptorChain chain, ExitBudget budget);
  }

  /** Serves requests in turn; what {@link VirtioDevice#serve} does in most devices. */
  synchronized boolean serve(int index, ExitBudget budget, Server server) {
    SplitQueue queue = queues.get(index);
    do {
      queue.quiet();
      while (running() && !budget.spent()) {
        DescriptorChain chain = queue.take(budget);
        if (chain == null) {
          break;
        }
        long filled = server.serve(chain, budget);
        if (filled == Server.UNFINISHED) {
          queue.keep();
        } else {
          queue.finish(filled);
        }
      }
      returned(queue);
    } while (running() && !budget.spent() && queue.listen());
    return running() && budget.spent();
  }

  /** A queue has something to do without a notification; any thread, also during a step. */
  synchronized void mark(int index) {
    marked |= 1L << index;
    if (spending == null) {
      work.add(this);
    }
  }

  /** Another thread has left its request, under the monitor: what waited for that is done. */
  synchronized void idle() {
    if (resetting) {
      finishReset();
    }
    for (long left = stopping; left != 0; left &= left - 1) {
      stop(Long.numberOfTrailingZeros(left));
    }
    stopping = 0;
    notifyAll();
    work.ready();
  }

  /** Whether feature bit {@code bit} is offered and taken. */
  synchronized boolean negotiated(int bit) {
    return (driverFeatures & offered() & 1L << bit) != 0;
  }

  /** Requests were given back on {@code queue}: interrupts if the driver wants that. */
  synchronized void returned(SplitQueue queue) {
    if (queue.interruptWanted()) {
      interruptsSent++;
      interrupts.used(queues.indexOf(queue));
    }
  }

  /** What {@link VirtioDevice#config} says has changed (§2.5). */
  synchronized void configChanged() {
    generation = (generation + 1) & 0xff;
    if ((status & STATUS_DRIVER_OK) != 0) {
      interruptsSent++;
      interrupts.config();
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

  // What a transport needs.

  int deviceId() {
    return device.id();
  }

  int queues() {
    return queues.size();
  }

  /**
   * Whether the bus lets the device reach memory. While it does not, nothing is served; a request
   * that another thread serves is left at the end of its piece, and done again later.
   */
  synchronized void reaches(boolean memory) {
    confined = !memory;
    if (confined && device.busy()) {
      device.cancel();
    } else if (memory) {
      markAll();
      work.add(this);
    }
  }

  long offered() {
    return device.features() | RING_FEATURES;
  }

  synchronized long driverFeatures() {
    return driverFeatures;
  }

  synchronized void driverFeatures(int half, int bits) {
    if ((status & STATUS_FEATURES_OK) == 0 && !resetting) {
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
    } else if (!resetting) {
      progress(value & STATUS_BY_DRIVER);
    }
  }

  private void progress(int value) {
    int accepted = value;
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
      markAll();
      begin();
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

  private void reset() {
    resetting = true;
    settle();
  }

  /** Does what was asked for at once, or when the device's threads have left their request. */
  private void settle() {
    if (device.busy()) {
      device.cancel();
      work.add(this);
    } else {
      idle();
    }
  }

  private void finishReset() {
    resetting = false;
    stopping = 0;
    marked = 0;
    status = 0;
    driverFeatures = 0;
    for (int i = 0; i < queues.size(); i++) {
      queues.get(i).reset();
      device.stopped(i);
    }
    negotiated();
    device.reset();
    interrupts.reset();
  }

  /** The queue of this number, or null. */
  SplitQueue queueOrNull(int index) {
    return index >= 0 && index < queues.size() ? queues.get(index) : null;
  }

  /** Sets a queue up that is not ready, unless a reset is on its way. */
  synchronized void setUp(int index, Consumer<SplitQueue> change) {
    if (!queues.get(index).ready() && !resetting) {
      change.accept(queues.get(index));
    }
  }

  synchronized void queueReady(int index, boolean ready) {
    SplitQueue queue = queues.get(index);
    if (resetting || ready == queue.ready()) {
      return;
    }
    if (ready) {
      queue.start();
    } else {
      stopping |= 1L << index;
      settle();
      begin();
    }
  }

  private void stop(int index) {
    queues.get(index).stop();
    device.stopped(index);
    markAll();
  }

  synchronized void notified(int index) {
    notifications++;
    if (queueOrNull(index) != null) {
      marked |= 1L << index;
      begin();
    }
  }

  private void markAll() {
    marked = queues.size() == Long.SIZE ? -1 : (1L << queues.size()) - 1;
  }

  /** Serves what is marked as far as an exit may, and leaves the rest. */
  private void begin() {
    if (serve(own.refill())) {
      work.add(this);
    }
  }

  @Override
  public synchronized Progress step(ExitBudget budget) {
    if (settling()) {
      return Progress.WAIT;
    }
    return serve(budget) ? Progress.MORE : Progress.DONE;
  }

  /** Serves marked queues in turn; returns whether more is left. */
  private boolean serve(ExitBudget budget) {
    spending = budget;
    try {
      while (marked != 0 && running() && !budget.spent()) {
        int index = next + Long.numberOfTrailingZeros(Long.rotateRight(marked, next)) & 63;
        next = index + 1 & 63;
        marked &= ~(1L << index);
        if (queues.get(index).ready() && device.serve(index, budget)) {
          marked |= 1L << index;
        }
      }
    } finally {
      spending = null;
    }
    return marked != 0 && running();
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

  /**
   * Returns once nothing touches guest memory; nothing will until {@link #resume}. Waits for a
   * piece of a request at most, and not on a vCPU's thread.
   */
  synchronized void pause() {
    paused = true;
    awaitIdle();
  }

  private void awaitIdle() {
    boolean interrupted = false;
    while (device.busy()) {
      device.cancel();
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true; // A guest's memory must not be given up under a running transfer.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized void resume() {
    paused = false;
    markAll();
    work.add(this);
  }

  synchronized VirtioTransport.Statistics statistics(String name) {
    return new VirtioTransport.Statistics(name, notifications, interruptsSent, faults, lastFault);
  }

  synchronized State state() {
    return new State(
        device.id(),
        status,
        driverFeatures,
        generation,
        resetting,
        stopping,
        queues.stream().map(SplitQueue::state).toList(),
        device.state());
  }

  synchronized void restore(State state) {
    if (state.device != device.id()) {
      throw new IllegalArgumentException(
          "the saved state is of virtio device %d, this is %d"
              .formatted(state.device, device.id()));
    }
    if (state.queues.size() > queues.size()) { // A driver that is up uses no queue it had not.
      StateShape.requireCount("virtqueues", state.queues.size(), queues.size());
    }
    awaitIdle();
    status = state.status;
    driverFeatures = state.driverFeatures;
    generation = state.generation;
    for (int i = 0; i < queues.size(); i++) {
      if (i < state.queues.size()) {
        queues.get(i).restore(state.queues.get(i));
      } else {
        queues.get(i).reset();
      }
    }
    device.restore(state.own);
    markAll();
    resetting = state.resetting;
    stopping = state.stopping & marked;
    idle();
    work.add(this);
  }
}
