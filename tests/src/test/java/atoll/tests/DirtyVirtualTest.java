package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.memory.DirtyLog;
import atoll.memory.DirtyPages;
import atoll.testkit.PageTables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The dirty log has what the virtual modes, and {@code hsv}, write, and the bits of two stages. */
class DirtyVirtualTest extends Virtualized {
  private static final long NO_BITS = GUEST_ALL & ~(PageTables.A | PageTables.D);

  private DirtyLog log;

  @BeforeEach
  void prepare() {
    virtualizeWithPage(3, 3);
    log = m.memory().log();
    log.start();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aStoreOfAVirtualModeIsLoggedAndALoadIsNot(Way way) {
    for (int round = 0; round < 4; round++) {
      assertThat(access(READ, VA, S, way)).isEqualTo(Outcome.NOTHING);
      DirtyPages loaded = log.collect();
      assertThat(loaded.contains(FRAME)).isFalse();
      assertThat(access(WRITE, VA, S, way)).isEqualTo(Outcome.NOTHING);
      DirtyPages stored = log.collect();
      assertThat(stored.contains(FRAME)).isTrue();
      assertThat(stored.contains(FRAME + 4096)).isFalse();
      assertThat(stored.contains(firstTable())).isFalse();
      assertThat(stored.contains(secondTable())).isFalse();
    }
  }

  @Test
  void bitsThatAWalkSetsInTheSecondStageAreLogged() {
    second.map(GUEST_PAGE, FRAME, NO_BITS);
    fence();
    log.collect();
    assertThat(access(READ, VA, S)).isEqualTo(Outcome.NOTHING);
    DirtyPages loaded = log.collect();
    assertThat(loaded.contains(secondTable())).isTrue();
    assertThat(loaded.contains(FRAME)).isFalse();
    assertThat(access(WRITE, VA, S)).isEqualTo(Outcome.NOTHING);
    DirtyPages stored = log.collect();
    assertThat(stored.contains(secondTable())).isTrue();
    assertThat(stored.contains(FRAME)).isTrue();
  }

  @Test
  void bitsThatAWalkSetsInAGuestsTablesAreLogged() {
    first.map(VA, GUEST_PAGE, NO_BITS & ~PageTables.U);
    fence();
    log.collect();
    assertThat(access(READ, VA, S)).isEqualTo(Outcome.NOTHING);
    DirtyPages loaded = log.collect();
    assertThat(loaded.contains(firstTable())).isTrue();
    assertThat(loaded.contains(secondTable())).isFalse();
  }

  private long firstTable() {
    return first.entry(VA, 0) & -4096;
  }

  private long secondTable() {
    return second.entry(GUEST_PAGE, 0) & -4096;
  }
}
