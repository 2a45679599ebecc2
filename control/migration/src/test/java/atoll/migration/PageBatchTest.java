package atoll.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PageBatchTest {
  private static final List<Region> REGIONS =
      List.of(new Region("memory", 1 << 20), new Region("disk", 5 * 4096 + 512));

  /** What was handed on: bytes, or none for a page of zeroes. */
  private static final class Pages implements PageBatch.Sink {
    private final Map<Integer, byte[]> pages = new TreeMap<>();

    @Override
    public void page(int region, int page, ByteBuffer data) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      pages.put(region * 1000 + page, bytes);
    }

    @Override
    public void zero(int region, int page) {
      pages.put(region * 1000 + page, new byte[0]);
    }
  }

  private static Map<Integer, byte[]> read(ByteBuffer batch) throws MigrationException {
    Pages pages = new Pages();
    new PageBatch.Reader().read(batch, REGIONS, pages);
    return pages.pages;
  }

  private static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void pagesComeAsTheyWereAndZeroesTakeNoRoom() throws MigrationException {
    PageBatch batch = new PageBatch(0);
    byte[] text = new byte[4096];
    Arrays.fill(text, (byte) 'a');
    batch.place().put(text);
    assertThat(batch.add(7, false)).isTrue();
    batch.place().put(new byte[4096]);
    assertThat(batch.add(8, false)).isFalse();
    batch.place().put(new byte[4096]);
    assertThat(batch.add(9, true)).isFalse();

    ByteBuffer taken = batch.take();
    assertThat(taken.remaining()).isLessThan(100);
    assertThat(batch.empty()).isTrue();
    Map<Integer, byte[]> pages = read(taken);
    assertThat(pages).containsOnlyKeys(7, 8);
    assertThat(pages.get(7)).isEqualTo(text);
    assertThat(pages.get(8)).isEmpty();
  }

  @Test
  void whatDoesNotGetShorterGoesAsItIsAndIsNotTriedEachTime() throws MigrationException {
    PageBatch batch = new PageBatch(0);
    for (int round = 0; round < 20; round++) {
      List<byte[]> sent = new ArrayList<>();
      for (int page = 0; !batch.full(); page++) {
        byte[] bytes = random(round * 1000L + page, 4096);
        sent.add(bytes);
        batch.place().put(bytes);
        batch.add(page, false);
      }
      Map<Integer, byte[]> pages = read(batch.take());
      assertThat(pages).hasSize(PageBatch.FULL);
      pages.forEach((page, bytes) -> assertThat(bytes).isEqualTo(sent.get(page)));
    }
  }

  @Test
  void theLastPageOfADiskMayBeShort() throws MigrationException {
    PageBatch batch = new PageBatch(1);
    byte[] bytes = random(5, 512);
    batch.place().put(bytes).put(new byte[4096 - 512]);
    batch.add(5, false);
    assertThat(read(batch.take()).get(1005)).isEqualTo(bytes);
  }

  @Test
  void aPageOutsideOfItsRegionIsRefused() {
    PageBatch batch = new PageBatch(1);
    batch.place().put(random(5, 4096));
    batch.add(6, false);
    assertThatThrownBy(() -> read(batch.take()))
        .isInstanceOf(MigrationException.class)
        .hasMessageContaining("protocol");
    PageBatch unknown = new PageBatch(2);
    unknown.place().put(random(5, 4096));
    unknown.add(0, false);
    assertThatThrownBy(() -> read(unknown.take())).isInstanceOf(MigrationException.class);
  }

  @Test
  void damagedBatchesAreRefusedOrReadAndNothingElse() {
    Random random = new Random(14);
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      PageBatch batch = new PageBatch(round % 2);
      for (int page = 0; page < 5; page++) {
        byte[] bytes = new byte[4096];
        bytes[page] = (byte) round;
        batch.place().put(bytes);
        batch.add(page, false);
      }
      ByteBuffer taken = batch.take();
      int length = random.nextInt(4) == 0 ? random.nextInt(taken.limit()) : taken.limit();
      byte[] damaged = new byte[length];
      taken.get(damaged);
      for (int i = random.nextInt(4); i > 0 && length > 0; i--) {
        damaged[random.nextInt(Math.min(length, 64))] = (byte) random.nextInt();
      }
      try {
        read(ByteBuffer.wrap(damaged))
            .forEach((page, bytes) -> assertThat(page % 1000).isBetween(0, 255));
      } catch (MigrationException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }
}
