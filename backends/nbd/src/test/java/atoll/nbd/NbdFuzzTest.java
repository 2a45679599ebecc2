package atoll.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Neither end believes the other: damage costs a request or a connection, and nothing else. */
@Timeout(600)
class NbdFuzzTest {
  private static final int ROUNDS = 150;

  /** Only how long a round takes depends on it. */
  private static final Duration PATIENCE = Duration.ofMillis(30);

  @TempDir private Path folder;

  @Test
  void aClientSurvivesAServerThatSaysAnything() throws IOException {
    assertThat(rounds(true)).isPositive();
  }

  @Test
  void aServerSurvivesAClientThatSaysAnything() throws IOException {
    assertThat(rounds(false)).isPositive();
  }

  /** Returns how many rounds the damage was noticed in. */
  private int rounds(boolean damagesServer) throws IOException {
    int noticed = 0;
    try (ServedExport served = ServedExport.at(folder.resolve("s"), new MemoryExport())) {
      for (int seed = 0; seed < ROUNDS; seed++) {
        Path socket = folder.resolve("p" + seed);
        int least = seed % 3 == 0 ? 0 : 300;
        try (DamagingProxy proxy =
            new DamagingProxy(socket, folder.resolve("s"), damagesServer, seed, least)) {
          assertThat(proxy).isNotNull();
          noticed += use(socket) ? 0 : 1;
        }
      }
      try (NbdClient client = new NbdClient(served.address(), Clock.host(), text -> {})) {
        client.read(0, MemorySegment.ofArray(new byte[512]));
      }
    } // No session of the server is left, or this would not end.
    return noticed;
  }

  private static boolean use(Path socket) {
    NbdAddress address =
        new NbdAddress(
            new NbdAddress.Unix(socket), "disk", Optional.empty(), Duration.ZERO, PATIENCE);
    try (NbdClient client = new NbdClient(address, Clock.host(), text -> {})) {
      MemorySegment some = MemorySegment.ofArray(new byte[3000]);
      if (client.size() < 1 << 20) {
        return false;
      }
      for (int n = 0; n < 4; n++) {
        client.read(n * 1000L, some);
        client.write(100_000, some);
        long known = client.status(0, 100_000).length();
        assertThat(known).isBetween(1L, 100_000L);
        client.flush();
        client.trim(4096, 4096);
        client.read(0, MemorySegment.ofArray(new byte[200_000]));
      }
      return true;
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
      return false;
    }
  }
}
