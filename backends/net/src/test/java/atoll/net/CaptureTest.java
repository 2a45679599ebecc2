package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.NetFrame;
import atoll.host.Clock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureTest {
  private static final int LIMIT = 100_000;

  @TempDir private Path folder;

  @Test
  void aGuestDoesNotFillTheHostsDisk() throws Exception {
    Path file = folder.resolve("c.pcapng");
    List<String> notices = new ArrayList<>();
    NetFrame frame = new NetFrame().become(1500);
    try (Capture capture = new Capture(file, "port", Clock.host(), notices::add, LIMIT)) {
      for (int n = 0; n < 1000; n++) {
        capture.write(frame, n % 2 == 0);
      }
    }
    assertThat(Files.size(file)).isBetween(LIMIT - 4000L, (long) LIMIT);
    assertThat(notices)
        .containsExactly(
            "the capture in %s ends here, at its limit of 100,000 bytes".formatted(file));
  }
}
