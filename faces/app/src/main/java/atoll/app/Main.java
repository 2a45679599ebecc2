package atoll.app;

import atoll.front.CommandLineFront;
import atoll.front.LastResort;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostChannels;
import atoll.host.HostProcess;
import atoll.host.PlatformClock;
import java.io.OutputStream;
import java.io.PrintStream;

/** Where the process begins. */
public final class Main {
  /** Where the JVM's complaint goes that it has no memory left to log its own exit. */
  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

  private Main() {}

  /** Performs a command line and ends the process with its exit code. */
  public static void main(String[] arguments) {
    LifeSign sign = new LifeSign(System.getenv("ATOLL_LIFE"));
    sign.begun();
    LastResort resort = new LastResort(System.err, code -> endAnyway(sign, code));
    Thread.setDefaultUncaughtExceptionHandler(resort);
    HostChannels.useOwn();
    end(sign, perform(arguments, resort));
  }

  private static int perform(String[] arguments, LastResort resort) {
    try {
      PlatformClock clock = new PlatformClock(Clock.host());
      Effects effects = Effects.host();
      effects
          .tasks()
          .start("job-control", () -> HostProcess.holdWhileStopped(clock)); // takes 20 ms
      return new CommandLineFront(clock, effects, System::getenv, System.out, System.err)
          .run(arguments);
    } catch (RuntimeException | Error e) {
      int code = resort.tell(e);
      System.setErr(NOWHERE);
      return code;
    }
  }

  /** For an error of any thread, also of one that the end of the process waits for. */
  private static void endAnyway(LifeSign sign, int code) {
    System.setErr(NOWHERE);
    if (ending()) {
      Runtime.getRuntime().halt(code); // an exit would wait for this thread, and that for the exit
    }
    end(sign, code);
  }

  /** Whether a signal is ending the process already, when no hook can be removed any more. */
  private static boolean ending() {
    try {
      return Runtime.getRuntime().removeShutdownHook(Thread.currentThread());
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /** Where a signal is ending the process, its code stands, and to ask for an exit takes 20 ms. */
  private static void end(LifeSign sign, int code) {
    sign.ended(code);
    if (!ending()) {
      System.exit(code);
    }
  }
}
