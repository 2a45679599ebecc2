package atoll.vmm;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** How a life of a virtual machine ended. */
public sealed interface Outcome {
  /**
   * The guest switched itself off.
   *
   * @param code 0 for success, else what it told the test finisher, up to 65535
   */
  record Poweroff(int code) implements Outcome {}

  /** The guest, or its owner, asked for a reset. */
  record Reset() implements Outcome {}

  /**
   * The guest gave up: it asked for a shutdown or a reset because of a system failure (SBI §10.1).
   */
  record Panic() implements Outcome {}

  /** The guest did not restart its watchdog in time. */
  record Watchdog() implements Outcome {}

  /**
   * The machine cannot go on: a trap without a handler, or a fault of the monitor.
   *
   * @param reason one sentence
   * @param harts the registers of each hart at the end
   * @param cause what the monitor threw, if that was it
   */
  record Failed(String reason, List<HartReport> harts, Optional<Throwable> cause)
      implements Outcome {
    public Failed {
      harts = List.copyOf(harts);
      Objects.requireNonNull(cause, "cause");
    }

    /** Nothing was thrown, and the registers are not known yet. */
    Failed(String reason) {
      this(reason, List.of(), Optional.empty());
    }
  }

  /** {@link VirtualMachine#stop} was called. */
  record Stopped() implements Outcome {}

  /**
   * A hart's registers.
   *
   * @param hart its number
   * @param registers by ABI name in the usual order, {@code pc} first
   */
  record HartReport(int hart, Map<String, Long> registers) {
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("hart " + hart);
      int column = 0;
      for (Map.Entry<String, Long> register : registers.entrySet()) {
        text.append(column++ % 4 == 0 ? "\n" : " ");
        text.append("%5s %016x".formatted(register.getKey(), register.getValue()));
      }
      return text.toString();
    }
  }
}
