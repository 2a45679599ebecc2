package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;

/** Where a block's or a region's guest registers are, and the moves from and to them. */
final class X64Registers {
  private final X64Assembler a;

  /** Where guest registers are: a host register, or -1 for the state block. */
  int[] map;

  /** The same for floating-point registers, in {@code xmm} registers. */
  int[] floatMap;

  X64Registers(X64Assembler assembler) {
    a = assembler;
  }

  void begin(int[] registers, int[] floatRegisters) {
    map = registers;
    floatMap = floatRegisters;
  }

  /**
   * The host register that holds a guest register, which is loaded into {@code scratch} if none
   * does.
   */
  int read(int r, int scratch) {
    if (r == 0) {
      a.constant(scratch, 0);
      return scratch;
    }
    if (map[r] >= 0) {
      return map[r];
    }
    a.load(true, scratch, state(StateBlock.x(r)));
    return scratch;
  }

  /** Loads a guest register into a given host register. */
  void readInto(int to, int r) {
    if (r == 0) {
      a.constant(to, 0);
    } else if (map[r] >= 0) {
      if (map[r] != to) {
        a.mov(to, map[r]);
      }
    } else {
      a.load(true, to, state(StateBlock.x(r)));
    }
  }

  /** Where to compute a guest register's new value. */
  int target(int rd, int scratch) {
    return rd < 32 && map[rd] >= 0 ? map[rd] : scratch;
  }

  /** Ends a write: {@code from} is what {@link #target} gave, or any register. */
  void write(int rd, int from) {
    if (rd == Predecoder.SINK) {
      return;
    }
    if (map[rd] < 0) {
      a.store(true, state(StateBlock.x(rd)), from);
    } else if (map[rd] != from) {
      a.mov(map[rd], from);
    }
  }

  void writeConstant(int rd, long value) {
    if (rd == Predecoder.SINK) {
      return;
    }
    if (map[rd] >= 0) {
      a.constant(map[rd], value);
    } else if (value == (int) value) {
      a.storeImmediate(true, state(StateBlock.x(rd)), (int) value);
    } else {
      a.constant(RAX, value);
      a.store(true, state(StateBlock.x(rd)), RAX);
    }
  }

  void operand(int op, boolean wide, int to, int r) {
    if (r == 0) {
      a.aluImmediate(op, wide, to, 0);
    } else if (map[r] >= 0) {
      a.alu(op, wide, to, map[r]);
    } else {
      a.alu(op, wide, to, state(StateBlock.x(r)));
    }
  }

  /** RAX = {@code rs1} + {@code imm}. */
  void address(int rs1, int imm) {
    if (rs1 == 0) {
      a.constant(RAX, imm);
    } else if (map[rs1] >= 0) {
      if (imm == 0) {
        a.mov(RAX, map[rs1]);
      } else {
        a.lea(true, RAX, at(map[rs1], imm));
      }
    } else {
      a.load(true, RAX, state(StateBlock.x(rs1)));
      if (imm != 0) {
        a.aluImmediate(ADD, true, RAX, imm);
      }
    }
  }

  /** Sign-extends the lower halves of a set of registers that are in host registers, a bit each. */
  public void signExtend(int set) {
    for (int rest = set; rest != 0; rest &= rest - 1) {
      int place = map[Integer.numberOfTrailingZeros(rest)];
      a.movsxd(place, place);
    }
  }

  void extendWord(boolean wide, int r) {
    if (!wide) {
      a.movsxd(r, r);
    }
  }
}
