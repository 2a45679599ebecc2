package atoll.kernel;

import atoll.cpu.Cpu;
import atoll.cpu.Exit;
import atoll.memory.GuestMemory;
import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The calls that a monitor can make to the kernel, bound to the monitor's own domain: every object
 * is named by a slot of that domain's capability space, so nothing else can be named. Each call
 * validates, acts, and returns a {@link Status}. Thread-safe.
 */
public final class SystemCalls {
  /** The slot of the domain's capability for itself. */
  public static final int SELF = 0;

  private final ProtectionDomain domain;

  @Unsaved("made again with the board")
  private final List<Pcpu> pcpus;

  SystemCalls(ProtectionDomain domain, List<Pcpu> pcpus) {
    this.domain = domain;
    this.pcpus = List.copyOf(pcpus);
  }

  /** The monitor's own domain. */
  public ProtectionDomain domain() {
    return domain;
  }

  /** How many physical CPUs the platform has. */
  public int pcpus() {
    return pcpus.size();
  }

  /** The guest's RAM, once {@link #map mapped}. */
  public Optional<GuestMemory> memory() {
    return Optional.ofNullable(domain.memory());
  }

  /** The vCPU in a slot, for its interrupt inputs and its statistics. */
  public Optional<Vcpu> vcpu(int slot) {
    return find(slot, Vcpu.class, 0);
  }

  /**
   * Backs {@code bytes} of guest-physical addresses from {@code gpa} with zeroed machine memory;
   * both are multiples of 4096. The domain keeps all of it until its end.
   */
  public Status map(long gpa, long bytes) {
    return map(gpa, bytes, MachineMemory.Policy.CONTIGUOUS);
  }

  /** The same by a policy that may let the domain {@link #reclaim} pages. */
  public Status map(long gpa, long bytes, MachineMemory.Policy policy) {
    return domain.map(gpa, bytes, policy);
  }

  /**
   * Gives the contents of RAM that the guest does not use back to the host: {@code bytes} from
   * {@code gpa}, both multiples of 4096, read as zeroes afterwards and take up memory again from
   * the next touch, which needs no permission.
   *
   * @return {@code BAD_STATE} unless RAM is mapped, and {@linkplain MachineMemory.Policy#PAGED
   *     paged}
   */
  public Status reclaim(long gpa, long bytes) {
    return domain.reclaim(gpa, bytes);
  }

  /**
   * Opens a window onto shared memory at {@code gpa}, a multiple of 4096: to store there too if the
   * capability has {@link Permission#WRITE}. It lasts until {@link #unmapShared} or {@link #unmap}.
   * RAM has been mapped.
   *
   * @return {@code BAD_PARAMETER} if something is mapped there, {@code BAD_STATE} while a vCPU
   *     executes
   */
  public Status mapShared(int slot, long gpa) {
    return mapShared(slot, gpa, false);
  }

  /**
   * The same for a window that {@link #unmapShared} closes while the machine's devices work: only
   * vCPUs reach it.
   */
  public Status mapMoving(int slot, long gpa) {
    return mapShared(slot, gpa, true);
  }

  private Status mapShared(int slot, long gpa, boolean moves) {
    boolean writable = find(slot, SharedMemory.class, Permission.WRITE).isPresent();
    return with(
        slot,
        SharedMemory.class,
        Permission.READ,
        shared -> domain.mapShared(shared, gpa, writable, moves));
  }

  /**
   * Closes the window onto shared memory at {@code gpa}: an access there is one to nothing from now
   * on.
   *
   * @return {@code BAD_PARAMETER} if there is none, {@code BAD_STATE} while a vCPU executes
   */
  public Status unmapShared(int slot, long gpa) {
    return with(
        slot, SharedMemory.class, Permission.READ, shared -> domain.unmapShared(shared, gpa));
  }

  /**
   * Shared memory as the monitor itself sees it, of which its guest sees nothing: what is lent to a
   * service lies there. It can be reached until {@link #unmap}.
   *
   * @return empty without a capability to read and write it, or once the memory is gone
   */
  public Optional<MemorySegment> openShared(int slot) {
    return find(slot, SharedMemory.class, Permission.READ | Permission.WRITE)
        .flatMap(domain::openShared);
  }

  /** Gives the machine memory back and closes the windows; every vCPU has been dropped. */
  public Status unmap() {
    return domain.vcpus().isEmpty() ? domain.unmap() : Status.BAD_STATE;
  }

  /** Makes a vCPU of a CPU and puts it into an empty slot. */
  public Status createVcpu(int slot, Cpu cpu) {
    if (!domain.capabilities().free(slot)) {
      return Status.BAD_PARAMETER;
    }
    return insert(slot, domain.addVcpu(cpu));
  }

