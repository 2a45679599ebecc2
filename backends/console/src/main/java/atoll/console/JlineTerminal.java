package atoll.console;

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
final class JlineTerminal extends ProcessTerminal {
  private final Terminal terminal;
  private final Attributes found;

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
  void setRaw() {
    Attributes raw = new Attributes(found);
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
  }

  @Override
  Size present() {
    org.jline.terminal.Size size = terminal.getSize();
    return new Size(size.getColumns(), size.getRows());
  }

  @Override
  void restore() throws IOException {
    terminal.close();
  }
}
