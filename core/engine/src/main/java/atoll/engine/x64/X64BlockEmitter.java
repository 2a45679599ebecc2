package atoll.engine.x64;

import static atoll.emit.X64Assembler.ADD;
import static atoll.emit.X64Assembler.LESS;
import static atoll.emit.X64Assembler.SUB;

import atoll.engine.decode.Predecoder;
import atoll.engine.target.BlockEmitter;
import atoll.engine.target.CodeExit;
import atoll.engine.target.ControlFlow;
import atoll.isa.Op;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** Emits one block at a time, with side exits where forward branches leave it. */
final class X64BlockEmitter extends X64Emitter implements BlockEmitter {
  private static final int[] NO_FLOATS = noFloats();

  private final int[] pins = Trampolines.pinnedMap();

  // The block in hand.
  private long[] ops = {};
  private int[] parcels = {};
  private int length;

  /** Whether it is a loop in which the hart waits for others. */
  private boolean spins;

  // Side exits: label, target as a parcel (maybe outside of the page), instructions not executed.
  private final int[] sideLabel = new int[CodeExit.MOST_COUNT];
  private final int[] sideTarget = new int[CodeExit.MOST_COUNT];
  private final int[] sideCount = new int[CodeExit.MOST_COUNT];
  private int sides;

  X64BlockEmitter(BooleanSupplier alone, BooleanSupplier siblings) {
    super(alone, siblings);
  }

  private static int[] noFloats() {
    int[] map = new int[32];
    Arrays.fill(map, -1);
    return map;
  }

  @Override
  public void emit(long[] instructions, int[] places, int count, boolean waits) {
    ops = instructions;
    parcels = places;
    length = count;
    spins = waits;
    emit(parcels[0]);
  }

  private void emit(int parcel) {
    lowering.begin(pins, NO_FLOATS);
    sides = 0;
    int head = a.label();
    a.bind(head);
    a.aluImmediate(SUB, true, Trampolines.LEFT, length);
    a.jump(LESS, lowering.exits.exit(CodeExit.code(CodeExit.BUDGET, parcel, length), -1));
    for (int i = 0; i < length - 1; i++) {
      if (ControlFlow.isBranch(ops[i])) {
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
        if (ControlFlow.isBranch(packed)) {
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
    if (ControlFlow.byAddress(target)) {
      lowering.control.target(2 * target);
      lowering.control.dispatch();
    } else if (target == start) {
      a.jump(spins ? lowering.exits.spin(target, head) : head);
    } else {
      lowering.control.link(target);
    }
  }
}
