package atoll.tests;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.Interrupts;
import atoll.engine.RemoteFence;
import atoll.engine.StopPoints;
import atoll.engine.software.SoftHarts;
import atoll.host.HostMemory;
import atoll.isa.CsrNumber;
import atoll.memory.GuestMemory;
import atoll.testkit.ManualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** One hart with memory, a clock that stands still, and a device that ends interrupts. */
final class LockStepMachine implements AutoCloseable {
  static final long RAM = TrapHandlers.ORIGIN;
  static final long SIZE = 4 << 20;

  private static final int[] LINES = {
    Interrupts.SSI, Interrupts.MSI, Interrupts.STI, Interrupts.MTI, Interrupts.SEI, Interrupts.MEI
  };
  private static final long NEVER = -1;

  /** CSRs that change without being named by an instruction. */
  private static final int[] WRITTEN = {
    CsrNumber.FCSR,
    CsrNumber.MSTATUS,
    CsrNumber.MEPC,
    CsrNumber.MCAUSE,
    CsrNumber.MTVAL,
    CsrNumber.MTVAL2,
    CsrNumber.MTINST,
    CsrNumber.MIP,
    CsrNumber.SEPC,
    CsrNumber.SCAUSE,
    CsrNumber.STVAL,
    CsrNumber.HSTATUS,
    CsrNumber.HTVAL,
    CsrNumber.HTINST,
    CsrNumber.VSSTATUS,
    CsrNumber.VSEPC,
    CsrNumber.VSCAUSE,
    CsrNumber.VSTVAL
  };

  private static final int DEVICE_BYTES = 4096;
  private static final int CAUSES = 24;

  /** Of fences: more than these take. */
  private static final int TURNS = 64;

  private final HostMemory host = HostMemory.allocate(SIZE);
  private final GuestMemory memory = new GuestMemory(RAM, host);
  private final ManualClock clock = new ManualClock();
  private final HartGroup group;
  private final Hart hart;
  private final int[] csrs;
  private int reason;

  LockStepMachine(Engine engine) {
    group = SoftHarts.make(memory, clock, 1, engine);
    hart = group.harts().getFirst();
    csrs = IntStream.range(0, 4096).filter(this::compared).toArray();
  }

  GuestMemory memory() {
    return memory;
  }

  /** The host address of the memory. */
  long host() {
    return host.address();
  }

  Hart hart() {
    return hart;
  }

  ManualClock clock() {
    return clock;
  }

