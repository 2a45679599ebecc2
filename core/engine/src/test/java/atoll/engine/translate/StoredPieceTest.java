package atoll.engine.translate;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.target.CodeArea;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A kept piece may say anything; what is taken of it lies within it. */
class StoredPieceTest {
  private static final int HEAD = 10;

  private static final int[] VALUES = {
    0, 1, 2, 3, 0xff, 0x7ff, 0xffff, 0x10000, 0x10001, 0x1010001, -1, Integer.MAX_VALUE, 64, 1 << 17
  };

  @Test
  void hostilePiecesAreRefusedOrAreWithinTheirBytes() {
    SplittableRandom random = new SplittableRandom(3);
    StoredPiece piece = new StoredPiece(HEAD);
    int taken = 0;
    for (int round = 0; round < 300_000; round++) {
      MemorySegment bytes = sound(random);
      for (int i = random.nextInt(3); i > 0; i--) {
        bytes.setAtIndex(
            ValueLayout.JAVA_INT, random.nextInt(12), VALUES[random.nextInt(VALUES.length)]);
      }
      MemorySegment cut = bytes.asSlice(0, bytes.byteSize() - 4L * random.nextInt(2));
      if (piece.parse(cut)) {
        taken++;
        check(piece, cut.byteSize());
      }
    }
    assertThat(taken).isGreaterThan(10_000);
  }

  private static void check(StoredPiece piece, long size) {
    assertThat(piece.codeStart() + (long) piece.codeSize()).isEqualTo(size);
    int source = piece.sourceStart();
    for (int i = 0; i < piece.ranges(); i++) {
      source += 2 * piece.rangeParcels(i);
    }
    assertThat(source).isLessThanOrEqualTo(piece.codeStart());
    for (int i = 0; i < piece.references(); i++) {
      assertThat(piece.referenceSite(i)).isBetween(0, piece.codeSize() - 4);
    }
    for (int i = 0; i < piece.entries(); i++) {
      assertThat(piece.entryOffset(i)).isBetween(0, piece.codeSize() - HEAD);
    }
    assertThat(piece.slots()).isBetween(0, CodeArea.MOST_SLOTS);
  }

  /** A region of one range, one entry and two references; or a block. */
  private static MemorySegment sound(SplittableRandom random) {
    boolean region = random.nextBoolean();
    int entries = region ? 1 : 0;
    int words = PieceForm.HEADER + 1 + entries + 2;
    int code = 40;
    MemorySegment bytes = Arena.ofAuto().allocate(4L * words + 8 + code, 8);
    int[] header = {
      64 | 66 << PieceForm.HALF,
      (region ? PieceForm.REGION : PieceForm.BLOCK) | 2 << PieceForm.HALF,
      code,
      1 | entries << 8 | 2 << PieceForm.HALF,
      0,
      0,
      0,
      64 | 4 << PieceForm.HALF
    };
    MemorySegment.copy(header, 0, bytes, ValueLayout.JAVA_INT, 0, header.length);
    int next = header.length;
    if (region) {
      bytes.setAtIndex(ValueLayout.JAVA_INT, next++, 64 | 8 << PieceForm.ENTRY_SHIFT);
    }
    bytes.setAtIndex(ValueLayout.JAVA_INT, next++, 6 << PieceForm.REFERENCE_SHIFT);
    bytes.setAtIndex(ValueLayout.JAVA_INT, next, 20 << PieceForm.REFERENCE_SHIFT);
    return bytes;
  }
}
