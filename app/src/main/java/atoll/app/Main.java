package atoll.app;

import atoll.front.CommandLineFront;
import atoll.host.Clock;

/** Where the process begins. */
public final class Main {
  private Main() {}

  /** Performs a command line and ends the process with its exit code. */
  public static void main(String[] arguments) {
    int code =
        new CommandLineFront(Clock.host(), System::getenv, System.out, System.err).run(arguments);
    System.exit(code);
  }
}
