package atoll.backend;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.ConsoleBackend;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class LineConsoleTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void bytesPassBothWaysWithoutEscapesOrDecoding() throws InterruptedException {
    byte[] in = {'a', 1, 'x', (byte) 0xff, (byte) 0xc3, (byte) 0xa4, '\n'};
    LineConsole console = new LineConsole(new ByteArrayInputStream(in), out, null, () -> {});
    Recorder device = new Recorder(100);
    console.attach(device);
    assertThat(device.await(in.length).getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(in);
    console.output(in, 1, in.length - 1);
    console.close();
    assertThat(out.toByteArray())
        .isEqualTo(new byte[] {1, 'x', (byte) 0xff, (byte) 0xc3, (byte) 0xa4, '\n'});
    assertThat(console.interactive()).isFalse();
  }

  @Test
  void theEndOfInputIsNotTheEndOfOutput() {
    LineConsole console =
        new LineConsole(new ByteArrayInputStream(new byte[0]), out, null, () -> {});
    console.attach(new Recorder(1));
    console.output(new byte[] {'o', 'k'}, 0, 2);
    console.close();
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("ok");
  }

  @Test
  void aSecondEndSharesTheOutput() {
    LineConsole console =
        new LineConsole(new ByteArrayInputStream(new byte[0]), out, null, () -> {});
    ConsoleBackend log = console.outputOnly();
    log.attach(new Recorder(1));
    log.ready();
    log.output(new byte[] {'1'}, 0, 1);
    console.output(new byte[] {'2'}, 0, 1);
    console.close();
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("12");
  }

  @Test
  void theLogReplacesAnOlderOne(@TempDir Path folder) throws Exception {
    Path log = Files.writeString(folder.resolve("console.log"), "what was there before");
    LineConsole console =
        new LineConsole(new ByteArrayInputStream(new byte[0]), out, ConsoleLog.open(log), () -> {});
    console.output(new byte[] {'n', 'e', 'w'}, 0, 3);
    console.close();
    assertThat(log).hasContent("new");
  }
}
