package atoll.kernel;

import atoll.host.Clock;
import atoll.host.HostMemory;
import atoll.host.PlatformClock;
import atoll.memory.MachineExtent;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The root authority over one platform: its physical CPUs and its machine memory. The code that
 * assembles the system holds it and makes a domain for each virtual machine; monitors never see it.
 */
public final class Microkernel implements AutoCloseable {
  private final PlatformClock clock;
  private final PlatformTime time;
  private final Runnable unlisten;

  @Unsaved("made again with the board")
  private final List<Pcpu> pcpus = new ArrayList<>();

  private final MachineMemory memory;

  @Unsaved("made again, or adopted")
  private final List<SharedMemory> shared = new CopyOnWriteArrayList<>();

  /**
   * A platform.
   *
   * @param pace of its time, which begins at zero now
   * @param pcpus how many physical CPUs, each a thread from its first vCPU on
   * @param policy makes the scheduling policy of each pCPU
   * @param memory the machine memory that domains share
   */
  public Microkernel(
      Clock pace, int pcpus, Supplier<SchedulingPolicy> policy, MachineMemory memory) {
    this(pace, pcpus, policy, memory, Idle.PARKING);
  }

  /** A platform whose idle physical CPUs wait as {@code idle} says, such as by moving the clock. */
  public Microkernel(
      Clock pace, int pcpus, Supplier<SchedulingPolicy> policy, MachineMemory memory, Idle idle) {
    this(pace, Stream.generate(policy).limit(pcpus).map(PcpuConfig::of).toList(), memory, idle);
  }

  /**
   * A platform whose physical CPUs differ.
   *
   * @param pcpus in the order of their numbers; those with the same policy object are a pool
   */
  public Microkernel(Clock pace, List<PcpuConfig> pcpus, MachineMemory memory, Idle idle) {
    if (pcpus.isEmpty()) {
      throw new IllegalArgumentException("a platform needs at least one physical CPU");
    }
    clock = new PlatformClock(pace);
    time = new PlatformTime(clock);
    this.memory = memory;
    Map<SchedulingPolicy, CpuPool> pools = new HashMap<>();
    for (int number = 0; number < pcpus.size(); number++) {
      CpuPool pool = pools.computeIfAbsent(pcpus.get(number).policy(), CpuPool::new);
      this.pcpus.add(new Pcpu(number, clock, pcpus.get(number), pool, idle));
    }
    unlisten = clock.onStart(() -> this.pcpus.forEach(Pcpu::call));
  }

  /** A platform for one machine: a dedicated physical CPU for each of {@code cpus}. */
  public static Microkernel dedicated(Clock pace, int cpus) {
    return new Microkernel(pace, cpus, DedicatedPolicy::new, new MachineMemory(Long.MAX_VALUE));
  }

  /** The time of everything on the platform. */
  public PlatformClock clock() {
    return clock;
  }

  /** What has that time stand still while all is paused. */
  public PlatformTime time() {
    return time;
  }

  /** The physical CPUs by number. */
  public List<Pcpu> pcpus() {
    return List.copyOf(pcpus);
  }

  /** What the physical CPUs and their vCPUs have done so far. */
  public PlatformStatistics statistics() {
    long now = clock.nanos();
    return new PlatformStatistics(
        now, pcpus.stream().map(pcpu -> pcpu.statistics(now)).toList(), memory.usage());
  }

  /** Tells {@code listener} of every dispatch on every physical CPU from now on; null ends that. */
  public void trace(DispatchListener listener) {
    pcpus.forEach(pcpu -> pcpu.listener(listener));
  }

  /** The machine memory, for its accounts. */
  public MachineMemory memory() {
    return memory;
  }

  /**
   * Makes a domain, and for its monitor the system calls bound to it. Slot {@link SystemCalls#SELF}
   * holds the domain itself.
   *
   * @param listener told when the domain fails
   */
  public SystemCalls createDomain(String name, DomainListener listener) {
    ProtectionDomain domain = new ProtectionDomain(name, memory, listener);
    Capability self = new Capability(domain, Permission.ALL & ~Permission.DELEGATE);
    Status inserted = domain.capabilities().insert(SystemCalls.SELF, self);
    assert inserted == Status.OK;
    return new SystemCalls(domain, pcpus);
  }

