package atoll.front;

import picocli.CommandLine.Option;

/** Whether a guest may go on from a snapshot of an earlier boot of the same. */
final class WarmOption {
  @Option(
      names = "--cold",
      description =
          "boot, and do not go on from a snapshot of an earlier boot, as linux does at a terminal,"
              + " nor where an image's system was left; none is made, and leaving ends it")
  private boolean cold;

  /** Has it read from a line that is plain. */
  void offer(PlainLine line) {
    line.flag("--cold", () -> cold = true);
  }

  /** Whether the user has not said otherwise. */
  boolean allowed() {
    return !cold;
  }
}