  /** Gives a vCPU a claim to the time of a physical CPU. */
  public Status createContext(
      int slot, int vcpuSlot, int pcpu, SchedulingContext.Reservation reservation) {
    if (!domain.capabilities().free(slot) || pcpu < 0 || pcpu >= pcpus.size()) {
      return Status.BAD_PARAMETER;
    }
    return with(
        vcpuSlot,
        Vcpu.class,
        Permission.BIND,
        vcpu -> {
          var context = new SchedulingContext(vcpu, pcpus.get(pcpu), reservation);
          Status added = domain.addContext(context);
          return added == Status.OK ? insert(slot, context) : added;
        });
  }

  /** Makes an entry into the monitor. */
  public Status createPortal(int slot, String name, Portal.Handler handler) {
    return insert(slot, new Portal(name, handler));
  }

  /** Delivers the domain's exits by {@code reason} to a portal from now on. */
  public Status bindPortal(int reason, int portalSlot) {
    if (reason < 0 || reason >= Exit.REASONS) {
      return Status.BAD_PARAMETER;
    }
    return with(
        portalSlot,
        Portal.class,
        Permission.BIND,
        portal -> {
          domain.bind(reason, portal);
          return Status.OK;
        });
  }

  /** Makes a semaphore that counts from {@code count}. */
  public Status createSemaphore(int slot, String name, long count) {
    if (count < 0) {
      return Status.BAD_PARAMETER;
    }
    Semaphore semaphore = new Semaphore(name, count);
    Status inserted = insert(slot, semaphore);
    if (inserted == Status.OK) {
      domain.addSemaphore(semaphore);
    }
    return inserted;
  }

  /**
   * Has {@code handler} run whenever anybody counts the semaphore up, instead of counting; and once
   * now if it has been counted up before. It runs on the thread that calls {@link #up}, maybe on
   * several at once, and returns soon. An exception from it fails this domain, not the caller's.
   *
   * @return {@code BAD_STATE} if the handler of another domain is bound
   */
  public Status bindSemaphore(int slot, Runnable handler) {
    Objects.requireNonNull(handler, "handler");
    return with(
        slot, Semaphore.class, Permission.BIND, semaphore -> domain.bind(semaphore, handler));
  }

  /** Lets the semaphore count again; a call of the handler that has begun may still be going on. */
  public Status unbindSemaphore(int slot) {
    return with(slot, Semaphore.class, Permission.BIND, domain::unbind);
  }

  /**
   * Counts a semaphore up and wakes one waiter, or runs the handler that is bound to it: with
   * {@link Permission#DONATE}, the vCPUs that it wakes inherit the priority of the calling vCPU.
   */
  public Status up(int slot) {
    boolean donates = find(slot, Semaphore.class, Permission.DONATE).isPresent();
    int priority = donates ? callersPriority() : Donation.NONE;
    return with(slot, Semaphore.class, Permission.SIGNAL, semaphore -> semaphore.up(priority));
  }

  /** The priority of the vCPU whose exit is being served on this thread. */
  private int callersPriority() {
    Vcpu caller = runningHere();
    return caller == null ? Donation.NONE : caller.priority();
  }

  private Vcpu runningHere() {
    for (Pcpu pcpu : pcpus) {
      Vcpu caller = pcpu.caller();
      if (caller != null) {
        return caller;
      }
    }
    return null;
  }

  /**
   * The domain's vCPU whose exit is being served, or whose continuation goes on, on the calling
   * thread; empty on every other thread, and where another domain's vCPU is served.
   */
  public Optional<Vcpu> caller() {
    return Optional.ofNullable(runningHere()).filter(vcpu -> vcpu.domain() == domain);
  }

  /**
   * Counts a semaphore down, waiting at most {@code nanos} for it; {@link Long#MAX_VALUE} for ever.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public Status down(int slot, long nanos) throws InterruptedException {
    Optional<Semaphore> semaphore = find(slot, Semaphore.class, Permission.WAIT);
    return semaphore.isPresent() ? semaphore.get().down(nanos) : refusal(slot, Semaphore.class);
  }

  /**
   * Starts a stopped vCPU that has a scheduling context.
   *
   * @param entry run on the vCPU's thread before its first guest instruction: sets its registers
   */
  public Status start(int slot, Runnable entry) {
    return with(slot, Vcpu.class, Permission.CONTROL, vcpu -> vcpu.start(entry));
  }

  /** Stops a vCPU; it may still be leaving guest code when this returns. */
  public Status stop(int slot) {
    return with(slot, Vcpu.class, Permission.CONTROL, Vcpu::stop);
  }

  /** Holds a vCPU until {@link #resume}; it may still be leaving guest code when this returns. */
  public Status pause(int slot) {
    return with(slot, Vcpu.class, Permission.CONTROL, vcpu -> vcpu.pause(true));
  }

  /** Lets a paused vCPU continue. */
  public Status resume(int slot) {
    return with(slot, Vcpu.class, Permission.CONTROL, vcpu -> vcpu.pause(false));
  }

  /**
   * Has the entry of a vCPU that was started run now, on the calling thread, so that its CPU's
   * registers can be looked at.
   *
   * @return {@code BAD_STATE} unless it is paused and does not execute
   */
  public Status settleEntry(int slot) {
    return with(slot, Vcpu.class, Permission.CONTROL, Vcpu::settleEntry);
  }

