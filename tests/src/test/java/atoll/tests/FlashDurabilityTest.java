package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.image.VariableFiles;
import atoll.vmm.FirmwareFlash;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What firmware has written to its variables is in their file, whatever happens to the process. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#shipped")
class FlashDurabilityTest {
  private static final int BLOCK = 256 << 10;
  private static final int ERASED = -1;

  /** More by {@code -Datoll.test.kills=N}. */
  private static final int KILLS = Integer.getInteger("atoll.test.kills", 1);

  private static final int LATEST = 200;

  @Parameter Engine engine;
  @TempDir Path folder;

  @Test
  void whatTheChipHasCalledReadySurvivesAKilledProcess() throws Exception {
    Random random = new Random(KILLS);
    for (int kill = 0; kill < KILLS; kill++) {
      Path file = folder.resolve("vars-%d.fd".formatted(kill));
      VariableFiles.make(file, Optional.empty(), FirmwareFlash.BANK);
      int ready = kill(file, 1 + random.nextInt(LATEST));
      requireWritten(file, ready);
    }
  }

  private int kill(Path file, int last) throws IOException, InterruptedException {
    AtomicInteger ready = new AtomicInteger();
    List<String> said =
        KilledProcess.run(
            FlashVictim.class,
            List.of(engine.name(), file.toString()),
            line -> line.startsWith("w") && ready.incrementAndGet() == last);
    assertThat(said.getFirst()).startsWith("e");
    return last;
  }

  /** All that were ready are there, and of those behind them none without the one before it. */
  private static void requireWritten(Path file, int ready) throws IOException {
    IntBuffer words = words(file);
    int written = 0;
    while (written < words.limit() && words.get(written) == written) {
      written++;
    }
    assertThat(written).isGreaterThanOrEqualTo(ready);
    for (int n = written; n < words.limit(); n++) {
      assertThat(words.get(n)).as("word %d of %d", n, written).isEqualTo(ERASED);
    }
    assertThat(Files.size(file)).isEqualTo(FirmwareFlash.BANK);
  }

  private static IntBuffer words(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ByteBuffer.wrap(in.readNBytes(BLOCK)).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    }
  }
}
