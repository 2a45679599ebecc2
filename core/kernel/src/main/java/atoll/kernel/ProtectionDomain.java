package atoll.kernel;

import atoll.cpu.Cpu;
import atoll.cpu.Exit;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import atoll.memory.TablePages;
import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * One virtual machine as the kernel sees it: an address space, the capabilities of its monitor, its
 * vCPUs and the portals for their exits.
 */
public final class ProtectionDomain implements KernelObject {
  private final String name;
  private final MachineMemory machine;
  private final DomainListener listener;
  private final CapabilitySpace capabilities = new CapabilitySpace();

  @Unsaved("made again with the domain")
  private final AtomicReferenceArray<Portal> portals = new AtomicReferenceArray<>(Exit.REASONS);

  @Unsaved("made again with the domain")
  private final List<SchedulingContext> contexts = new CopyOnWriteArrayList<>();

  @Unsaved("made again with the domain")
  private final List<Vcpu> vcpus = new CopyOnWriteArrayList<>();

  @Unsaved("made again with the domain")
  private final List<Semaphore> semaphores = new CopyOnWriteArrayList<>();

  @Unsaved("made again with the domain")
  private final List<Semaphore> bells = new CopyOnWriteArrayList<>();

  /** What the monitor sees itself. Guarded by this. */
  @Unsaved("made again with the domain")
  private final List<SharedMemory> opened = new ArrayList<>();

  /** By guest-physical address. Guarded by this. */
  @Unsaved("made again with the domain")
  private final Map<Long, SharedMemory> windows = new HashMap<>();

  private final AtomicReference<State> state = new AtomicReference<>(State.ACTIVE);

  @Unsaved("made again with the domain")
  private final List<MachineMemory.Block> tables = new ArrayList<>();

  @Unsaved("made again with the domain")
  private MachineMemory.Block block;

  @Unsaved("made again with the domain")
  private volatile GuestMemory memory;

  @Unsaved("of a domain that ends")
  private volatile boolean stopping;

  /** What the listener is still to be told, and the fields below with it; null if nothing. */
  @Unsaved("of a domain that has failed")
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @Unsaved("of a domain that has failed")
  private String culprit;

  @Unsaved("of a domain that has failed")
  private String ringing;

  @Unsaved("of a domain that has failed")
  private long nextTry;

  @Unsaved("of a domain that has failed")
  private int tries;

  /** Nanoseconds between two tries to tell the listener. */
  static final long PAUSE = 10_000_000;

  private static final int MOST_TRIES = 500;
  private static final long NOW = Long.MAX_VALUE;

  /** What can still be done with it. */
  public enum State {
    /** Its vCPUs can run. */
    ACTIVE,
    /** Something threw; its vCPUs are stopped for good, its state can be examined. */
    FAILED,
    /** Everything has been given back. */
    CLOSED
  }

  ProtectionDomain(String name, MachineMemory machine, DomainListener listener) {
    this.name = Objects.requireNonNull(name, "name");
    this.machine = machine;
    this.listener = Objects.requireNonNull(listener, "listener");
  }

  @Override
  public String name() {
    return name;
  }

  /** Whether it is alive. */
  public State state() {
    return state.get();
  }

  /** Its vCPUs by index. */
  public List<Vcpu> vcpus() {
    return List.copyOf(vcpus);
  }

  /** Its claims to time. */
  public List<SchedulingContext> contexts() {
    return List.copyOf(contexts);
  }

  /** Lends a priority to vCPUs that are awake: a line that is high does not wake them again. */
  void inherit(int priority) {
    for (SchedulingContext context : contexts) {
      if (context.vcpu().inherit(priority)) {
        context.pcpu().wake(context);
      }
    }
  }

  private boolean ended() {
    return state.get() != State.ACTIVE;
  }

  /** Whether a vCPU may be started; asked under the vCPU's monitor, as {@link Vcpu#stop} is. */
  boolean startable() {
    return !ended() && !stopping;
  }

  CapabilitySpace capabilities() {
    return capabilities;
  }

  /** The guest's RAM, once it has been mapped; null before. */
  GuestMemory memory() {
    return memory;
  }

  /** Backs {@code bytes} of guest-physical addresses from {@code gpa} with machine memory. */
  synchronized Status map(long gpa, long bytes, MachineMemory.Policy policy) {
    if (memory != null || ended()) {
      return Status.BAD_STATE;
    }
    if (!mappable(gpa, bytes)) {
      return Status.BAD_PARAMETER;
    }
    MachineMemory.Block taken = machine.allocate(name, bytes, policy).orElse(null);
    if (taken == null) {
      return Status.NO_MEMORY;
    }
    present(gpa, taken);
    return Status.OK;
  }

