package atoll.console;

import org.jline.terminal.impl.ffm.FfmTerminalProvider;
import org.jline.terminal.spi.SystemStream;

/** This process's standard error, as something to show a line on that changes. */
public final class StandardError {
  /** Where the terminal does not say. */
  private static final int USUAL_COLUMNS = 80;

  private StandardError() {}

  /**
   * How many characters a line has, which changes with the window; 0 if this is not a terminal, or
   * one that cannot change what it shows.
   *
   * @param kind the terminal's kind, as in {@code $TERM}; null if it is not known
   */
  public static int columns(String kind) {
    if (kind == null || kind.equals("dumb")) {
      return 0;
    }
    FfmTerminalProvider provider = new FfmTerminalProvider();
    if (!provider.isSystemStream(SystemStream.Error)) {
      return 0;
    }
    int columns = provider.systemStreamWidth(SystemStream.Error);
    return columns > 0 ? columns : USUAL_COLUMNS;
  }
}
