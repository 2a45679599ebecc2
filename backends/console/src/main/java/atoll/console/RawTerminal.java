package atoll.console;

import atoll.host.HostTerminal;
import java.io.IOException;

/** The control side of a terminal: its mode and its size, not its bytes. */
interface RawTerminal extends AutoCloseable {
  /** A window's size in characters; 0 × 0 where it is not known. */
  record Size(int columns, int rows) {
    /** Whether it is that; what the JVM makes for {@code equals} would be made at each start. */
    boolean is(Size other) {
      return columns == other.columns && rows == other.rows;
    }
  }

  /** This process's. */
  static RawTerminal ofProcess() throws IOException {
    return HostTerminal.available() ? new LinuxTerminal() : new JlineTerminal();
  }

  /** Switches to raw mode: every byte passes as it is, no echo, no signals from keys. */
  void raw() throws IOException;

  Size size();

  /** Registers what to run, on a thread of its own, when the window's size may have changed. */
  void onResize(Runnable changed);

  /** Brings back the mode that the terminal was found in; may be called twice. */
  @Override
  void close();
}