  /** Machine memory for the tables by which its addresses are translated. */
  private synchronized Optional<TablePages> takeTables(long bytes) {
    if (block == null || ended()) {
      return Optional.empty();
    }
    Optional<MachineMemory.Block> taken =
        machine.allocate(name + " tables", bytes, MachineMemory.Policy.CONTIGUOUS);
    taken.ifPresent(tables::add);
    return taken.map(pages ->
        new TablePages(pages.machine().getFirst().hpa(), pages.memory, () -> returnTables(pages)));
  }

  private synchronized void returnTables(MachineMemory.Block pages) {
    if (tables.remove(pages)) {
      machine.release(pages);
    }
  }

  /** Gives RAM up for another domain to go on with; {@link #unmap} has less to do then. */
  synchronized Optional<DetachedMemory> detach() {
    if (block == null) {
      return Optional.empty();
    }
    DetachedMemory detached = new DetachedMemory(machine, memory.base(), block);
    block = null;
    return Optional.of(detached);
  }

  /** What is in its RAM, if it has any. */
  synchronized Optional<BlockContents> contents() {
    return Optional.ofNullable(block).map(MachineMemory.Block::contents);
  }

  /** Takes RAM over as it is. */
  synchronized Status attach(DetachedMemory detached) {
    if (memory != null || ended()) {
      return Status.BAD_STATE;
    }
    MachineMemory.Block taken = detached.isOf(machine) ? detached.take() : null;
    if (taken == null) {
      return Status.BAD_PARAMETER;
    }
    present(detached.gpa(), taken);
    return Status.OK;
  }

  private void present(long gpa, MachineMemory.Block ram) {
    block = ram;
    memory = new GuestMemory(gpa, ram.memory, ram.machine(), this::takeTables);
  }

  private static boolean mappable(long gpa, long bytes) {
    return bytes > 0
        && gpa >= 0
        && (gpa | bytes) % GuestMemory.PAGE_SIZE == 0
        && bytes <= Long.MAX_VALUE - gpa;
  }

  /** Gives the contents of some of its RAM back to the host. */
  synchronized Status reclaim(long gpa, long bytes) {
    if (block == null) {
      return Status.BAD_STATE;
    }
    if (!mappable(gpa, bytes) || !memory.contains(gpa, bytes)) {
      return Status.BAD_PARAMETER;
    }
    Status reclaimed = block.reclaim(gpa - memory.base(), bytes);
    if (reclaimed == Status.OK) {
      memory.written(gpa, bytes);
    }
    return reclaimed;
  }

  /** Opens a window onto shared memory at {@code gpa}. */
  synchronized Status mapShared(SharedMemory shared, long gpa, boolean writable, boolean moves) {
    if (memory == null || ended()) {
      return Status.BAD_STATE;
    }
    if (!mappable(gpa, shared.size()) || !memory.map().isFree(gpa, shared.size())) {
      return Status.BAD_PARAMETER;
    }
    HostMemory behind = shared.retain().orElse(null);
    if (behind == null) {
      return Status.ABORTED;
    }
    try {
      if (moves) {
        memory.addMovingWindow(gpa, behind, writable, shared.machine());
      } else {
        memory.addWindow(gpa, behind, writable, shared.machine());
      }
    } catch (IllegalStateException e) { // something executes, or is short of memory for tables
      shared.release();
      return Status.BAD_STATE;
    }
    windows.put(gpa, shared);
    return Status.OK;
  }

  /** Closes a window. */
  synchronized Status unmapShared(SharedMemory shared, long gpa) {
    if (memory == null || windows.get(gpa) != shared) {
      return Status.BAD_PARAMETER;
    }
    try {
      memory.remove(gpa);
    } catch (IllegalStateException e) {
      return Status.BAD_STATE;
    }
    windows.remove(gpa);
    shared.release();
    return Status.OK;
  }

  /** Opens shared memory to the monitor. */
  synchronized Optional<MemorySegment> openShared(SharedMemory shared) {
    Optional<HostMemory> behind = memory == null || ended() ? Optional.empty() : shared.retain();
    behind.ifPresent(memory -> opened.add(shared));
    return behind.map(HostMemory::segment);
  }

  /**
   * Gives the machine memory back and closes the windows. No vCPU runs and no device reaches for
   * them any more.
   */
  synchronized Status unmap() {
    if (memory == null) {
      return Status.BAD_STATE;
    }
    windows.values().forEach(SharedMemory::release);
    windows.clear();
    opened.forEach(SharedMemory::release);
    opened.clear();
    tables.forEach(machine::release);
    tables.clear();
    if (block != null) {
      machine.release(block);
    }
    block = null;
    memory = null;
    return Status.OK;
  }

  void bind(int reason, Portal portal) {
    portals.set(reason, portal);
  }

  Portal portal(int reason) {
    Portal portal = portals.get(reason);
    if (portal == null) {
      throw new KernelException(
          "domain %s has no portal for exits by %s; its monitor must bind one before it starts"
              .formatted(name, Exit.name(reason)));
    }
    return portal;
  }

