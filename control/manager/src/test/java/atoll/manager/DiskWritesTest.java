package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiskWritesTest {
  private static final long PAGE = 4096;
  private static final long TIB = 1L << 40;

  /** A range that was written to. */
  private record Range(long from, long end) {
    boolean has(long at) {
      return from <= at && at < end;
    }
  }

  private static List<Range> ranges(DiskWrites writes) {
    List<Range> ranges = new ArrayList<>();
    writes.forEach((from, end) -> ranges.add(new Range(from, end)));
    return ranges;
  }

  @Test
  void aWriteIsOfAllPiecesThatItTouches() {
    DiskWrites writes = new DiskWrites(PAGE);
    DiskWrites.note(writes, 4095, 2);
    DiskWrites.note(writes, 20_480, 0);
    DiskWrites.note(null, 0, 1);
    assertThat(ranges(writes)).containsExactly(new Range(0, 8192));
  }

  @Test
  void whatIsTakenIsNotedAnewWhenItIsWrittenAgain() {
    DiskWrites writes = new DiskWrites(PAGE);
    DiskWrites.note(writes, 0, 1);
    assertThat(ranges(writes.take())).containsExactly(new Range(0, PAGE));
    assertThat(ranges(writes)).isEmpty();
    DiskWrites.note(writes, PAGE, 1);
    assertThat(ranges(writes.take())).containsExactly(new Range(PAGE, 2 * PAGE));
  }

  @Test
  void writesBehindEightTebibytesAreNotedAndKeepThoseBefore() {
    DiskWrites writes = new DiskWrites(PAGE);
    long[] places = {0, 5 * PAGE, 8 * TIB - 1, 8 * TIB, 16 * TIB - 1};
    for (long at : places) {
      DiskWrites.note(writes, at, 1);
    }
    List<Range> ranges = ranges(writes);
    for (long at : places) {
      assertThat(ranges).anyMatch(range -> range.has(at));
    }
    assertThat(ranges).noneMatch(range -> range.has(4 * TIB));
    long most = 16 * TIB >> 22;
    assertThat(ranges).allMatch(range -> range.end() - range.from() <= 2 * most);
  }

  @Test
  void piecesAreFineAgainOnceTheLargeOnesAreTaken() {
    DiskWrites writes = new DiskWrites(PAGE);
    DiskWrites.note(writes, 16 * TIB - 1, 1);
    assertThat(ranges(writes.take())).hasSize(1);
    DiskWrites.note(writes, PAGE, 1);
    assertThat(ranges(writes)).containsExactly(new Range(PAGE, 2 * PAGE));
  }

  @Test
  void bytesAreThoseOfWholePieces() {
    DiskWrites writes = new DiskWrites(PAGE);
    DiskWrites.note(writes, 0, 1);
    DiskWrites.note(writes, 3 * PAGE - 1, 2);
    assertThat(writes.bytes()).isEqualTo(3 * PAGE);
  }
}
