package atoll.share;

import static atoll.share.NinePClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Somebody changes the folder all the time, so that names lead outside for moments, while a guest
 * uses them: what is outside is neither read nor changed.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShareEscapeTest {
  private static final int ROUNDS = 20_000;
  private static final int READ_WRITE = 2;
  private static final int TRUNCATE = 01000;
  private static final String SECRET = "what nobody may see";

  @TempDir Path temporary;
  private Path folder;
  private Path outside;
  private SharedFolder share;
  private NinePClient client;
  private final AtomicBoolean over = new AtomicBoolean();

  @BeforeEach
  void share() throws IOException {
    folder = Files.createDirectory(temporary.resolve("share"));
    outside = Files.createDirectories(temporary.resolve("outside/deep"));
    Files.writeString(outside.resolve("file"), SECRET);
    Files.writeString(temporary.resolve("outside/file"), SECRET);
    Files.createDirectories(folder.resolve("real/deep"));
    Files.writeString(folder.resolve("real/file"), "inside");
    Files.writeString(folder.resolve("real/deep/file"), "inside");
    share = SharedFolder.open(folder, "work", false, text -> {});
    client = new NinePClient(share).start();
  }

  @AfterEach
  void close() {
    share.close();
  }

  /** By turns, {@code swap} is a folder and a link that leads outside. */
  private void swap(Random random) {
    Path swap = folder.resolve("swap");
    Path link = folder.resolve("link");
    Path real = folder.resolve("real");
    String[] targets = {"../outside", outside.getParent().toString(), "../share/../outside", "/"};
    try {
      while (!over.get()) {
        Files.move(real, swap);
        Files.move(swap, real);
        Files.createSymbolicLink(link, Path.of(targets[random.nextInt(targets.length)]));
        Files.move(link, swap);
        Files.delete(swap);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e); // The guest cannot disturb this: it gets no such names.
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void aNameThatBecomesALinkLeadsNowhere(long seed) throws Exception {
    Random random = new Random(seed);
    Thread swapping = Thread.ofPlatform().start(() -> swap(new Random(seed)));
    int inside = 0;
    try {
      for (int round = 0; round < ROUNDS && swapping.isAlive(); round++) {
        inside += attempt(random) ? 1 : 0;
        if (round % 100 == 0) {
          client.start();
        }
      }
    } finally {
      over.set(true);
      swapping.join();
    }
    assertThat(inside).isPositive();
    assertThat(temporary.resolve("outside/file")).hasContent(SECRET);
    assertThat(outside.resolve("file")).hasContent(SECRET);
    try (var left = Files.walk(temporary.resolve("outside"))) {
      assertThat(left.count()).isEqualTo(4);
    }
  }

  /** Whether a file of the share was reached. */
  private boolean attempt(Random random) {
    String[][] ways = {
      {"swap", "file"},
      {"swap", "deep", "file"},
      {"swap", "deep", "..", "file"},
      {"swap", "..", "outside", "file"},
      {"real", "deep", "..", "..", "swap", "file"},
      {"swap", "outside", "file"}
    };
    String[] way = ways[random.nextInt(ways.length)];
    int fid = client.newFid();
    NinePClient.Answer walked = client.tryWalk(0, fid, way);
    if (walked.error() != 0 || walked.body().getShort() != way.length) {
      return false;
    }
    if (client.call(12, b -> b.putInt(fid).putInt(0)).error() == 0) {
      assertThat(client.read(fid, 0, 100)).isEqualTo("inside");
    }
    return true;
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 4})
  void nothingIsMadeChangedOrRemovedThroughSuchAName(long seed) throws Exception {
    Random random = new Random(seed);
    Thread swapping = Thread.ofPlatform().start(() -> swap(new Random(seed)));
    try {
      for (int round = 0; round < ROUNDS && swapping.isAlive(); round++) {
        change(random);
        if (round % 100 == 0) {
          client.start();
        }
      }
    } finally {
      over.set(true);
      swapping.join();
    }
    assertThat(temporary.resolve("outside/file")).hasContent(SECRET);
    try (var left = Files.walk(temporary.resolve("outside"))) {
      assertThat(left.count()).isEqualTo(4);
    }
  }

  private void change(Random random) {
    int fid = client.newFid();
    NinePClient.Answer walked = client.tryWalk(0, fid, "swap");
    if (walked.error() != 0) {
      return;
    }
    switch (random.nextInt(7)) {
      case 0 ->
          client.call(
              14,
              b ->
                  text(b.putInt(fid), "file").putInt(READ_WRITE | TRUNCATE).putInt(0600).putInt(0));
      case 1 -> client.call(72, b -> text(b.putInt(fid), "made").putInt(0700).putInt(0));
      case 2 -> client.call(76, b -> text(b.putInt(fid), "file").putInt(0));
      case 3 -> client.call(26, client.setting(fid, 1, 0700, 0, 0));
      case 4 -> client.call(76, b -> text(b.putInt(fid), "made").putInt(0x200));
      case 5 -> client.call(12, b -> b.putInt(fid).putInt(READ_WRITE | TRUNCATE));
      default -> client.call(16, b -> text(text(b.putInt(fid), "sym"), "x").putInt(0));
    }
  }
}
