package atoll.kernel;

import atoll.host.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The root authority over one board: its physical CPUs and its machine memory. Whoever assembles
 * the machine holds it and makes a domain for each virtual machine; monitors never see it.
 */
public final class Microkernel implements AutoCloseable {
  private final Clock clock;
  private final List<Pcpu> pcpus = new ArrayList<>();
  private final MachineMemory memory;

  /**
   * A board.
   *
   * @param clock the time of everything on it
   * @param pcpus how many physical CPUs, each a thread from its first vCPU on
   * @param policy makes the scheduling policy of each pCPU
   * @param memory the machine memory that domains share
   */
  public Microkernel(
      Clock clock, int pcpus, Supplier<SchedulingPolicy> policy, MachineMemory memory) {
    this(clock, pcpus, policy, memory, Idle.parking(clock));
  }

  /** A board whose idle physical CPUs wait as {@code idle} says, such as by moving the clock. */
  public Microkernel(
      Clock clock, int pcpus, Supplier<SchedulingPolicy> policy, MachineMemory memory, Idle idle) {
    if (pcpus < 1) {
      throw new IllegalArgumentException("a board needs at least one physical CPU: " + pcpus);
    }
    this.clock = clock;
    this.memory = memory;
    for (int number = 0; number < pcpus; number++) {
      this.pcpus.add(new Pcpu(number, clock, policy.get(), idle));
    }
  }

  /** A board for one machine: a dedicated physical CPU for each of {@code cpus}. */
  public static Microkernel dedicated(Clock clock, int cpus) {
    return new Microkernel(clock, cpus, DedicatedPolicy::new, new MachineMemory(Long.MAX_VALUE));
  }

  /** The time of everything on the board. */
  public Clock clock() {
    return clock;
  }

  /** The physical CPUs by number. */
  public List<Pcpu> pcpus() {
    return List.copyOf(pcpus);
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

  /** Ends the threads of the physical CPUs; every domain has been closed. */
  @Override
  public void close() {
    try {
      for (Pcpu pcpu : pcpus) {
        pcpu.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
