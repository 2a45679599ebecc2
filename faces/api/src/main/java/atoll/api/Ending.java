package atoll.api;

import java.util.List;
import java.util.Objects;

/** How a life of a VM has ended. */
public sealed interface Ending {
  /**
   * The guest switched itself off.
   *
   * @param code 0 for success, else what it told the board's test device
   */
  record PoweredOff(int code) implements Ending {}

  /** The guest asked for a reset, or {@link Vm#reset} did. */
  record WasReset() implements Ending {}

  /** The guest gave up: it asked for its end because of a system failure. */
  record Panicked() implements Ending {}

  /** The guest did not restart its watchdog in time. */
  record WatchdogFired() implements Ending {}

  /** {@link Vm#stop} was called, or the system was closed. */
  record WasStopped() implements Ending {}

  /**
   * The VM could not go on: a trap without a handler, or a fault of Atoll's.
   *
   * @param reason one sentence
   * @param registers of each hart at the end; empty if they are not known
   */
  record Failed(String reason, List<Registers> registers) implements Ending {
    /** Requires both. */
    public Failed {
      Objects.requireNonNull(reason, "reason");
      registers = List.copyOf(registers);
    }
  }

  /**
   * Whether the guest switched itself off and told no failure.
   *
   * @return true only of {@code PoweredOff(0)}
   */
  default boolean success() {
    return this instanceof PoweredOff(int code) && code == 0;
  }

  /**
   * Whether the guest or its VM has failed, so that there is a {@link Vm#report() report} of it.
   *
   * @return true unless it has switched itself off, or was reset or stopped
   */
  default boolean failed() {
    return this instanceof Failed || this instanceof Panicked || this instanceof WatchdogFired;
  }

  /**
   * In a few words, as in "it " + ...
   *
   * @return such as {@code switched itself off with code 3}
   */
  default String inWords() {
    return switch (this) {
      case PoweredOff(int code) ->
          code == 0 ? "switched itself off" : "switched itself off with code " + code;
      case WasReset() -> "reset itself";
      case Panicked() -> "panicked";
      case WatchdogFired() -> "did not restart its watchdog in time";
      case WasStopped() -> "was stopped";
      case Failed(String reason, List<Registers> registers) -> "failed: " + reason;
    };
  }
}
