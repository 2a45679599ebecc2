package atoll.verify;

import static atoll.verify.Idiom.int32;
import static atoll.verify.InstructionForms.*;

/**
 * Decodes one instruction at a time: prefix, REX or VEX, opcode, ModRM, SIB, displacement and
 * immediate (Intel SDM, volume 2, chapter 2). The bytes behind the code must exist, and be zero.
 */
final class InstructionDecoder {
  static final int RAX = 0;
  static final int RCX = 1;
  static final int RDX = 2;
  static final int RSP = 4;
  static final int RBP = 5;

  private static final int VEX = 0xc4;

  /** The digit of the one unary operation that has an immediate. */
  private static final int TEST = 0;

  /** One of the actions of {@link InstructionForms}; 0 if the bytes are no instruction of ours. */
  int action;

  int opcode;
  int prefix;
  boolean wide;

  /** The register in ModRM.reg, or the digit there. */
  int reg;

  /** The register operand, unless the operand is in memory. */
  int rm;

  boolean memory;

  /** The memory operand: registers, or -1; its size in bytes. */
  int base;

  int index;
  int scale;
  int displacement;
  int size;

  int immediate;

  /** Bytes of the instruction. */
  int length;

  private byte[] code;
  private int next;
  private int rex;

  void decode(byte[] from, int at) {
    code = from;
    next = at;
    rex = 0;
    prefix = PLAIN;
    memory = false;
    int b = code[next++] & 0xff;
    if (b == VEX) {
      vex();
    } else {
      operands(row(afterRex(isRex(b) ? b : afterPrefix(b))));
    }
    length = next - at;
  }

  private static boolean isRex(int b) {
    return (b & 0xf0) == 0x40;
  }

  private int afterPrefix(int b) {
    int p = prefixOf(b);
    if (p == 0) {
      return b;
    }
    prefix = p;
    return code[next++] & 0xff;
  }

  private int afterRex(int b) {
    if (!isRex(b)) {
      wide = false;
      return b;
    }
    rex = b;
    wide = (b & 8) != 0;
    return code[next++] & 0xff;
  }

  private static int prefixOf(int b) {
    return switch (b) {
      case 0x66 -> P66;
      case 0xf0 -> LOCK;
      case 0xf2 -> PF2;
      case 0xf3 -> PF3;
      default -> 0;
    };
  }

  private int row(int first) {
    int map = 0;
    opcode = first;
    if (opcode == 0x0f) {
      map = 1;
      opcode = code[next++] & 0xff;
      if (opcode == 0x3a) {
        map = 2;
        opcode = code[next++] & 0xff;
      }
    }
    return InstructionForms.row(map, opcode);
  }

  private void operands(int row) {
    action = row & ACTION;
    if ((row & prefix) == 0 || (row & (wide ? WIDE : NARROW)) == 0) {
      action = 0;
      return;
    }
    if ((row & MODRM) != 0) {
      modRm(row);
    } else if (action == TO_LOW) {
      low();
    }
    if ((row & IMMEDIATE_INT) != 0 || (action == UNARY && reg == TEST)) {
      immediate = int32(code, next);
      next += 4;
    } else if ((row & IMMEDIATE_BYTE) != 0) {
      immediate = code[next++];
    }
  }

  /** A register in the opcode: BSWAP, or MOV with an immediate of 4 or 8 bytes. */
  private void low() {
    rm = opcode & 7 | (rex & 1) << 3;
    if ((opcode & 0xf8) == 0xb8) {
      immediate = int32(code, next);
      next += wide ? 8 : 4;
    }
  }

  private void modRm(int row) {
    int b = code[next++] & 0xff;
    int mode = b >> 6;
    reg = b >> 3 & 7;
    int digits = row >>> DIGIT_SHIFT & 0xff;
    if (digits == 0) {
      reg |= (rex & 4) << 1;
    } else if ((digits >> reg & 1) == 0) {
      action = 0;
    }
    if (mode == 3) {
      rm = b & 7 | (rex & 1) << 3;
      if ((row & REGISTER) == 0 || ((row & BYTE) != 0 && rex == 0 && rm >= RSP)) {
        action = 0;
      }
      return;
    }
    memory = true;
    size = size(row >>> SIZE_SHIFT & SIZE);
    if ((row & MEMORY) == 0) {
      action = 0;
    }
    address(mode, b & 7);
  }

  private int size(int by) {
    return switch (by) {
      case BY_WIDTH -> wide ? 8 : prefix == P66 ? 2 : 4;
      case BY_PREFIX -> prefix == PLAIN ? 16 : prefix == PF2 ? 8 : 4;
      default -> 1 << by;
    };
  }

  private void address(int mode, int low) {
    index = -1;
    if (low == RSP) {
      int b = code[next++] & 0xff;
      scale = b >> 6;
      index = b >> 3 & 7 | (rex & 2) << 2;
      index = index == RSP ? -1 : index;
      base = b & 7 | (rex & 1) << 3;
    } else {
      base = low | (rex & 1) << 3;
    }
    if (mode == 1) {
      displacement = code[next++];
    } else if (mode == 2) {
      displacement = int32(code, next);
      next += 4;
    } else {
      displacement = 0;
      if ((base & 7) == RBP) { // relative to the instruction, or without a base
        action = 0;
      }
    }
  }

  /** SHLX, SHRX, SARX, and fused multiply-adds of scalars: map 0F 38, ModRM with a register. */
  private void vex() {
    int first = code[next] & 0xff;
    int second = code[next + 1] & 0xff;
    opcode = code[next + 2] & 0xff;
    int b = code[next + 3] & 0xff;
    next += 4;
    boolean form = (first & 0x5f) == 0x42 && (second & 4) == 0 && b >= 0xc0;
    int kind = second & 3;
    reg = b >> 3 & 7 | (first < 0x80 ? 8 : 0);
    boolean shift = opcode == 0xf7 && kind != 0;
    boolean fused = (opcode & 0xf9) == 0xa9 && kind == 1;
    action = !form ? 0 : shift ? TO_REG : fused ? NONE : 0;
  }
}
