package atoll.testkit;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.software.SoftHarts;
import atoll.isa.Assembler;
import atoll.kernel.Microkernel;
import atoll.kernel.Portal;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.Status;
import atoll.kernel.SystemCalls;
import atoll.kernel.Vcpu;
import atoll.memory.GuestMemory;

/**
 * One hart in a domain of its own on a board that a test shares between several: assembled code in
 * M mode, no devices. Where the guest reaches outside RAM, a portal of the test answers.
 */
public final class BareDomain implements AutoCloseable {
  public static final long RAM = 0x8000_0000L;
  public static final long RAM_SIZE = 1 << 20;

  /** What the guest may use as it likes. */
  public static final long DATA = RAM + 0x10000;

  private static final int VCPU = 10;
  private static final int CONTEXT = 11;
  private static final int PORTALS = 20;

  private final SystemCalls calls;
  private final HartGroup group;
  private volatile String failure;

  /**
   * Makes one; {@link #start} lets it run.
   *
   * @param pcpu where
   * @param source is placed, and entered, at the beginning of RAM
   */
  public BareDomain(
      Microkernel board,
      Engine engine,
      String name,
      int pcpu,
      Reservation reservation,
      String source) {
    calls = board.createDomain(name, (domain, reason, cause) -> failure = reason);
    require(calls.map(RAM, RAM_SIZE));
    memory().write(RAM, Assembler.assemble(source, RAM));
    group = SoftHarts.make(memory(), board.clock(), 1, engine);
    require(calls.createVcpu(VCPU, hart()));
    require(calls.createContext(CONTEXT, VCPU, pcpu, reservation));
  }

  /** Answers exits for {@code reason}. */
  public BareDomain serving(int reason, Portal.Handler handler) {
    require(calls.createPortal(PORTALS + reason, Exit.name(reason), handler));
    require(calls.bindPortal(reason, PORTALS + reason));
    return this;
  }

  /** Lets it run. */
  public BareDomain start() {
    require(calls.start(VCPU, () -> hart().enterMachine(RAM, 0, DATA)));
    return this;
  }

  public SystemCalls calls() {
    return calls;
  }

  public Hart hart() {
    return group.harts().getFirst();
  }

  public Vcpu vcpu() {
    return calls.vcpu(VCPU).orElseThrow();
  }

  public GuestMemory memory() {
    return calls.memory().orElseThrow();
  }

  private static void require(Status status) {
    if (status != Status.OK) {
      throw new AssertionError(status);
    }
  }

  /**
   * Stops it and gives everything back.
   *
   * @throws AssertionError if the domain has failed
   */
  @Override
  public void close() {
    try {
      require(calls.dropVcpus());
      group.close();
      require(calls.close());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw new AssertionError(failure);
    }
  }
}
