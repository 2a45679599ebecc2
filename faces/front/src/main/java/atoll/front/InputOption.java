package atoll.front;

import atoll.console.InputEnd;
import picocli.CommandLine.Option;

/** The option that says what the end of standard input means. */
final class InputOption {
  @Option(
      names = "--stdin",
      paramLabel = "MODE",
      defaultValue = "end",
      converter = InputEndArgument.class,
      description =
          "where standard input is not a terminal: at its end, end the guest's terminal (end) or do nothing (keep) (default: ${DEFAULT-VALUE})")
  private InputEnd atEnd;

  /** What it means. */
  InputEnd atEnd() {
    return atEnd;
  }
}
