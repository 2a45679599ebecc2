package atoll.console;

import atoll.host.HostException;
import atoll.host.HostProcess;
import atoll.host.HostTerminal;
import java.io.IOException;

/** This process's terminal on Linux: nothing is asked of it but its mode and its size. */
final class LinuxTerminal implements RawTerminal {
  private final HostTerminal terminal;
  private boolean closed;

  LinuxTerminal() throws IOException {
    terminal = new HostTerminal(HostTerminal.OUTPUT);
  }

  @Override
  public synchronized void raw() {
    terminal.raw();
    // A shell that continues a stopped job gives it the shell's own terminal mode.
    HostProcess.onSignal("CONT", this::again);
  }

  private synchronized void again() {
    if (!closed) {
      terminal.raw();
    }
  }

  @Override
  public synchronized Size size() {
    int size = closed ? 0 : terminal.size();
    return new Size(size >>> 16, size & 0xffff);
  }

  @Override
  public void onResize(Runnable changed) {
    HostProcess.onSignal("WINCH", changed);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      terminal.restore();
    } catch (IOException e) {
      System.err.println(
          "atoll: the terminal's mode cannot be restored (type: reset): "
              + HostException.reason(e));
    }
  }
}
