package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.ConsoleBackend;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class HeldInputTest {
  @Test
  void inputWaitsForTheGuestsFirstOutputAndComesWhole() throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LineConsole console =
        new LineConsole(
            Ports.named("hello"),
            Ports.setup(() -> {}),
            new ByteArrayInputStream("ls\n".getBytes(StandardCharsets.US_ASCII)),
            out);
    Recorder device = new Recorder(100);
    ConsoleBackend held = new HeldInput(console.guest("hello"));
    AtomicBoolean spoken = new AtomicBoolean();
    AtomicBoolean early = new AtomicBoolean();
    held.attach((bytes, offset, length) -> {
      early.compareAndSet(false, !spoken.get());
      return device.input(bytes, offset, length);
    });
    spoken.set(true);
    held.output(new byte[] {'#'}, 0, 1);
    assertThat(device.await(4)).isEqualTo("ls\n\004");
    assertThat(early).isFalse();
    console.close();
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("#");
  }
}
