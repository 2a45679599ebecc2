package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.spi.NetFrame;
import atoll.host.Clock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others read in a capture. */
class CaptureToolsTest {
  @TempDir private Path folder;

  @Test
  void wiresharksToolReadsIt() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/capinfos")), "capinfos is not installed");
    Path file = folder.resolve("c.pcapng");
    try (Capture capture = new Capture(file, "port", Clock.host(), text -> {}, 1 << 20)) {
      for (int n = 0; n < 10; n++) {
        capture.write(new NetFrame().become(60 + n), n % 2 == 0);
      }
    }
    assertThat(capinfos(file))
        .contains("File type:           pcapng")
        .contains("File encapsulation:  ether")
        .contains("Number of packets:   10")
        .contains("Data size:           645 bytes");
  }

  private static String capinfos(Path file) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("capinfos", "-M", file.toString()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