  /**
   * Makes memory that belongs to no domain, zeroed; {@link #grant} decides which domains may map
   * it.
   *
   * @param bytes a positive multiple of 4096
   * @throws KernelException if the platform has not enough memory left
   */
  public SharedMemory createSharedMemory(String name, long bytes) {
    MachineMemory.Block block =
        memory
            .allocate(name, bytes, MachineMemory.Policy.CONTIGUOUS)
            .orElseThrow(() ->
                new KernelException(
                    "the platform has no %d KiB of machine memory left for %s; give it less"
                        .formatted(bytes >> 10, name)));
    SharedMemory made = new SharedMemory(memory, block);
    shared.add(made);
    return made;
  }

  /** Gives shared memory back; {@code BAD_STATE} while a domain has it mapped. */
  public Status destroy(SharedMemory object) {
    Status destroyed = object.destroy();
    if (destroyed == Status.OK) {
      shared.remove(object);
    }
    return destroyed;
  }

  /**
   * Lets shared memory outlive this board: it is {@link #adopt}ed by another one that has the same
   * machine memory, or destroyed there.
   */
  public void release(SharedMemory object) {
    shared.remove(object);
  }

  /** Makes shared memory this board's. */
  public void adopt(SharedMemory object) {
    shared.add(object);
  }

  /**
   * Takes its RAM away from a domain whose vCPUs are paused and do not execute again, for a domain
   * of this board, or of one that has the same machine memory, that goes on with it.
   *
   * @return empty if it has none
   */
  public Optional<DetachedMemory> detach(SystemCalls from) {
    return from.domain().detach();
  }

  /**
   * Maps RAM as it is, at the address that it had.
   *
   * @return {@code BAD_STATE} if the domain has RAM; {@code BAD_PARAMETER} if the memory is of
   *     another board's, or has been given to a domain
   */
  public Status attach(DetachedMemory memory, SystemCalls to) {
    return to.domain().attach(memory);
  }

  /**
   * What is in a domain's RAM, to be copied while the domain has it.
   *
   * @return empty if it has none
   */
  public Optional<BlockContents> contents(SystemCalls of) {
    return of.domain().contents();
  }

  /**
   * RAM with contents, for a domain that goes on with it, at the places that it had: tables in it
   * may name them.
   *
   * @param gpa guest-physical address of its first byte
   * @param places where it was in machine memory
   * @param contents given back with it
   * @throws KernelException if something else is there; then the contents are the caller's
   */
  public DetachedMemory place(
      String owner,
      long gpa,
      List<MachineExtent> places,
      MachineMemory.Policy policy,
      HostMemory contents) {
    return new DetachedMemory(memory, gpa, placed(owner, places, policy, contents));
  }

  /** Memory of no domain with contents, likewise. */
  public SharedMemory placeShared(String name, List<MachineExtent> places, HostMemory contents) {
    SharedMemory made =
        new SharedMemory(memory, placed(name, places, MachineMemory.Policy.CONTIGUOUS, contents));
    shared.add(made);
    return made;
  }

  private MachineMemory.Block placed(
      String owner, List<MachineExtent> places, MachineMemory.Policy policy, HostMemory contents) {
    return memory
        .place(owner, places, policy, contents)
        .orElseThrow(() ->
            new KernelException(
                "the %d KiB of machine memory that %s had are not free on this platform"
                    .formatted(contents.segment().byteSize() >> 10, owner)));
  }

  /** Makes a semaphore that outlives the domains that use it; it counts from zero. */
  public Semaphore createSemaphore(String name) {
    return new Semaphore(name, 0);
  }

  /**
   * Puts a capability into an empty slot of a domain.
   *
   * @param permissions bits of {@link Permission}: what the domain's monitor may do with the object
   */
  public Status grant(KernelObject object, SystemCalls to, int slot, int permissions) {
    return to.domain().capabilities().insert(slot, new Capability(object, permissions));
  }

  /**
   * Ends the threads of the physical CPUs and gives shared memory back; every domain has been
   * closed.
   */
  @Override
  public void close() {
    unlisten.run();
    shared.forEach(this::destroy);
    try {
      for (Pcpu pcpu : pcpus) {
        pcpu.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
