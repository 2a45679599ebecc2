package atoll.console;

import atoll.host.HostException;
import atoll.host.HostProcess;
import java.io.IOException;

/**
 * This process's terminal. A shell that continues a stopped job gives it the shell's own terminal
 * mode, so raw mode is set again then. Thread-safe.
 */
abstract class ProcessTerminal implements RawTerminal {
  private boolean closed;

  @Override
  public final synchronized void raw() {
    setRaw();
    HostProcess.onSignal("CONT", this::again);
  }

  private synchronized void again() {
    if (!closed) {
      setRaw();
    }
  }

  @Override
  public final synchronized Size size() {
    return closed ? new Size(0, 0) : present();
  }

  @Override
  public final void onResize(Runnable changed) {
    HostProcess.onSignal("WINCH", changed);
  }

  @Override
  public final synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      restore();
    } catch (IOException e) {
      System.err.println(
          "atoll: the terminal's mode cannot be restored (type: reset): "
              + HostException.reason(e));
    }
  }

  /** Sets raw mode, whatever the mode is. */
  abstract void setRaw();

  /** The window's size. */
  abstract Size present();

  /** Sets the mode that was found at first, once. */
  abstract void restore() throws IOException;
}
