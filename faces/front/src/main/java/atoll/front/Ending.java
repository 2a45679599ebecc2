package atoll.front;

import atoll.console.OutputLoss;
import atoll.vmm.Outcome;
import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * How a run ended, for the user who started it.
 *
 * @param name one word, for programs
 * @param code what the process ends with
 * @param message one sentence for a person; empty where nothing needs to be said
 */
record Ending(String name, int code, String message) {
  static final Ending QUIT = new Ending("quit", ExitCode.SUCCESS, "");
  static final Ending SIGNAL = new Ending("signal", ExitCode.SIGNAL, "");
  static final Ending HANGUP =
      new Ending("hangup", ExitCode.HANGUP, "nobody reads the output any more; stopped");
  static final Ending TIMEOUT =
      new Ending("timeout", ExitCode.TIMEOUT, "the time of --timeout is over; stopped");

  /** All that {@code --expect} looks for has been printed. */
  static final Ending EXPECTED = new Ending("expected", ExitCode.SUCCESS, "");

  /** Output can no longer be shown. */
  static Ending of(OutputLoss loss) {
    return loss.readerGone()
        ? HANGUP
        : new Ending(
            "output-lost",
            ExitCode.TROUBLE,
            "standard output cannot be written: %s; stopped".formatted(loss.reason()));
  }

  /** All machines run at another host now. */
  static Ending moved(String to) {
    return new Ending("moved", ExitCode.MOVED, "it runs at %s now".formatted(to));
  }

  /** It goes on when its user wants it. */
  static Ending suspended(String image) {
    return new Ending(
        "suspended",
        ExitCode.SUCCESS,
        "suspended; 'atoll run %s' goes on here, and with --cold it boots".formatted(image));
  }

  /** What a machine's own end means. */
  static Ending of(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Poweroff(int code) -> poweroff(code);
      case Outcome.Reset() ->
          new Ending(
              "reset",
              ExitCode.RESET,
              "the guest asked for a reset (a reboot, or the end of a panic); --reboot would start it again");
      case Outcome.Panic() ->
          new Ending("panic", ExitCode.RESET, "the guest ended itself because of a failure");
      case Outcome.Watchdog() ->
          new Ending(
              "watchdog",
              ExitCode.WATCHDOG,
              "the guest did not restart its watchdog in time; stopped");
      case Outcome.Failed failed -> new Ending("failed", ExitCode.FAILED, describe(failed));
      case Outcome.Stopped() -> QUIT;
    };
  }

  private static Ending poweroff(int code) {
    if (code == 0) {
      return new Ending("poweroff", ExitCode.SUCCESS, "");
    }
    return new Ending(
        "poweroff",
        Math.min(code, ExitCode.LARGEST),
        "the guest switched itself off with failure code " + code);
  }

  private static String describe(Outcome.Failed failed) {
    StringBuilder text = new StringBuilder("the VM cannot go on: ").append(failed.reason());
    failed.cause().ifPresent(cause -> text.append('\n').append(trace(cause)));
    return text.toString();
  }

  /** A defect of the monitor, for its report. */
  private static String trace(Throwable cause) {
    StringWriter text = new StringWriter();
    cause.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
