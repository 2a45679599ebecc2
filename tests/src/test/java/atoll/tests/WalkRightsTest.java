package atoll.tests;

import static atoll.tests.PmpEntries.R;
import static atoll.tests.PmpEntries.RIGHTS;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.testkit.PageTables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The walks of two-stage translation and physical memory protection: tables of either stage that
 * may not be read, or not be written for accessed and dirty bits, are access faults of the access
 * that the walk is for (priv 10.3.2, 18.5.1).
 */
class WalkRightsTest extends Virtualized {
  @BeforeEach
  void makeTheGuest() {
    virtualizeWithPage(3, 3);
  }

  private static Way[] ways(int kind) {
    return kind == EXECUTE ? new Way[] {Way.PROGRAM} : Way.values();
  }

  private void expect(boolean allowed, int kind, Way way, String what) {
    Outcome refused = new Outcome(accessFault(kind), VA, true, 0, 0);
    assertThat(access(kind, VA, S, way))
        .as("%s, %d %s", what, kind, way)
        .isEqualTo(allowed ? Outcome.NOTHING : refused);
  }

  @Test
  void leafTablesOfBothStagesMustBeReadable() {
    long[] leaves = {first.entry(VA, 0) & -4096L, second.entry(GUEST_PAGE, 0) & -4096L};
    for (long table : leaves) {
      for (int rights : RIGHTS) {
        PmpEntries.protect(m, 0, table, 4096, rights);
        for (int kind : KINDS) {
          for (Way way : ways(kind)) {
            expect((rights & R) != 0, kind, way, "table %x rights %d".formatted(table, rights));
          }
        }
      }
    }
  }

  @Test
  void accessedBitsNeedTheRightToWriteTheTableOfTheirStage() {
    bitsNeedTheRightToWrite(PageTables.A | PageTables.D, KINDS);
  }

  @Test
  void dirtyBitsNeedTheRightToWriteTheTableOfTheirStage() {
    bitsNeedTheRightToWrite(PageTables.D, new int[] {WRITE});
  }

  private void bitsNeedTheRightToWrite(long missing, int[] kinds) {
    for (boolean ofFirst : new boolean[] {true, false}) {
      PageTables stage = ofFirst ? first : second;
      long address = ofFirst ? VA : GUEST_PAGE;
      long target = ofFirst ? GUEST_PAGE : FRAME;
      long bits = (ofFirst ? ALL : GUEST_ALL) & ~missing;
      PmpEntries.protect(m, 0, stage.entry(address, 0) & -4096L, 4096, R);
      for (int kind : kinds) {
        for (Way way : ways(kind)) {
          stage.map(address, target, bits);
          fence();
          expect(false, kind, way, ofFirst ? "first" : "second");
          assertThat(stage.read(address, 0) & missing).isZero();
        }
      }
      stage.map(address, target, bits | missing);
    }
  }

  @Test
  void aGuestsTableThatItsHypervisorMapsMayStillBeProtected() {
    long table = first.entry(VA, 0) & -4096L;
    second.map(table - BIAS, table, GUEST_ALL & ~PageTables.D);
    first.map(VA, GUEST_PAGE, ALL & ~PageTables.A);
    PmpEntries.protect(m, 0, table, 4096, R);
    fence();
    expect(false, READ, Way.PROGRAM, "an accessed bit behind a page that becomes dirty");
  }
}
