package atoll.api;

import atoll.vmm.Outcome;

/** How lives have ended, as this library tells it. */
final class Endings {
  private Endings() {}

  static Ending of(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Poweroff(int code) -> new Ending.PoweredOff(code);
      case Outcome.Reset() -> new Ending.WasReset();
      case Outcome.Panic() -> new Ending.Panicked();
      case Outcome.Watchdog() -> new Ending.WatchdogFired();
      case Outcome.Stopped() -> new Ending.WasStopped();
      case Outcome.Failed failed ->
          new Ending.Failed(failed.reason(), failed.harts().stream().map(Registers::of).toList());
    };
  }
}