  /**
   * The state of a vCPU that is paused and does not execute; that of its CPU is the monitor's to
   * take.
   *
   * @return empty if it executes, or if there is none in the slot
   */
  public Optional<Vcpu.State> state(int slot) {
    return find(slot, Vcpu.class, Permission.CONTROL).flatMap(Vcpu::saved);
  }

  /**
   * Gives a vCPU that has not been started a state. If it is not paused, it goes on at once.
   *
   * @param entry run on the vCPU's thread before guest code, if the state says that there was
   *     something to run
   */
  public Status restore(int slot, Vcpu.State state, Runnable entry) {
    return with(slot, Vcpu.class, Permission.CONTROL, vcpu -> vcpu.restore(state, entry));
  }

  /** Drives an interrupt input of a vCPU. */
  public Status raise(int slot, int line, boolean high) {
    return with(
        slot,
        Vcpu.class,
        Permission.SIGNAL,
        vcpu -> {
          vcpu.raise(line, high);
          return Status.OK;
        });
  }

  /** Stops all vCPUs and lets none start; returns at once, so that a handler may call it. */
  public void stopAll() {
    domain.stop();
  }

  /**
   * Waits until no vCPU of the domain executes; they have been stopped or paused.
   *
   * @return {@code BAD_STATE} from a vCPU's own thread, which would wait for itself
   */
  public Status awaitIdle() throws InterruptedException {
    return domain.awaitIdle();
  }

  /**
   * Whether no other vCPU of the domain executes guest code, or does so before its continuation: so
   * that memory can be mapped. From another thread than a vCPU's, all must be paused, and stay so.
   */
  public boolean othersRest() {
    return domain.rests(caller().orElse(null));
  }

  /** Stops all vCPUs, waits for them, and gives them up with their claims to time. */
  public Status dropVcpus() throws InterruptedException {
    Status dropped = domain.dropVcpus();
    if (dropped == Status.OK) {
      for (int slot = 0; slot < CapabilitySpace.SLOTS; slot++) {
        Capability held = domain.capabilities().at(slot);
        if (held != null
            && (held.object() instanceof Vcpu || held.object() instanceof SchedulingContext)) {
          domain.capabilities().remove(slot);
        }
      }
    }
    return dropped;
  }

  /**
   * Has the physical CPU of a vCPU go on with others, while the handler of an exit of that vCPU is
   * in code {@linkplain Vcpu#beginOutside outside}; it goes on itself once that has come back.
   *
   * @return {@code BAD_STATE} if it is not there
   */
  public Status goOnWithout(int slot) {
    return with(slot, Vcpu.class, Permission.CONTROL, Vcpu::goOnWithout);
  }

  /**
   * Waits no more for a vCPU that its physical CPU has gone on without: it is stopped for good, and
   * does not execute any more. Its thread is left behind.
   *
   * @return {@code BAD_STATE} if it has come back
   */
  public Status abandon(int slot) {
    return with(slot, Vcpu.class, Permission.CONTROL, Vcpu::abandon);
  }

  /** Gives up a capability; the object lives on. */
  public Status revoke(int slot) {
    return slot == SELF ? Status.BAD_PARAMETER : domain.capabilities().remove(slot);
  }

  /** Hands a capability, or less of it, to the monitor behind {@code to}. */
  public Status delegate(int slot, SystemCalls to, int toSlot, int permissions) {
    if ((permissions & ~Permission.ALL) != 0) {
      return Status.BAD_PARAMETER;
    }
    Capability held = domain.capabilities().at(slot);
    if (held == null) {
      return Status.BAD_CAPABILITY;
    }
    return held.allows(Permission.DELEGATE)
        ? to.domain.capabilities().insert(toSlot, held.restricted(permissions))
        : Status.NO_PERMISSION;
  }

  /** Ends the domain: stops and drops its vCPUs, destroys its objects, reclaims its memory. */
  public Status close() throws InterruptedException {
    return domain.close();
  }

  private Status insert(int slot, KernelObject object) {
    return domain.capabilities().insert(slot, new Capability(object, Permission.ALL));
  }

  private <T extends KernelObject> Status with(
      int slot, Class<T> kind, int permissions, Function<T, Status> action) {
    return find(slot, kind, permissions).map(action).orElseGet(() -> refusal(slot, kind));
  }

  private <T extends KernelObject> Optional<T> find(int slot, Class<T> kind, int permissions) {
    Capability held = domain.capabilities().at(slot);
    return held != null && kind.isInstance(held.object()) && held.allows(permissions)
        ? Optional.of(kind.cast(held.object()))
        : Optional.empty();
  }

  private Status refusal(int slot, Class<? extends KernelObject> kind) {
    Capability held = domain.capabilities().at(slot);
    boolean present = held != null && kind.isInstance(held.object());
    return present ? Status.NO_PERMISSION : Status.BAD_CAPABILITY;
  }
}
