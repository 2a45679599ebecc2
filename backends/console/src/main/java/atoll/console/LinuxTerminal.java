package atoll.console;

import atoll.host.HostTerminal;
import java.io.IOException;

/** This process's terminal on Linux: nothing is asked of it but its mode and its size. */
final class LinuxTerminal extends ProcessTerminal {
  private final HostTerminal terminal;

  LinuxTerminal() throws IOException {
    terminal = new HostTerminal(HostTerminal.OUTPUT);
  }

  @Override
  void setRaw() {
    terminal.raw();
  }

  @Override
  Size present() {
    int size = terminal.size();
    return new Size(size >>> 16, size & 0xffff);
  }

  @Override
  void restore() throws IOException {
    terminal.restore();
  }
}
