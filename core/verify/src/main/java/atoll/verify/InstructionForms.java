package atoll.verify;

/**
 * The forms of x86-64 instructions that a piece may consist of (Intel SDM, volume 2): a table by
 * opcode. Whatever is not in it is no instruction.
 */
final class InstructionForms {
  // What an instruction does with general registers and memory, as far as it matters.

  /** Neither writes a general register nor uses memory. */
  static final int NONE = 1;

  /** Writes the register in ModRM.reg; reads the other operand. */
  static final int TO_REG = 2;

  /** Reads its operands. */
  static final int READ = 3;

  /** Reads and writes the operand in ModRM.rm. */
  static final int TO_RM = 4;

  /** Writes the operand in ModRM.rm. */
  static final int STORE = 5;

  /** Exchanges memory and the register in ModRM.reg. */
  static final int EXCHANGE = 6;

  /** CMPXCHG: writes memory, or RAX. */
  static final int COMPARE_EXCHANGE = 7;

  /** Arithmetic with an immediate; digit 7 compares. */
  static final int ARITHMETIC = 8;

  /** TEST with an immediate, NOT, NEG, MUL, IMUL. */
  static final int UNARY = 9;

  /** Writes RDX. */
  static final int TO_RDX = 10;

  /** Writes the register in the opcode. */
  static final int TO_LOW = 11;

  static final int LEA = 12;
  static final int MOVE = 13;

  /** LDMXCSR and STMXCSR. */
  static final int MXCSR = 14;

  static final int JUMP = 15;
  static final int CALL = 16;
  static final int BRANCH = 17;
  static final int RETURN = 18;

  // Fields of a row.
  static final int ACTION = 31;
  static final int IMMEDIATE_BYTE = 1 << 5;
  static final int IMMEDIATE_INT = 1 << 6;
  static final int MODRM = 1 << 7;
  static final int REGISTER = 1 << 8;
  static final int MEMORY = 1 << 9;

  /** REX.W may be clear, or set. */
  static final int NARROW = 1 << 10;

  static final int WIDE = 1 << 11;

  // Prefixes, of which there is at most one.
  static final int PREFIX_SHIFT = 12;
  static final int PLAIN = 1 << 12;
  static final int P66 = 1 << 13;
  static final int PF2 = 1 << 14;
  static final int PF3 = 1 << 15;
  static final int LOCK = 1 << 16;

  /** The digits in ModRM.reg that there are, where it is not a register. */
  static final int DIGIT_SHIFT = 17;

  /** The memory operand's size as a power of two; {@link #BY_PREFIX} and {@link #BY_WIDTH}. */
  static final int SIZE_SHIFT = 25;

  static final int SIZE = 7;

  /** 16 bytes without a prefix, 8 with F2, 4 with F3. */
  static final int BY_PREFIX = 6;

  /** 8 bytes with REX.W, 2 with the prefix 66, else 4. */
  static final int BY_WIDTH = 7;

  /** The register operand is a byte's: without REX there is another one behind some numbers. */
  static final int BYTE = 1 << 28;

  private static final int ANY_WIDTH = NARROW | WIDE | BY_WIDTH << SIZE_SHIFT;
  private static final int EITHER = MODRM | REGISTER | MEMORY;
  private static final int REGISTERS = MODRM | REGISTER;
  private static final int IN_MEMORY = MODRM | MEMORY;
  private static final int SCALAR = PF2 | PF3 | NARROW | BY_PREFIX << SIZE_SHIFT;

  /** Of the opcodes of one byte; of those behind 0F; of those behind 0F 3A. */
  private static final int[][] ROWS = {new int[256], new int[256], new int[256]};

  private InstructionForms() {}

  /** What is known of an opcode; 0 if it is none. */
  static int row(int map, int opcode) {
    return ROWS[map][opcode];
  }

  private static int digits(int mask) {
    return mask << DIGIT_SHIFT;
  }

  private static void one(int row, int... opcodes) {
    put(0, row, opcodes);
  }

  private static void two(int row, int... opcodes) {
    put(1, row, opcodes);
  }

  private static void put(int map, int row, int... opcodes) {
    for (int opcode : opcodes) {
      ROWS[map][opcode] = row;
    }
  }

  private static void range(int map, int row, int first, int last) {
    for (int opcode = first; opcode <= last; opcode++) {
      put(map, row, opcode);
    }
  }

  static {
    moves();
    integers();
    floats();
    control();
  }

