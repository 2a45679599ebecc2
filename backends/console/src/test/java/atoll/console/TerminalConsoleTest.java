package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TerminalConsoleTest {
  private final ScriptedTerminal terminal = new ScriptedTerminal();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PipedOutputStream keys = new PipedOutputStream();
  private final CountDownLatch quit = new CountDownLatch(1);
  private final CountDownLatch hungUp = new CountDownLatch(1);

  private TerminalConsole console() throws IOException {
    return new TerminalConsole(
        Ports.named("hello"),
        Ports.setup(hungUp::countDown, new EscapeCommand('x', "quits", quit::countDown)),
        () -> terminal,
        new PipedInputStream(keys),
        out);
  }

  @Test
  void theFirstLineSaysHowToLeave() throws IOException {
    TerminalConsole console = console();
    assertThat(shown()).isEmpty();
    console.guest("hello").attach(new Recorder(0));
    console.guest("hello").output(new byte[] {'1'}, 0, 1);
    console.close();
    assertThat(shown()).startsWith("atoll: Ctrl-a x quits, Ctrl-a h helps");
  }

  @Test
  void keysReachTheGuestRawExceptCommands() throws Exception {
    try (TerminalConsole console = console()) {
      Recorder device = new Recorder(100);
      console.guest("hello").attach(device);
      type("\003\032\033[A\001a\001x");
      assertThat(device.await(6)).isEqualTo("\003\032\033[A\001");
      quit.await();
      terminal.awaitRaw();
    }
  }

  @Test
  void theEscapeWorksWhileTheGuestDoesNotListen() throws Exception {
    try (TerminalConsole console = console()) {
      console.guest("hello").attach(new Recorder(0));
      type("ignored\001x");
      quit.await();
    }
  }

  @Test
  void theGuestLearnsTheSizeAndItsChanges() throws Exception {
    try (TerminalConsole console = console()) {
      Recorder device = new Recorder(0);
      console.guest("hello").attach(device);
      assertThat(device.size()).isEqualTo("100x30");
      terminal.resize(132, 50);
      assertThat(device.size()).isEqualTo("132x50");
    }
  }

  @Test
  void theModeIsRestoredOnce() throws Exception {
    TerminalConsole console = console();
    console.guest("hello").attach(new Recorder(0));
    terminal.awaitRaw();
    console.guest("hello").output("\033[?1049h".getBytes(StandardCharsets.US_ASCII), 0, 8);
    console.close();
    console.close();
    assertThat(terminal.closed()).isEqualTo(1);
    assertThat(shown()).contains("\033[0m\033[?1049l");
  }

  @Test
  void itsReaderEndsWithIt() throws Exception {
    TerminalConsole console = console();
    console.guest("hello").attach(new Recorder(0));
    terminal.awaitRaw();
    console.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("console-reader");
    assertThat(hungUp.getCount()).isOne();
  }

  @Test
  void theEndOfATerminalIsAHangup() throws Exception {
    try (TerminalConsole console = console()) {
      console.guest("hello").attach(new Recorder(0));
      keys.close();
      hungUp.await();
    }
  }

  @Test
  void aTerminalThatCannotBeOpenedEndsTheRun() throws Exception {
    TerminalConsole console =
        new TerminalConsole(
            Ports.named("hello"),
            Ports.setup(hungUp::countDown),
            () -> {
              throw new IOException("no tty");
            },
            new PipedInputStream(keys),
            out);
    console.guest("hello").attach(new Recorder(0));
    hungUp.await();
    console.close();
    assertThat(shown()).contains("the terminal cannot be used (no tty)");
  }

  private void type(String text) throws IOException {
    keys.write(text.getBytes(StandardCharsets.ISO_8859_1));
    keys.flush();
  }

  private String shown() {
    return out.toString(StandardCharsets.US_ASCII);
  }
}
