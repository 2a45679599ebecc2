package atoll.vmm;

import atoll.engine.Hart;
import atoll.engine.Interrupts;
import atoll.isa.CsrNumber;
import atoll.kernel.Vcpu;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The harts of one machine as its SBI sees them: by hart id, with the state that HSM defines. */
final class HartTable {
  /** Means every hart, instead of a first one (SBI §3.1). */
  private static final long ALL = -1;

  // Hart states (SBI §9, table 2).
  static final int STARTED = 0;
  static final int STOPPED = 1;
  static final int START_PENDING = 2;
  static final int SUSPENDED = 4;

  private static final int T0 = 5;
  private static final int A2 = 12;

  private final List<Row> rows;

  /**
   * A hart.
   *
   * @param slot of its vCPU in the monitor's capability space
   * @param state as HSM has it; changed by compare-and-set, so that of two starters one wins
   * @param entry what its vCPU does before guest code, if it has been told to {@link #enter}
   * @param events what firmware counters count
   */
  record Row(
      Hart hart,
      Vcpu vcpu,
      int slot,
      AtomicInteger state,
      AtomicReference<HartEntry> entry,
      FirmwareEvents events) {
    Row(Hart hart, Vcpu vcpu, int slot) {
      this(
          hart,
          vcpu,
          slot,
          new AtomicInteger(STOPPED),
          new AtomicReference<>(),
          new FirmwareEvents());
    }

    /** Does what {@link #entry} says, on the hart's own thread. */
    void enter() {
      switch (entry.getAndSet(null)) {
        case HartEntry.Firmware f -> firmware(f);
        case HartEntry.Start s -> start(s);
        case HartEntry.Awakened a -> awake(a);
        case HartEntry.Retained r -> {}
      }
      state.set(STARTED);
    }

    /** What the reset vector of QEMU's board leaves in the registers. */
    private void firmware(HartEntry.Firmware f) {
      hart.enterMachine(f.start(), hart.id(), f.deviceTree());
      hart.x(A2, f.information());
      hart.x(T0, f.start());
    }

    private void start(HartEntry.Start s) {
      vcpu.raise(Interrupts.SSI, false);
      hart.enterSupervisor(s.address(), hart.id(), s.opaque());
    }

    /** The interrupt that woke the hart stays pending, and enabled, for the code at its entry. */
    private void awake(HartEntry.Awakened a) {
      long enabled = hart.csr(CsrNumber.SIE);
      long timer = hart.csr(CsrNumber.STIMECMP);
      hart.enterSupervisor(a.address(), hart.id(), a.opaque());
      hart.csr(CsrNumber.SIE, enabled);
      hart.supervisorTimer(timer);
    }

    /** Has the kernel's vCPU wait for an interrupt, and go on as {@code then} says. */
    void suspend(HartEntry then) {
      state.set(SUSPENDED);
      entry.set(then);
      vcpu.suspend(this::enter);
    }
  }

  HartTable(List<Row> rows) {
    this.rows = List.copyOf(rows);
  }

  List<Row> rows() {
    return rows;
  }

  Row of(SbiCall call) {
    return rows.get(call.hart().id());
  }

  /** Whether there is a hart of that id. */
  boolean exists(long id) {
    return id >= 0 && id < rows.size();
  }

  Row get(long id) {
    return rows.get((int) id);
  }

  /**
   * The harts that are available to the supervisor: that have been started, and may sleep. One that
   * is about to start is not yet: whatever was sent to it would be lost.
   *
   * @return bit n for hart n
   */
  long available() {
    long available = 0;
    for (Row row : rows) {
      int state = row.state().get();
      if (state == STARTED || state == SUSPENDED) {
        available |= 1L << row.hart().id();
      }
    }
    return available;
  }

  /**
   * The harts that {@code mask}, whose bit 0 is hart {@code base}, names (SBI §3.1): all that are
   * available if {@code base} is -1, none if the mask is empty.
   *
   * @return bit n for hart n; empty if one of them does not exist or is not available
   */
  OptionalLong select(long mask, long base) {
    long available = available();
    if (base == ALL) {
      return OptionalLong.of(available);
    }
    if (mask == 0) {
      return OptionalLong.of(0);
    }
    int highest = Long.SIZE - 1 - Long.numberOfLeadingZeros(mask);
    if (base < 0 || base >= rows.size() || base + highest >= rows.size()) {
      return OptionalLong.empty();
    }
    long named = mask << base;
    return (named & ~available) == 0 ? OptionalLong.of(named) : OptionalLong.empty();
  }
}