  private static void moves() {
    one(MOVE | EITHER | ANY_WIDTH | PLAIN, 0x8b);
    one(STORE | IN_MEMORY | ANY_WIDTH | PLAIN | P66, 0x89);
    one(STORE | IN_MEMORY | NARROW | PLAIN, 0x88);
    one(STORE | EITHER | ANY_WIDTH | PLAIN | digits(1) | IMMEDIATE_INT, 0xc7);
    one(LEA | IN_MEMORY | ANY_WIDTH | PLAIN, 0x8d);
    one(TO_REG | EITHER | WIDE | PLAIN | 2 << SIZE_SHIFT, 0x63); // MOVSXD
    range(0, TO_LOW | NARROW | WIDE | PLAIN, 0xb8, 0xbf);
    two(TO_REG | EITHER | WIDE | PLAIN, 0xb6, 0xbe); // MOVZX, MOVSX of a byte
    two(TO_REG | EITHER | WIDE | PLAIN | 1 << SIZE_SHIFT, 0xb7, 0xbf); // of a word
    range(1, TO_LOW | NARROW | WIDE | PLAIN, 0xc8, 0xcf); // BSWAP
    range(1, TO_REG | REGISTERS | NARROW | WIDE | PLAIN, 0x40, 0x4f); // CMOV
  }

  private static void integers() {
    one(TO_REG | EITHER | ANY_WIDTH | PLAIN, 0x03, 0x0b, 0x23, 0x2b, 0x33);
    one(READ | EITHER | ANY_WIDTH | PLAIN, 0x3b); // CMP
    one(TO_RM | IN_MEMORY | ANY_WIDTH | PLAIN, 0x01, 0x09, 0x21, 0x31);
    one(ARITHMETIC | EITHER | ANY_WIDTH | PLAIN | digits(0xf3) | IMMEDIATE_INT, 0x81);
    one(ARITHMETIC | EITHER | ANY_WIDTH | PLAIN | digits(0xf3) | IMMEDIATE_BYTE, 0x83);
    one(READ | REGISTERS | NARROW | WIDE | PLAIN, 0x85); // TEST
    one(TO_RM | REGISTERS | NARROW | WIDE | PLAIN | digits(0xb3) | IMMEDIATE_BYTE, 0xc1);
    one(TO_RM | REGISTERS | NARROW | WIDE | PLAIN | digits(0xb3), 0xd3); // shifts by CL
    one(UNARY | REGISTERS | NARROW | WIDE | PLAIN | digits(0x3d), 0xf7);
    one(TO_RDX | NARROW | WIDE | PLAIN, 0x99);
    one(EXCHANGE | IN_MEMORY | ANY_WIDTH | PLAIN, 0x87);
    two(EXCHANGE | IN_MEMORY | ANY_WIDTH | LOCK, 0xc1); // XADD
    two(COMPARE_EXCHANGE | IN_MEMORY | ANY_WIDTH | LOCK, 0xb1);
    two(TO_REG | REGISTERS | NARROW | WIDE | PLAIN, 0xaf); // IMUL
    two(TO_REG | REGISTERS | NARROW | WIDE | PF3, 0xb8, 0xbc); // POPCNT, TZCNT
    two(TO_REG | REGISTERS | NARROW | WIDE | PLAIN, 0xbd); // BSR
    two(TO_RM | REGISTERS | NARROW | WIDE | PLAIN, 0xa3, 0xab, 0xb3, 0xbb); // BT and siblings
    range(1, TO_RM | REGISTERS | NARROW | PLAIN | BYTE, 0x90, 0x9f); // SETcc
  }

  private static void floats() {
    two(READ | IN_MEMORY | SCALAR, 0x10);
    two(STORE | IN_MEMORY | SCALAR | PLAIN, 0x11);
    two(NONE | REGISTERS | SCALAR, 0x51, 0x58, 0x59, 0x5a, 0x5c, 0x5d, 0x5e, 0x5f);
    two(NONE | REGISTERS | NARROW | PLAIN, 0x28, 0x54, 0x55, 0x56, 0x57);
    two(NONE | REGISTERS | NARROW | PLAIN | P66, 0x2e, 0x2f);
    two(NONE | REGISTERS | NARROW | P66, 0x74); // PCMPEQB
    two(NONE | REGISTERS | NARROW | P66 | digits(8) | IMMEDIATE_BYTE, 0x73); // PSRLDQ
    two(NONE | REGISTERS | NARROW | WIDE | P66, 0x6e); // MOVD, MOVQ
    two(TO_RM | REGISTERS | NARROW | WIDE | P66, 0x7e);
    two(NONE | REGISTERS | NARROW | WIDE | PF2 | PF3, 0x2a); // CVTSI2SD
    two(TO_REG | REGISTERS | NARROW | WIDE | PF2 | PF3, 0x2c, 0x2d); // CVTTSD2SI, CVTSD2SI
    two(MXCSR | IN_MEMORY | NARROW | PLAIN | digits(0xc) | 2 << SIZE_SHIFT, 0xae);
    // ROUNDSS, ROUNDSD, PCLMULQDQ
    put(2, NONE | REGISTERS | NARROW | P66 | IMMEDIATE_BYTE, 0x0a, 0x0b, 0x44);
  }

  private static void control() {
    one(JUMP | NARROW | PLAIN | IMMEDIATE_INT, 0xe9);
    one(CALL | NARROW | PLAIN | IMMEDIATE_INT, 0xe8);
    one(RETURN | NARROW | PLAIN, 0xc3);
    range(1, BRANCH | NARROW | PLAIN | IMMEDIATE_INT, 0x80, 0x8f);
  }
}
