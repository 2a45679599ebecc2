package atoll.vmm;

import atoll.engine.Hart;
import atoll.isa.CsrNumber;
import java.util.ArrayList;
import java.util.List;

/** One counter of a hart as SBI's PMU extension hands it out; used by the hart's thread only. */
abstract sealed class PmuCounter {
  /** An event that no counter counts. */
  private static final int NONE = -1;

  private static final int FIRMWARE_COUNTERS = 16;
  private static final int CYCLE = 0;
  private static final int INSTRET = 2;

  // Event numbers: a type in bits 19:16 and a code (SBI §11.1 to §11.4).
  private static final int CPU_CYCLES = 1;
  private static final int INSTRUCTIONS = 2;
  private static final int FIRMWARE_TYPE = 15;

  private int event = NONE;
  private boolean started;

  /** The counters of one hart by index. */
  static List<PmuCounter> all(HartTable.Row row) {
    List<PmuCounter> counters = new ArrayList<>();
    counters.add(new Fixed(row.hart(), CYCLE, CPU_CYCLES));
    counters.add(new Absent());
    counters.add(new Fixed(row.hart(), INSTRET, INSTRUCTIONS));
    for (int i = 0; i < FIRMWARE_COUNTERS; i++) {
      counters.add(new Firmware(row.events()));
    }
    return List.copyOf(counters);
  }

  /** Takes the counter for an event, if it is free and can count that. */
  final boolean configure(int wanted) {
    if (event != NONE || !counts(wanted)) {
      return false;
    }
    event = wanted;
    return true;
  }

  final boolean configured() {
    return event != NONE;
  }

  final boolean started() {
    return started;
  }

  final void start() {
    started = true;
    run(true);
  }

  /** Holds the value; with {@code release} the counter is free for another event. */
  final void stop(boolean release) {
    started = false;
    run(false);
    if (release) {
      event = NONE;
    }
  }

  /** The event that it was configured for. */
  final int event() {
    return event;
  }

  final SbiState.PmuState state() {
    return new SbiState.PmuState(event, started, running(), value());
  }

  /** Becomes what {@code from} says; the hart and its events have been restored. */
  final void restore(SbiState.PmuState from) {
    event = from.event();
    started = from.started();
    restore(from.running(), from.value());
  }

  /** Whether it counts now; of one that the guest reads as a CSR, this is the hart's to know. */
  boolean running() {
    return started;
  }

  void restore(boolean running, long value) {}

  boolean exists() {
    return true;
  }

  boolean firmware() {
    return false;
  }

  /** Whether it can count an event. */
  abstract boolean counts(int wanted);

  /** What {@code counter_get_info} tells (SBI §11.6). */
  abstract long info();

  abstract long value();

  abstract void set(long value);

  abstract void run(boolean on);

  /** {@code cycle} or {@code instret}, which the guest reads as a CSR. */
  private static final class Fixed extends PmuCounter {
    private static final long WIDTH_64 = 63L << 12;

    private final Hart hart;
    private final int number;
    private final int counted;

    Fixed(Hart hart, int number, int counted) {
      this.hart = hart;
      this.number = number;
      this.counted = counted;
    }

    @Override
    boolean counts(int wanted) {
      return wanted == counted;
    }

    @Override
    long info() {
      return WIDTH_64 | (CsrNumber.CYCLE + number);
    }

    @Override
    long value() {
      return hart.csr(CsrNumber.MCYCLE + number);
    }

    @Override
    void set(long value) {
      hart.csr(CsrNumber.MCYCLE + number, value);
    }

    @Override
    void run(boolean on) {
      long inhibited = hart.csr(CsrNumber.MCOUNTINHIBIT);
      long bit = 1L << number;
      hart.csr(CsrNumber.MCOUNTINHIBIT, on ? inhibited & ~bit : inhibited | bit);
    }
  }

  /** Follows one of the SBI's own counts. */
  private static final class Firmware extends PmuCounter {
    private static final long TYPE_FIRMWARE = 1L << 63;

    private final FirmwareEvents events;

    /** The value while stopped; what is to be added to the event's count while running. */
    private long base;

    private boolean running;

    Firmware(FirmwareEvents events) {
      this.events = events;
    }

    @Override
    boolean firmware() {
      return true;
    }

    @Override
    boolean counts(int wanted) {
      int code = wanted & 0xffff;
      return wanted >>> 16 == FIRMWARE_TYPE && code < FirmwareEvents.COUNTED;
    }

    @Override
    long info() {
      return TYPE_FIRMWARE;
    }

    @Override
    long value() {
      return running ? base + now() : base;
    }

    @Override
    void set(long value) {
      base = running ? value - now() : value;
    }

    @Override
    void run(boolean on) {
      long value = value();
      running = on && configured();
      set(value);
    }

    @Override
    boolean running() {
      return running;
    }

    @Override
    void restore(boolean on, long value) {
      if (on && !counts(event())) {
        throw new IllegalArgumentException("no event that can be counted: " + event());
      }
      running = on;
      set(value);
    }

    private long now() {
      return events.of(event() & 0xffff);
    }
  }

  /** Takes up an index and counts nothing. */
  private static final class Absent extends PmuCounter {
    @Override
    boolean exists() {
      return false;
    }

    @Override
    boolean counts(int wanted) {
      return false;
    }

    @Override
    long info() {
      return 0;
    }

    @Override
    long value() {
      return 0;
    }

    @Override
    void set(long value) {}

    @Override
    void run(boolean on) {}
  }
}
