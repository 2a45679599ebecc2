package atoll.engine.translate;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.Predecoder;
import atoll.engine.decode.SpinLoop;
import atoll.engine.target.CodeArea;
import atoll.engine.target.ControlFlow;
import atoll.isa.Op;

/**
 * Translates one block at a time: straight-line code with one entry, and side exits where forward
 * branches leave it.
 */
final class BlockTranslator {
  /** Most instructions of a block. */
  static final int LONGEST = 64;

  private final CodeArea area;
  private final TranslationCounts counts;
  private final PieceRecorder recorder;

  // The block in hand.
  private final long[] ops = new long[LONGEST];
  private final int[] parcels = new int[LONGEST + 1];
  private int length;

  /**
   * Whether the machine has harts that wait for one another, and whether the block is such a loop.
   */
  private final boolean siblings;

  private boolean spins;

  BlockTranslator(
      CodeArea area, TranslationCounts counts, boolean siblings, PieceRecorder recorder) {
    this.siblings = siblings;
    this.area = area;
    this.counts = counts;
    this.recorder = recorder;
  }

  /** Translates the block at a parcel; 0 if there is none, as behind a page's last instruction. */
  int translate(TranslatedPage page, int parcel) {
    scan(page.page, parcel);
    if (length == 0) {
      return 0;
    }
    spins = siblings && SpinLoop.is(page.page, parcel, parcels[length - 1]);
    emit();
    int offset = area.commit(page);
    recorder.block(page.page, ops, parcels, length);
    page.linkKnown();
    page.add(parcel, offset, parcels[length - 1]);
    counts.blocks++;
    counts.blockInstructions += length;
    return offset;
  }

  /**
   * Translates the instruction that begins in a page's last parcel and ends in another page; 0 if
   * there is none any more.
   */
  int translateCrossing(TranslatedPage page, TranslatedPage next) {
    int parcel = CodePage.PARCELS - 1;
    page.page.cover(parcel);
    next.page.cover(0);
    int bits = page.page.parcel(parcel) | next.page.parcel(0) << 16;
    if ((bits & 3) != 3) {
      return 0;
    }
    length = 1;
    spins = false;
    ops[0] = Predecoder.predecode(bits);
    parcels[0] = parcel;
    parcels[1] = parcel + 2;
    emit();
    int offset = area.commit(page, next);
    recorder.crossing(page.page, next.page, ops[0]);
    page.addCrossing(next, offset);
    counts.blocks++;
    counts.blockInstructions++;
    return offset;
  }

  private void emit() {
    area.begin();
    area.blocks.emit(ops, parcels, length, spins);
  }

  /** Instructions of the block that was translated last. */
  int instructions() {
    return length;
  }

  /** Finds out what belongs to the block. */
  private void scan(CodePage page, int start) {
    length = 0;
    int parcel = start;
    while (length < LONGEST && parcel < CodePage.PARCELS) {
      page.cover(parcel);
      long packed = page.read(parcel);
      if (!Predecoder.isInstruction(packed)) {
        break;
      }
      ops[length] = packed;
      parcels[length++] = parcel;
      parcel += Predecoder.parcels(packed);
      if (ends(packed)) {
        break;
      }
    }
    parcels[length] = parcel;
  }

  /** Whether a block ends with this instruction. */
  private static boolean ends(long packed) {
    return switch (Predecoder.op(packed)) {
      case Op.JAL, Op.JALR -> true;
      default ->
          ControlFlow.isBranch(packed)
              ? Predecoder.immediate(packed) < 0
              : ControlFlow.leavesToJava(packed);
    };
  }
}
