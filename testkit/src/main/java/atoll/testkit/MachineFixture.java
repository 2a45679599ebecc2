package atoll.testkit;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.StopCause;
import atoll.engine.software.SoftHarts;
import atoll.host.HostMemory;
import atoll.isa.Assembler;
import atoll.isa.CsrNumber;
import atoll.memory.GuestMemory;
import atoll.memory.MachineExtent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A hart and memory, nothing else: assembles code, runs it to its first trap, and shows what became
 * of registers and memory.
 *
 * <p>Traps to M arrive at {@link #MACHINE_TRAP}, traps to S at {@link #SUPERVISOR_TRAP}, each an
 * endless loop, at which {@link #run} ends: {@code ebreak} is how a snippet says that it is done. A
 * test that installs handlers of its own only changes {@code mtvec} or {@code stvec}.
 *
 * <p>Accesses outside RAM go to {@link #device}, and are access faults without one.
 */
public final class MachineFixture implements AutoCloseable {
  public static final long RAM = 0x8000_0000L;
  public static final long RAM_SIZE = 16 << 20;

  /** Where snippets are assembled. */
  public static final long CODE = RAM + 0x10000;

  /** A region that snippets may use as they like: a megabyte. */
  public static final long DATA = RAM + 0x100000;

  /** Where tests put page tables. */
  public static final long TABLES = RAM + 0x200000;

  public static final long MACHINE_TRAP = RAM;
  public static final long SUPERVISOR_TRAP = RAM + 0x1000;

  private static final long STEP = 64;
  private static final long LIMIT = 2_000_000;
  private static final long HOT_STEP = 100_000;
  private static final long HOT_LIMIT = 100_000_000;

  private final HostMemory host = HostMemory.allocate(RAM_SIZE);
  private final GuestMemory memory;
  private final ManualClock clock = new ManualClock();
  private final HartGroup group;
  private final Map<String, Integer> registers = new HashMap<>();
  private Device device = (write, address, size, value) -> FAULT;
  private Hart hart;

  /** What {@link Device#access} returns where nothing is. */
  public static final long FAULT = Long.MIN_VALUE;

  /** Stands for everything outside RAM. */
  @FunctionalInterface
  public interface Device {
    /**
     * One access; {@code value} is what is written.
     *
     * @return what is read, or {@link #FAULT}
     */
    long access(boolean write, long address, int size, long value);
  }

  public MachineFixture(Engine engine) {
    this(engine, 1);
  }

  public MachineFixture(Engine engine, int harts) {
    this(engine, harts, memory -> {});
  }

  /**
   * The same with windows onto memory that the test shares with it.
   *
   * @param windows adds them
   */
  public MachineFixture(Engine engine, int harts, Consumer<GuestMemory> windows) {
    this(engine, harts, MmuKind.FOLDED, windows);
  }

  /** The same with a choice of how addresses are translated. */
  public MachineFixture(Engine engine, int harts, MmuKind mmu, Consumer<GuestMemory> windows) {
    memory = new GuestMemory(RAM, host);
    group = prepare(engine, harts, mmu, Paging.SV57, windows);
    hart = group.harts().getFirst();
    reset();
  }

  /** One hart with a limit to its page tables. */
  public MachineFixture(Engine engine, Paging paging) {
    memory = new GuestMemory(RAM, host);
    group = prepare(engine, 1, MmuKind.FOLDED, paging, memory -> {});
    hart = group.harts().getFirst();
    reset();
  }

  /** The same somewhere on a board that has no memory for tables. */
  MachineFixture(
      Engine engine,
      int harts,
      MmuKind mmu,
      Consumer<GuestMemory> windows,
      List<MachineExtent> machine) {
    memory = new GuestMemory(RAM, host, machine, bytes -> Optional.empty());
    group = prepare(engine, harts, mmu, Paging.SV57, windows);
    hart = group.harts().getFirst();
    reset();
  }

  private HartGroup prepare(
      Engine engine, int harts, MmuKind mmu, Paging paging, Consumer<GuestMemory> windows) {
    windows.accept(memory);
    String[] names = {
      "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
      "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
      "t5", "t6"
    };
    for (int i = 0; i < names.length; i++) {
      registers.put(names[i], i);
    }
    return SoftHarts.make(memory, clock, harts, engine, mmu, paging);
  }

  /** Every hart in machine mode at {@link #CODE}, registers as after a reset, FP on. */
  public void reset() {
    byte[] stop = Assembler.assemble("1: j 1b");
    memory.write(MACHINE_TRAP, stop);
    memory.write(SUPERVISOR_TRAP, stop);
    for (Hart h : group.harts()) {
      h.enterMachine(CODE, h.id(), 0);
      h.csr(CsrNumber.MTVEC, MACHINE_TRAP);
      h.csr(CsrNumber.STVEC, SUPERVISOR_TRAP);
      h.csr(CsrNumber.MSTATUS, 1L << 13);
    }
  }

  public Hart hart() {
    return hart;
  }

  public HartGroup group() {
    return group;
  }

  public GuestMemory memory() {
    return memory;
  }

  public ManualClock clock() {
    return clock;
  }

  /** Answers accesses outside RAM from now on. */
  public void device(Device device) {
    this.device = device;
  }

  /** Assembles at {@link #CODE} and puts the hart there. */
  public MachineFixture code(String source) {
    return code(CODE, source);
  }

  /** Assembles at {@code address} and puts the hart there. */
  public MachineFixture code(long address, String source) {
    memory.write(address, Assembler.assemble(source, address));
    hart.pc(address);
    return this;
  }

  /** Assembles at {@code address} without going there. */
  public void place(long address, String source) {
    memory.write(address, Assembler.assemble(source, address));
  }

  public long x(String name) {
    return hart.x(number(name));
  }

  public MachineFixture x(String name, long value) {
    hart.x(number(name), value);
    return this;
  }

  private int number(String name) {
    Integer n = registers.get(name);
    if (n == null) {
      throw new IllegalArgumentException("no register " + name);
    }
    return n;
  }

  public long csr(int number) {
    return hart.csr(number);
  }

  public MachineFixture csr(int number, long value) {
    hart.csr(number, value);
    return this;
  }

  /**
   * Lets M hand over to a mode: the hart is there, at its pc, as after {@code mret}. Memory is open
   * to it by one PMP entry.
   *
   * @param privilege 0 U, 1 S
   */
  public MachineFixture enter(int privilege) {
    long pc = hart.pc();
    openMemory();
    csr(CsrNumber.MEPC, pc);
    csr(CsrNumber.MSTATUS, csr(CsrNumber.MSTATUS) & ~(3L << 11) | (long) privilege << 11);
    memory.write(RAM + 0x2000, Assembler.assemble("mret"));
    hart.pc(RAM + 0x2000);
    step();
    if (hart.privilege() != privilege) {
      throw new AssertionError("mret has led to mode " + hart.privilege());
    }
    return this;
  }

  /** PMP entry 15 opens all of memory to S and U; the entries before it are a test's own. */
  public void openMemory() {
    csr(CsrNumber.PMPADDR0 + 15, -1L >>> 10);
    csr(CsrNumber.PMPCFG0 + 2, csr(CsrNumber.PMPCFG0 + 2) & ~(0xffL << 56) | 0x1fL << 56);
  }

  /** Executes about one instruction; a test of an engine that overruns its budget cannot use it. */
  public void step() {
    long pc = hart.pc();
    long executed = hart.instructions();
    for (int tries = 0; tries < 9; tries++) { // some may only answer a kick or a TLB miss
      serve(hart.run(1));
      if (hart.pc() != pc || hart.instructions() != executed) {
        return;
      }
    }
  }

  /**
   * Runs to the first trap whose handler is one of the two loops.
   *
   * @throws AssertionError if there is none within two million instructions
   */
  public Trap run() {
    return run(STEP, LIMIT);
  }

  /**
   * The same with a hundred thousand instructions at a time, so that an engine may take what it
   * executes for hot.
   *
   * @throws AssertionError if there is no trap within a hundred million instructions
   */
  public Trap runHot() {
    return run(HOT_STEP, HOT_LIMIT);
  }

  private Trap run(long step, long limit) {
    long executed = hart.instructions();
    while (hart.instructions() - executed < limit) {
      int reason = hart.run(step);
      serve(reason);
      if (stopped()) {
        return trap();
      }
      if (reason == Exit.HALT && !hart.awake()) {
        throw new AssertionError("the hart waits for an interrupt at 0x%x".formatted(hart.pc()));
      }
    }
    throw new AssertionError("no trap within %d instructions, pc 0x%x".formatted(limit, hart.pc()));
  }

  /**
   * Runs until a debugger's stop point or the end of its step.
   *
   * @throws AssertionError if there is none within two million instructions
   */
  public StopCause runToStop() {
    long executed = hart.instructions();
    while (hart.instructions() - executed < LIMIT) {
      int reason = hart.run(STEP);
      if (reason == Exit.BREAK) {
        return hart.stopCause();
      }
      serve(reason);
    }
    throw new AssertionError("no stop within %d instructions, pc 0x%x".formatted(LIMIT, hart.pc()));
  }

  /** Assembles, runs, and demands that the snippet comes to its {@code ebreak}. */
  public MachineFixture runToBreak(String source) {
    Trap end = code(source + "\n ebreak").run();
    if (end.cause() != atoll.isa.Cause.BREAKPOINT) {
      throw new AssertionError(end + " in:\n" + source);
    }
    return this;
  }

  private boolean stopped() {
    return hart.pc() == MACHINE_TRAP && hart.privilege() == 3
        || hart.pc() == SUPERVISOR_TRAP && hart.privilege() == 1;
  }

  private Trap trap() {
    long status = csr(CsrNumber.MSTATUS);
    return hart.privilege() == 3
        ? new Trap(
            csr(CsrNumber.MCAUSE),
            csr(CsrNumber.MEPC),
            csr(CsrNumber.MTVAL),
            (int) (status >>> 11) & 3,
            3)
        : new Trap(
            csr(CsrNumber.SCAUSE),
            csr(CsrNumber.SEPC),
            csr(CsrNumber.STVAL),
            (int) (status >>> 8) & 1,
            1);
  }

  private void serve(int reason) {
    if (reason != Exit.MMIO_READ && reason != Exit.MMIO_WRITE) {
      return;
    }
    Exit e = hart.exit();
    long answer = device.access(reason == Exit.MMIO_WRITE, e.address, e.size, low(e.value, e.size));
    if (answer == FAULT) {
      e.fault = true;
    } else if (reason == Exit.MMIO_READ) {
      e.value = answer;
    }
  }

  private static long low(long value, int size) {
    return size == 8 ? value : value & (1L << 8 * size) - 1;
  }

  @Override
  public void close() {
    group.close();
    host.close();
  }
}