  /** All that the machine has, but the counters and protection entries that are constant zero. */
  private boolean compared(int number) {
    boolean counter = (number & 31) >= 3 && (number & 0x0e0) == 0;
    boolean constant =
        (counter && (number >>> 8 == 0xb || number >>> 8 == 0xc))
            || (number >= CsrNumber.PMPADDR0 + 16 && number < CsrNumber.PMPADDR0 + 64);
    if (constant) {
      return false;
    }
    try {
      hart.csr(number);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Runs for a budget or to the next exit, and answers that. */
  void run(long budget) {
    reason = hart.run(budget);
    Exit exit = hart.exit();
    switch (reason) {
      case Exit.MMIO_READ -> exit.value = exit.address * 0x9e3779b97f4a7c15L + exit.size;
      case Exit.MMIO_WRITE -> exit.fault = !write(exit.address - TrapHandlers.DEVICE);
      default -> {}
    }
  }

  /** Has the hart forget all translations of addresses, which it may do at any time. */
  void forget() {
    group.postFence(1, RemoteFence.Address.EVERYTHING);
    for (int guest = 0; guest < HotSpace.GUESTS; guest++) {
      group.postFence(1, new RemoteFence.Guest(guest, RemoteFence.Address.EVERYTHING));
    }
    group.postFence(1, new RemoteFence.SecondStage(-1));
  }

  /** Has the hart do what it has been asked for, and execute nothing. */
  void serve() {
    for (int turn = 0; turn < TURNS; turn++) {
      hart.run(0);
    }
  }

  /** Has the hart stop where a debugger wants it to. */
  void stopPoints(StopPoints points) {
    group.stopPoints(points);
  }

  /** Why the last {@link #run} ended: see {@link Exit}. */
  int reason() {
    return reason;
  }

  private boolean write(long offset) {
    if (offset < 0 || offset >= DEVICE_BYTES) {
      return false;
    }
    lower((int) (offset / 8));
    return true;
  }

  private void lower(int number) {
    for (int line : LINES) {
      if (line == number) {
        hart.raise(line, false);
      }
    }
    // A guest knows its interrupts by the numbers of an ordinary supervisor's.
    long guests = 1L << number | 2L << number;
    hart.csr(CsrNumber.HVIP, hart.csr(CsrNumber.HVIP) & ~guests);
    if (number == Interrupts.MTI) {
      hart.machineTimer(NEVER);
    } else if (number == Interrupts.STI) {
      hart.supervisorTimer(NEVER);
    }
  }

  /** What a burst must leave alike; memory apart. */
  boolean agrees(LockStepMachine other) {
    return agrees(other, true);
  }

  /**
   * The same.
   *
   * @param all whether all CSRs are looked at; else those that instructions and traps write
   */
  boolean agrees(LockStepMachine other, boolean all) {
    Hart a = hart;
    Hart b = other.hart;
    boolean same =
        reason == other.reason
            && a.pc() == b.pc()
            && a.privilege() == b.privilege()
            && a.virtual() == b.virtual()
            && a.instructions() == b.instructions();
    for (int r = 0; same && r < 32; r++) {
      same = a.x(r) == b.x(r) && a.f(r) == b.f(r);
    }
    int[] looked = all ? csrs : WRITTEN;
    for (int i = 0; same && i < looked.length; i++) {
      same = a.csr(looked[i]) == b.csr(looked[i]);
    }
    for (int c = 0; same && c < CAUSES; c++) {
      same =
          a.traps().exceptions(c) == b.traps().exceptions(c)
              && a.traps().interrupts(c) == b.traps().interrupts(c);
    }
    return same && (!mmio() || sameAccess(a.exit(), b.exit()));
  }

  private boolean mmio() {
    return reason == Exit.MMIO_READ || reason == Exit.MMIO_WRITE;
  }

  private static boolean sameAccess(Exit a, Exit b) {
    return a.address == b.address && a.size == b.size && a.value == b.value;
  }

  /** Where memory first differs, or -1. */
  long firstDifferenceInMemory(LockStepMachine other) {
    long offset = memory.slice(RAM, SIZE).mismatch(other.memory.slice(RAM, SIZE));
    return offset < 0 ? -1 : RAM + offset;
  }

  /** What differs, for a person. */
  List<String> differences(LockStepMachine other) {
    List<String> all = new ArrayList<>();
    note(all, "exit", Exit.name(reason), Exit.name(other.reason));
    if (mmio()) {
      note(all, "address of the exit", hart.exit().address, other.hart.exit().address);
      note(all, "size of the exit", hart.exit().size, other.hart.exit().size);
      note(all, "value of the exit", hart.exit().value, other.hart.exit().value);
    }
    note(all, "pc", hart.pc(), other.hart.pc());
    note(all, "privilege", hart.privilege(), other.hart.privilege());
    note(all, "virtual", hart.virtual(), other.hart.virtual());
    note(all, "instructions", hart.instructions(), other.hart.instructions());
    for (int r = 0; r < 32; r++) {
      note(all, "x" + r, hart.x(r), other.hart.x(r));
      note(all, "f" + r, hart.f(r), other.hart.f(r));
    }
    for (int number : csrs) {
      note(all, "CSR 0x%03x".formatted(number), hart.csr(number), other.hart.csr(number));
    }
    for (int c = 0; c < CAUSES; c++) {
      note(
          all,
          "exceptions of cause " + c,
          hart.traps().exceptions(c),
          other.hart.traps().exceptions(c));
      note(all, "interrupts " + c, hart.traps().interrupts(c), other.hart.traps().interrupts(c));
    }
    long at = firstDifferenceInMemory(other);
    if (at >= 0) {
      long word = at & -8;
      note(all, "memory at 0x%x".formatted(word), memory.getLong(word), other.memory.getLong(word));
    }
    return all;
  }

  private static void note(List<String> all, String what, Object mine, Object others) {
    if (!mine.equals(others)) {
      all.add("%s: %s, there %s".formatted(what, text(mine), text(others)));
    }
  }

  private static String text(Object value) {
    return value instanceof Number n ? "0x%x".formatted(n) : value.toString();
  }

  @Override
  public void close() {
    group.close();
    host.close();
  }
}
