package atoll.report;

import atoll.vmm.Outcome;

/** How a life ended, for a person. */
public final class OutcomeText {
  private OutcomeText() {}

  /** In words that follow the VM's name. */
  public static String of(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Poweroff(int code) ->
          "switched itself off" + (code == 0 ? "" : " with failure code " + code);
      case Outcome.Reset() -> "asked for a reset (a reboot, or the end of a panic)";
      case Outcome.Panic() -> "ended itself because of a failure";
      case Outcome.Watchdog() -> "did not restart its watchdog in time";
      case Outcome.Failed failed -> "cannot go on: " + failed.reason();
      case Outcome.Stopped() -> "was stopped";
    };
  }
}