  synchronized Vcpu addVcpu(Cpu cpu) {
    int index = vcpus.size();
    Vcpu vcpu = new Vcpu(name + "/cpu" + index, index, cpu, this);
    vcpus.add(vcpu);
    return vcpu;
  }

  Status addContext(SchedulingContext context) {
    Status bound = context.vcpu().bind(context);
    if (bound != Status.OK) {
      return bound;
    }
    Status added = context.pcpu().add(context);
    if (added == Status.OK) {
      contexts.add(context);
    } else {
      context.vcpu().unbind();
    }
    return added;
  }

  void addSemaphore(Semaphore semaphore) {
    semaphores.add(semaphore);
  }

  /** Has {@code handler} run whenever the semaphore is counted up. */
  Status bind(Semaphore semaphore, Runnable handler) {
    if (ended()) {
      return Status.BAD_STATE;
    }
    Status bound = semaphore.bind(this, handler);
    if (bound == Status.OK && !bells.contains(semaphore)) {
      bells.add(semaphore);
    }
    return bound;
  }

  Status unbind(Semaphore semaphore) {
    bells.remove(semaphore);
    return semaphore.unbind(this);
  }

  /** Stops every vCPU, and lets none start again; returns without waiting for them. */
  void stop() {
    stopping = true;
    vcpus.forEach(Vcpu::stop);
  }

  /**
   * Whether no vCPU but {@code caller}, if there is one, executes or does so before its
   * continuation. Without a caller, all are paused and stay so.
   */
  @SuppressWarnings("IdentityBinaryExpression") // The two look at different moments.
  boolean rests(Vcpu caller) {
    // Once more: one that was stopped when it was looked at may have been started by the next.
    return allRest(caller) && allRest(caller);
  }

  private boolean allRest(Vcpu caller) {
    return vcpus.stream().allMatch(vcpu -> vcpu == caller || vcpu.rests(caller == null));
  }

  /** Waits until no vCPU executes. */
  Status awaitIdle() throws InterruptedException {
    for (Vcpu vcpu : vcpus) {
      Status status = vcpu.awaitIdle();
      if (status != Status.OK) {
        return status;
      }
    }
    return Status.OK;
  }

  /**
   * Takes down this domain, and only this one. Needs no memory: an error may well be that there is
   * none.
   *
   * @param who the vCPU or the domain at fault
   * @param bell whose handler it was, or null
   */
  void fail(String who, String bell, Throwable cause) {
    if (!state.compareAndSet(State.ACTIVE, State.FAILED)) {
      return;
    }
    stopAll();
    culprit = who;
    ringing = bell;
    failure.set(cause);
    tell(NOW);
  }

  private void stopAll() {
    stopping = true;
    for (int i = 0; i < vcpus.size(); i++) {
      try {
        vcpus.get(i).stop();
      } catch (RuntimeException | Error e) {
        // It does not execute any more; a pCPU that could not be told of that looks again by
        // itself.
      }
    }
  }

  /** Whether the listener is still to be told that the domain has failed. */
  boolean untold() {
    return failure.get() != null;
  }

  /**
   * Tells the listener of a failure, unless it was told already. An exception from the listener
   * must not end the thread, nor keep others from being told: there may be memory for it the next
   * time.
   *
   * @param now the clock's nanoseconds, for a pause between two tries; or {@link #NOW}
   */
  void tell(long now) {
    Throwable cause = failure.getAndSet(null); // the thread that has it tells, without a lock
    if (cause == null) {
      return;
    }
    if (now < nextTry) {
      failure.set(cause);
      return;
    }
    try {
      listener.failed(this, reason(cause), cause);
    } catch (RuntimeException | Error e) {
      nextTry = now == NOW ? 0 : now + PAUSE;
      if (++tries < MOST_TRIES) {
        failure.set(cause);
      }
    }
  }

  private String reason(Throwable cause) {
    return ringing == null
        ? "%s stopped: %s".formatted(culprit, cause)
        : "%s stopped: its handler of %s: %s".formatted(culprit, ringing, cause);
  }

  /** Removes the vCPUs from their pCPUs and forgets them; they do not execute any more. */
  Status dropVcpus() throws InterruptedException {
    stop();
    Status idle = awaitIdle();
    if (idle == Status.OK) {
      for (SchedulingContext context : contexts) {
        context.pcpu().remove(context);
        context.vcpu().unbind();
      }
      contexts.clear();
      vcpus.clear();
      stopping = false;
    }
    return idle;
  }

  /** Gives everything back. */
  Status close() throws InterruptedException {
    Status dropped = dropVcpus();
    if (dropped == Status.OK) {
      state.set(State.CLOSED);
      bells.forEach(bell -> bell.unbind(this));
      bells.clear();
      semaphores.forEach(Semaphore::destroy);
      semaphores.clear();
      capabilities.clear();
      unmap();
    }
    return dropped;
  }
}
