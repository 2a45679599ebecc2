package atoll.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirtyLogTest {
  private static final long RAM = 0x8000_0000L;
  private static final long WINDOW = 0x0600_0000L;
  private static final long PAGE = GuestMemory.PAGE_SIZE;
  private static final int PAGES = 10_000;

  private final HostMemory ram = HostMemory.allocate(PAGES * PAGE);
  private final HostMemory shared = HostMemory.allocate(2 * PAGE);
  private final GuestMemory memory = new GuestMemory(RAM, ram);
  private final DirtyLog log = memory.log();

  DirtyLogTest() {
    memory.addWindow(WINDOW, shared, true);
  }

  @AfterEach
  void close() {
    ram.close();
    shared.close();
  }

  private List<Long> collect() {
    List<Long> pages = new ArrayList<>();
    log.collect().forEach(pages::add);
    return pages;
  }

  @Test
  void everyPageThatIsWrittenToIsInItOnce() {
    memory.putInt(RAM, 1);
    log.start();
    assertThat(collect()).isEmpty();
    for (int page = 0; page < PAGES; page += 997) {
      memory.putByte(RAM + page * PAGE + 5, (byte) 1);
      memory.putByte(RAM + page * PAGE + 9, (byte) 1);
    }
    DirtyPages dirty = log.collect();
    assertThat(dirty.count()).isEqualTo(11);
    for (int page = 0; page < PAGES; page++) {
      assertThat(dirty.contains(RAM + page * PAGE + 4095)).isEqualTo(page % 997 == 0);
    }
    assertThat(dirty.contains(RAM - 1)).isFalse();
    assertThat(dirty.contains(0)).isFalse();
    assertThat(collect()).isEmpty();
  }

  @Test
  void theLastCollectionEndsIt() {
    log.start();
    memory.putByte(RAM + 3 * PAGE, (byte) 1);
    assertThat(log.finish().count()).isEqualTo(1);
    assertThatThrownBy(log::collect).isInstanceOf(IllegalStateException.class);
    memory.putByte(RAM + 4 * PAGE, (byte) 1);
    log.start();
    assertThat(collect()).isEmpty();
    log.stop();
    log.stop();
  }

  @Test
  void aWriteAcrossPagesDirtiesAllOfThem() {
    log.start();
    memory.write(RAM + PAGE - 1, new byte[(int) PAGE + 2]);
    assertThat(collect()).containsExactly(RAM, RAM + PAGE, RAM + 2 * PAGE);
  }

  @Test
  void windowsAreInIt() {
    log.start();
    memory.putInt(WINDOW + PAGE, 1);
    memory.written(WINDOW, 8);
    memory.written(RAM, 0);
    DirtyPages dirty = log.collect();
    assertThat(dirty.contains(WINDOW)).isTrue();
    assertThat(dirty.contains(WINDOW + PAGE)).isTrue();
    assertThat(dirty.count()).isEqualTo(2);
    assertThat(dirty.ramCount()).isZero();
  }

  @Test
  void aHartsStoreTakesTheSlowWayOnceAndThenIsFastUntilTheLogIsRead() {
    PageGuards guards = memory.guards();
    log.start();
    assertThat(guards.allowsCachedWrite(RAM, 0)).isFalse();
    assertThat(guards.stored(RAM, 8, 0)).isTrue();
    assertThat(guards.allowsCachedWrite(RAM, 1)).isTrue();
    assertThat(collect()).containsExactly(RAM);
    assertThat(guards.allowsCachedWrite(RAM, 0)).isFalse();
    guards.storedByWalk(RAM + 8, 8, 1);
    assertThat(collect()).containsExactly(RAM);
    log.stop();
    assertThat(guards.allowsCachedWrite(RAM, 0)).isTrue();
  }

  @Test
  void anotherReasonStaysWhenAPageIsWritten() {
    memory.guards().guard(0, PageGuards.CODE);
    log.start();
    assertThat(memory.guards().stored(RAM, 8, 0)).isFalse();
    assertThat(memory.guards().reasons(0)).isEqualTo(PageGuards.CODE);
    log.stop();
    assertThat(memory.guards().reasons(0)).isEqualTo(PageGuards.CODE);
  }

  @Test
  void itHasOneOwnerAndForgetsWhenItEnds() {
    assertThatThrownBy(log::collect).hasMessageContaining("off");
    log.start();
    assertThatThrownBy(log::start).hasMessageContaining("in use");
    memory.putInt(RAM, 1);
    log.stop();
    log.start();
    assertThat(collect()).isEmpty();
  }

  @Test
  void whatIsMappedMeanwhileIsNewAndWhatIsUnmappedIsGone() {
    log.start();
    memory.putInt(WINDOW, 1);
    memory.putInt(RAM, 1);
    memory.remove(WINDOW);
    assertThat(collect()).containsExactly(RAM);
    memory.addWindow(WINDOW + PAGE, shared, true);
    assertThat(collect()).containsExactly(WINDOW + PAGE, WINDOW + 2 * PAGE);
    memory.putInt(WINDOW + PAGE, 1);
    assertThat(collect()).containsExactly(WINDOW + PAGE);
  }
}
