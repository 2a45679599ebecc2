package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.ConsoleBackend;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineConsoleTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private LineConsole console(byte[] in, Path log) {
    Optional<LogFile> copy = Optional.ofNullable(log).map(LogFile::unbounded);
    return new LineConsole(
        List.of(new HostConsole.Port("hello", copy, OutputWatch.NONE)),
        Ports.setup(0, InputEnd.KEEP),
        new ByteArrayInputStream(in),
        out);
  }

  @Test
  void bytesPassBothWaysWithoutEscapesOrDecoding() throws Exception {
    byte[] in = {'a', 1, 'x', (byte) 0xff, (byte) 0xc3, (byte) 0xa4, '\n'};
    LineConsole console = console(in, null);
    Recorder device = new Recorder(100);
    console.guest("hello").attach(device);
    assertThat(device.await(in.length).getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(in);
    console.guest("hello").output(in, 1, in.length - 1);
    console.close();
    assertThat(out.toByteArray())
        .isEqualTo(new byte[] {1, 'x', (byte) 0xff, (byte) 0xc3, (byte) 0xa4, '\n'});
  }

  @Test
  void theEndOfInputIsNotTheEndOfOutput() {
    LineConsole console = console(new byte[0], null);
    console.guest("hello").attach(new Recorder(1));
    console.guest("hello").output(new byte[] {'o', 'k'}, 0, 2);
    console.close();
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("ok");
  }

  @Test
  void itsReaderEndsWithIt() throws Exception {
    PipedOutputStream typed = new PipedOutputStream();
    LineConsole console =
        new LineConsole(
            Ports.named("hello"), Ports.setup(0, InputEnd.END), new PipedInputStream(typed), out);
    Recorder device = new Recorder(100);
    console.guest("hello").attach(device);
    typed.write('x');
    typed.flush();
    device.await(1);
    console.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("console-reader");
  }

  @Test
  void aSecondEndSharesTheOutput() {
    LineConsole console = console(new byte[0], null);
    ConsoleBackend log = console.guest("hello").outputOnly();
    log.attach(new Recorder(1));
    log.ready();
    log.output(new byte[] {'1'}, 0, 1);
    console.guest("hello").output(new byte[] {'2'}, 0, 1);
    console.close();
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("12");
  }

  @Test
  void theLogReplacesAnOlderOne(@TempDir Path folder) throws Exception {
    Path log = Files.writeString(folder.resolve("console.log"), "what was there before");
    LineConsole console = console(new byte[0], log);
    console.guest("hello").output(new byte[] {'n', 'e', 'w'}, 0, 3);
    console.close();
    assertThat(log).hasContent("new");
  }
}
