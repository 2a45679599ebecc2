package atoll.emit;

import java.util.ArrayList;
import java.util.List;

/** The registers and operands of {@link DisassemblyTest}, and what a disassembler calls them. */
final class OperandForms {
  static final int REGISTERS = 16;

  static final String[] BYTES = {
    "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b",
    "r13b", "r14b", "r15b"
  };
  static final String[] WORDS = {
    "ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w",
    "r14w", "r15w"
  };
  static final String[] DOUBLEWORDS = {
    "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d",
    "r13d", "r14d", "r15d"
  };
  static final String[] QUADWORDS = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15"
  };

  static final String BYTE = "BYTE PTR ";
  static final String WORD = "WORD PTR ";
  static final String DOUBLEWORD = "DWORD PTR ";
  static final String QUADWORD = "QWORD PTR ";

  static final int[] DISPLACEMENTS = {
    0, 1, -1, 127, 128, -128, -129, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  static final boolean[] BOTH = {false, true};

  /** A memory operand and what a disassembler calls it. */
  record Operand(long memory, String text) {}

  private OperandForms() {}

  private static String hex(int displacement) {
    return displacement < 0
        ? "-0x" + Long.toHexString(-(long) displacement)
        : "+0x" + Integer.toHexString(displacement);
  }

  /** RBP and R13 have no form without a displacement. */
  private static String displacement(int base, int displacement) {
    return displacement == 0 && (base & 7) != X64Assembler.RBP ? "" : hex(displacement);
  }

  private static Operand plain(int base, int displacement) {
    return new Operand(
        X64Assembler.at(base, displacement),
        "[" + QUADWORDS[base] + displacement(base, displacement) + "]");
  }

  private static Operand indexed(int base, int index, int scale, int displacement) {
    return new Operand(
        X64Assembler.at(base, index, scale, displacement),
        "[%s+%s*%d%s]"
            .formatted(
                QUADWORDS[base], QUADWORDS[index], 1 << scale, displacement(base, displacement)));
  }

  /** All bases, indexes, scales and sizes of displacement. */
  static List<Operand> operands() {
    List<Operand> all = new ArrayList<>();
    for (int base = 0; base < REGISTERS; base++) {
      for (int displacement : DISPLACEMENTS) {
        all.add(plain(base, displacement));
      }
      for (int index = 0; index < REGISTERS; index++) {
        for (int scale = 0; scale < 4 && index != X64Assembler.RSP; scale++) {
          for (int displacement : new int[] {0, -8, 4096}) {
            all.add(indexed(base, index, scale, displacement));
          }
        }
      }
    }
    return all;
  }

  /** One of each form, for instructions whose operands are encoded like any other's. */
  static List<Operand> someOperands() {
    List<Operand> some = new ArrayList<>();
    for (int base = 0; base < REGISTERS; base++) {
      some.add(plain(base, 0));
      some.add(plain(base, 8 * base - 128));
      some.add(plain(base, 4096));
      int index = REGISTERS - 1 - base;
      some.add(indexed(base, index == X64Assembler.RSP ? 0 : index, base & 3, base % 3 << 7));
    }
    return some;
  }

  interface OfRegister {
    void accept(int register);
  }

  interface OfTwo {
    void accept(int one, int other);
  }

  static void each(OfRegister action) {
    for (int r = 0; r < REGISTERS; r++) {
      action.accept(r);
    }
  }

  static void pairs(OfTwo action) {
    each(one -> each(other -> action.accept(one, other)));
  }

  static String general(boolean wide, int r) {
    return wide ? QUADWORDS[r] : DOUBLEWORDS[r];
  }

  static String pointer(boolean wide) {
    return wide ? QUADWORD : DOUBLEWORD;
  }

  static String immediate(boolean wide, int value) {
    return "0x" + (wide ? Long.toHexString(value) : Integer.toHexString(value));
  }

  static String scalar(String name, boolean isDouble) {
    return name + (isDouble ? "sd" : "ss");
  }
}
