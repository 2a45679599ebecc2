package atoll.backend;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.ConsoleBackend;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class HeldInputTest {
  @Test
  void inputWaitsForTheGuestsFirstOutputAndComesWhole() throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LineConsole console =
        new LineConsole(
            List.of("hello"),
            new ByteArrayInputStream("ls\n".getBytes(StandardCharsets.US_ASCII)),
            out,
            Collections.singletonList(null),
            () -> {});
    Recorder device = new Recorder(100);
    ConsoleBackend held = console.guest("hello").held();
    AtomicBoolean spoken = new AtomicBoolean();
    AtomicBoolean early = new AtomicBoolean();
    held.attach((bytes, offset, length) -> {
      early.compareAndSet(false, !spoken.get());
      return device.input(bytes, offset, length);
    });
    spoken.set(true);
    held.output(new byte[] {'#'}, 0, 1);
    assertThat(device.await(3)).isEqualTo("ls\n");
    assertThat(early).isFalse();
    console.close();
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("#");
  }
}
