package atoll.front;

import atoll.console.InputEnd;
import picocli.CommandLine.Option;

/** The option that says what the end of standard input means. */
final class InputOption {
  private static final String USUAL = "end";

  @Option(
      names = "--stdin",
      paramLabel = "MODE",
      defaultValue = USUAL,
      converter = InputEndArgument.class,
      description =
          "where standard input is not a terminal: at its end, end the guest's terminal (end) or do nothing (keep) (default: ${DEFAULT-VALUE})")
  private InputEnd atEnd;

  /** Has it read from a line that is plain. */
  void offer(PlainLine line) {
    line.value("--stdin", USUAL, new InputEndArgument(), value -> atEnd = value);
  }

  /** What it means. */
  InputEnd atEnd() {
    return atEnd;
  }
}
