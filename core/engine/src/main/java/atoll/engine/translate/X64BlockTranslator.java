package atoll.engine.translate;

import static atoll.emit.X64Assembler.ADD;
import static atoll.emit.X64Assembler.LESS;
import static atoll.emit.X64Assembler.SUB;

import atoll.emit.X64Assembler;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Predecoder;
import atoll.engine.decode.SpinLoop;
import atoll.engine.x64.CodeArea;
import atoll.engine.x64.Trampolines;
import atoll.engine.x64.X64Exits;
import atoll.engine.x64.X64Lowering;
import atoll.isa.Op;
import java.util.function.BooleanSupplier;

/**
 * Translates one block at a time: straight-line code with one entry, and side exits where forward
 * branches leave it.
 */
final class X64BlockTranslator {
  /** Most instructions of a block. */
  static final int LONGEST = 64;

  private static final int[] NO_FLOATS = noFloats();

  private final CodeArea area;
  private final TranslationCounts counts;
  private final PieceRecorder recorder;
  private final X64Assembler a;
  private final X64Lowering lowering;
  private final int[] pins = Trampolines.pinnedMap();

  // The block in hand.
  private final long[] ops = new long[LONGEST];
  private final int[] parcels = new int[LONGEST + 1];
  private int length;

  // Side exits: label, target as a parcel (maybe outside of the page), instructions not executed.
  private final int[] sideLabel = new int[LONGEST];
  private final int[] sideTarget = new int[LONGEST];
  private final int[] sideCount = new int[LONGEST];
  private int sides;

  /**
   * Whether the machine has harts that wait for one another, and whether the block is such a loop.
   */
  private final boolean siblings;

  private boolean spins;

  X64BlockTranslator(
      CodeArea area,
      TranslationCounts counts,
      BooleanSupplier alone,
      boolean siblings,
      PieceRecorder recorder) {
    this.siblings = siblings;
    this.area = area;
    this.counts = counts;
    this.recorder = recorder;
    a = area.assembler;
    lowering = new X64Lowering(a, area.trampolines, alone, () -> siblings);
  }

  private static int[] noFloats() {
    int[] map = new int[32];
    java.util.Arrays.fill(map, -1);
    return map;
  }

  /** Translates the block at a parcel; 0 if there is none, as behind a page's last instruction. */
  int translate(TranslatedPage page, int parcel) {
    scan(page.page, parcel);
    if (length == 0) {
      return 0;
    }
    spins = siblings && SpinLoop.is(page.page, parcel, parcels[length - 1]);
    emit(parcel);
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
    emit(parcel);
    int offset = area.commit(page, next);
    recorder.crossing(page.page, next.page, ops[0]);
    page.addCrossing(next, offset);
    counts.blocks++;
    counts.blockInstructions++;
    return offset;
  }

  private void emit(int parcel) {
    area.begin();
    lowering.begin(pins, NO_FLOATS);
    sides = 0;
    int head = a.label();
    a.bind(head);
    a.aluImmediate(SUB, true, Trampolines.LEFT, length);
    a.jump(LESS, lowering.exits.exit(X64Exits.code(X64Exits.BUDGET, parcel, length), -1));
    for (int i = 0; i < length - 1; i++) {
      if (isBranch(ops[i])) {
        sideExit(ops[i], i);
      } else {
        lowering.instruction(ops[i], parcels[i], length - i);
      }
    }
    end(parcel, head);
    for (int i = 0; i < sides; i++) {
      a.bind(sideLabel[i]);
      if (sideCount[i] != 0) {
        a.aluImmediate(ADD, true, Trampolines.LEFT, sideCount[i]);
      }
      go(sideTarget[i], parcel, head);
    }
    lowering.exits.asides();
    lowering.exits.exits();
  }

  /** Instructions of the block that was translated last. */
  int instructions() {
    return length;
  }

  private void end(int parcel, int head) {
    int last = length - 1;
    long packed = ops[last];
    int next = parcels[length];
    switch (Predecoder.op(packed)) {
      case Op.JAL -> {
        int target = parcels[last] + (int) (Predecoder.immediate(packed) >> 1);
        if (Predecoder.rd(packed) != Predecoder.SINK) {
          lowering.control.pageRelative(Predecoder.rd(packed), 2L * next);
        }
        go(target, parcel, head);
      }
      case Op.JALR -> {
        lowering.control.jalr(packed, parcels[last]);
        lowering.control.dispatch();
      }
      default -> {
        if (isBranch(packed)) {
          sideExit(packed, last);
        } else {
          lowering.instruction(packed, parcels[last], 1);
        }
        go(next, parcel, head);
      }
    }
  }

  private void sideExit(long packed, int index) {
    sideLabel[sides] = a.label();
    sideTarget[sides] = parcels[index] + (int) (Predecoder.immediate(packed) >> 1);
    sideCount[sides] = length - 1 - index;
    lowering.control.branch(packed, sideLabel[sides++]);
  }

  /** Jumps to a parcel of this page or, at its end and beyond, by the program counter. */
  private void go(int target, int start, int head) {
    if (TranslatedPage.byAddress(target)) {
      lowering.control.target(2 * target);
      lowering.control.dispatch();
    } else if (target == start) {
      a.jump(spins ? lowering.exits.spin(target, head) : head);
    } else {
      lowering.control.link(target);
    }
  }

  static boolean isBranch(long packed) {
    return switch (Predecoder.op(packed)) {
      case Op.BEQ, Op.BNE, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU -> true;
      default -> false;
    };
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
      default -> isBranch(packed) ? Predecoder.immediate(packed) < 0 : leavesToJava(packed);
    };
  }

  /** Instructions behind which Java decides where to go on. */
  static boolean leavesToJava(long packed) {
    return switch (Predecoder.op(packed)) {
      case Op.ECALL, Op.EBREAK, Op.MRET, Op.SRET, Op.WFI -> true;
      case Op.SFENCE_VMA, Op.SINVAL_VMA, Op.ILLEGAL -> true;
      default -> false;
    };
  }
}
