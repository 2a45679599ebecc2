package atoll.console;

import atoll.host.HostException;
import atoll.host.HostProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.ControlFlag;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Attributes.OutputFlag;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ffm.FfmTerminalProvider;
import org.jline.terminal.spi.SystemStream;

/**
 * This process's terminal where it is not {@link LinuxTerminal Linux's}, by JLine's
 * foreign-function provider.
 *
 * <p>The provider is asked directly: JLine's builder probes the terminal with escape sequences and
 * looks up its capabilities, which takes a quarter of a second and which a console does not need.
 */
final class JlineTerminal implements RawTerminal {
  private final Terminal terminal;
  private final Attributes found;
  private Attributes raw;
  private boolean closed;

  JlineTerminal() throws IOException {
    terminal =
        new FfmTerminalProvider()
            .sysTerminal(
                "atoll",
                Terminal.TYPE_DUMB,
                false,
                StandardCharsets.UTF_8,
                StandardCharsets.UTF_8,
                StandardCharsets.UTF_8,
                false,
                Terminal.SignalHandler.SIG_DFL,
                false,
                SystemStream.Output);
    found = terminal.getAttributes();
  }

  /** As {@code cfmakeraw(3)}; JLine's own raw mode leaves signals and output processing on. */
  @Override
  public synchronized void raw() {
    raw = new Attributes(found);
    raw.setInputFlags(
        EnumSet.of(
            InputFlag.IGNBRK,
            InputFlag.BRKINT,
            InputFlag.PARMRK,
            InputFlag.ISTRIP,
            InputFlag.INLCR,
            InputFlag.IGNCR,
            InputFlag.ICRNL,
            InputFlag.IXON),
        false);
    raw.setOutputFlag(OutputFlag.OPOST, false);
    raw.setLocalFlags(
        EnumSet.of(
            LocalFlag.ECHO, LocalFlag.ECHONL, LocalFlag.ICANON, LocalFlag.ISIG, LocalFlag.IEXTEN),
        false);
    raw.setControlFlags(EnumSet.of(ControlFlag.PARENB), false);
    raw.setControlFlag(ControlFlag.CS8, true);
    raw.setControlChar(ControlChar.VMIN, 1);
    raw.setControlChar(ControlChar.VTIME, 0);
    terminal.setAttributes(raw);
    // A shell that continues a stopped job gives it the shell's own terminal mode.
    HostProcess.onSignal("CONT", this::again);
  }

  private synchronized void again() {
    if (!closed) {
      terminal.setAttributes(raw);
    }
  }

  @Override
  public synchronized Size size() {
    if (closed) {
      return new Size(0, 0);
    }
    org.jline.terminal.Size size = terminal.getSize();
    return new Size(size.getColumns(), size.getRows());
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
      terminal.close();
    } catch (IOException e) {
      System.err.println(
          "atoll: the terminal's mode cannot be restored (type: reset): "
              + HostException.reason(e));
    }
  }
}
