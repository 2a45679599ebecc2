package atoll.tests;

import atoll.isa.Assembler;
import atoll.isa.Label;
import atoll.isa.Op;
import atoll.isa.Register;
import java.util.List;

/**
 * A place in a block that control may come to: one instruction, or several that belong together.
 */
sealed interface Item {
  /**
   * Emits the instructions.
   *
   * @param starts where each item of the block begins; the last is the block's end
   */
  void emit(Assembler out, Label[] starts);

  /** Any 32-bit word. */
  record Word(int bits) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.word(bits);
    }
  }

  /** Any 16-bit instruction. */
  record Half(int bits) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.half(bits);
    }
  }

  /** A conditional branch to another item. */
  record Branch(int op, int rs1, int rs2, int target) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.branch(op, rs1, rs2, starts[target]);
    }
  }

  /** {@code jal}. */
  record Jump(int rd, int target) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.jal(rd, starts[target]);
    }
  }

  /** {@code c.j}. */
  record ShortJump(int target) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.compressedJump(starts[target]);
    }
  }

  /** {@code c.beqz} or {@code c.bnez}. */
  record ShortBranch(int op, int rs1, int target) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.compressedBranch(op, rs1, starts[target]);
    }
  }

  /** {@code la} and {@code jalr}. */
  record IndirectJump(int address, int rd, int target) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.la(address, starts[target]);
      out.op(Op.JALR, rd, 0, address);
    }
  }

  /** A register and what it is to hold. */
  record Constant(int register, long value) {}

  /** Constants into registers, then more words. */
  record Prepared(List<Constant> constants, List<Integer> words) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      constants.forEach(c -> out.li(c.register, c.value));
      words.forEach(out::word);
    }
  }

  /** Another word in place of an item that is one word, and the fence that makes it count. */
  record Patch(int address, int value, int target, int word) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.la(address, starts[target]);
      out.li(value, word);
      out.op(Op.SW, value, 0, address);
      out.op(Op.FENCE_I);
    }
  }

  /** Text that is assembled where it comes to lie; position-independent. */
  record Text(String source) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.data(Assembler.assemble(source, out.here()));
    }
  }

  /** The counter of a loop gets its start. */
  record LoopStart(int counter, int times) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.op(Op.ADDI, counter, Register.ZERO, times);
    }
  }

  /** Back to the loop's first item until the counter is zero. */
  record LoopEnd(int counter, int target) implements Item {
    @Override
    public void emit(Assembler out, Label[] starts) {
      out.op(Op.ADDI, counter, counter, -1);
      out.branch(Op.BNE, counter, Register.ZERO, starts[target]);
    }
  }
}
