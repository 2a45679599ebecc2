package atoll.engine.x64;

import atoll.engine.decode.Predecoder;
import atoll.isa.Op;

/** Several instructions that x86-64 does in one. Nothing in a group can leave. */
final class X64Groups {
  private final X64Lowering lowering;

  public X64Groups(X64Lowering lowering) {
    this.lowering = lowering;
  }

  /**
   * Emits the group that begins at an index of a block, if there is one.
   *
   * @return how many instructions it has, or 0
   */
  public int emit(long[] ops, int index, int length, WordUse words) {
    if (index + 1 < length && addsShifted(ops, index)) {
      addShifted(ops, index);
      return 2;
    }
    if (index + 2 < length && rotates(ops, index)) {
      rotate(ops, index, words);
      return 3;
    }
    return 0;
  }

  /**
   * Whether {@code slli t, x, 1 to 3} and {@code add t, t, y} begin at an index: an array's element
   * without Zba.
   */
  private static boolean addsShifted(long[] ops, int index) {
    long shift = ops[index];
    long add = ops[index + 1];
    int t = Predecoder.rd(shift);
    int first = Predecoder.rs1(add);
    int second = Predecoder.rs2(add);
    return Predecoder.op(shift) == Op.SLLI
        && Predecoder.op(add) == Op.ADD
        && t != Predecoder.SINK
        && Predecoder.rd(add) == t
        && (first == t) != (second == t)
        && Predecoder.immediate(shift) >= 1
        && Predecoder.immediate(shift) <= 3;
  }

  private void addShifted(long[] ops, int index) {
    int t = Predecoder.rd(ops[index]);
    int first = Predecoder.rs1(ops[index + 1]);
    int other = first == t ? Predecoder.rs2(ops[index + 1]) : first;
    int by = (int) Predecoder.immediate(ops[index]);
    lowering.integer.shiftAdd(by, t, Predecoder.rs1(ops[index]), other);
    lowering.memory.forgetSlots(t);
  }

  /**
   * Whether {@code slliw t, x, n; srliw y, x, 32 - n} and the {@code or} of the two into one of
   * them begin at an index: the way to rotate a word without Zbb. The first value of the register
   * that {@code or} writes need not exist.
   */
  private static boolean rotates(long[] ops, int index) {
    if (Predecoder.op(ops[index]) != Op.SLLIW) {
      return false;
    }
    int t = Predecoder.rd(ops[index]);
    int x = Predecoder.rs1(ops[index]);
    int y = Predecoder.rd(ops[index + 1]);
    int first = Predecoder.rs1(ops[index + 2]);
    int second = Predecoder.rs2(ops[index + 2]);
    int result = Predecoder.rd(ops[index + 2]);
    return t != x
        && t != y
        && t != Predecoder.SINK
        && y != Predecoder.SINK
        && Predecoder.op(ops[index + 1]) == Op.SRLIW
        && Predecoder.rs1(ops[index + 1]) == x
        && Predecoder.immediate(ops[index]) != 0
        && Predecoder.immediate(ops[index]) + Predecoder.immediate(ops[index + 1]) == 32
        && Predecoder.op(ops[index + 2]) == Op.OR
        && (result == y || result == t)
        && ((first == y && second == t) || (first == t && second == y));
  }

  private void rotate(long[] ops, int index, WordUse words) {
    int by = (int) Predecoder.immediate(ops[index]);
    int x = Predecoder.rs1(ops[index]);
    int result = Predecoder.rd(ops[index + 2]);
    if (result == Predecoder.rd(ops[index])) {
      rotateWord(result, x, by, words.narrow(index + 2));
      single(ops[index + 1], words.narrow(index + 1));
    } else {
      single(ops[index], words.narrow(index));
      rotateWord(result, x, by, words.narrow(index + 2));
    }
  }

  private void rotateWord(int rd, int rs1, int by, boolean narrow) {
    lowering.integer.narrow(narrow);
    lowering.integer.rotateWord(rd, rs1, by);
    lowering.memory.forgetSlots(rd);
  }

  private void single(long packed, boolean narrow) {
    lowering.integer.narrow(narrow);
    lowering.instruction(packed, 0, 0);
  }
}
