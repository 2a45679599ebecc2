package atoll.verify;

import static atoll.emit.X64Assembler.*;

import atoll.emit.X64Assembler;
import java.util.Set;

/**
 * A state block, subroutines and exit codes as an engine may have them, and idioms made of these.
 */
final class Contract {
  static final int X1 = 0;
  static final int READ_ONLY = 256;
  static final int SECRET = 264;
  static final int LOADS = 392;
  static final int STORES = 400;
  static final int EPOCH = 408;
  static final int JUMP_CACHE = 416;
  static final int PAGE_VA = 424;
  static final int MXCSR = 440;
  static final int ROUNDING = 444;
  static final int JUMP_MASK = 448;
  static final int MXCSR_TABLE = 1024;
  static final int FLAGS_TABLE = 2048;

  static final int SLOW = 0;
  static final int LINK = 1;
  static final int LOOKUP = 2;
  static final int BUDGET = 3;
  static final int STALE = 4;
  static final int REFRESH = 5;
  static final int SPIN = 6;
  static final ExitCodes EXITS =
      new ExitCodes(15, SLOW, LINK, LOOKUP, BUDGET, STALE, REFRESH, SPIN);

  static final int EXIT = 0x10;
  static final int EXIT_RESUMABLY = 0x20;
  static final int REFILL_LOAD = 0x30;
  static final int REFILL_STORE = 0x40;
  static final int OTHER = 0x50;
  static final int SWITCHING = 0x60;
  static final int LOOK_UP_AGAIN = 0x70;
  static final int FILL_SLOTS = 0x80;
  static final Routines ROUTINES =
      new Routines(
          4096,
          EXIT,
          EXIT_RESUMABLY,
          LOOK_UP_AGAIN,
          FILL_SLOTS,
          Set.of(REFILL_LOAD),
          Set.of(REFILL_STORE),
          Set.of(OTHER),
          Set.of(SWITCHING));

  private Contract() {}

  static StateLayout state() {
    return new StateLayout(
            -128,
            4096,
            new StateLayout.Places(
                LOADS,
                STORES,
                EPOCH,
                PAGE_VA,
                JUMP_CACHE,
                JUMP_MASK,
                MXCSR,
                ROUNDING,
                MXCSR_TABLE,
                FLAGS_TABLE))
        .writable(X1, 256)
        .readable(READ_ONLY, 8);
  }

  /** RCX = the addend for an access to the address in RAX. */
  static void lookUp(X64Assembler a, int table, int size, int miss) {
    select(a, table);
    a.alu(SUB, true, RDX, at(RCX, 0));
    a.aluImmediate(CMP, true, RDX, 4096 - size);
    a.jump(ABOVE, miss);
    a.load(true, RCX, at(RCX, 8));
  }

  /** RAX = the host address of an aligned access. */
  static void lookUpAligned(X64Assembler a, int table, int size, int miss) {
    select(a, table);
    a.aluImmediate(AND, true, RDX, -4096 | size - 1);
    a.alu(CMP, true, RDX, at(RCX, 0));
    a.jump(NOT_EQUAL, miss);
    a.alu(ADD, true, RAX, at(RCX, 8));
  }

  private static void select(X64Assembler a, int table) {
    a.mov32(RCX, RAX);
    a.shift(SHR, false, RCX, 8);
    a.aluImmediate(AND, false, RCX, 0x3fff0);
    a.alu(ADD, true, RCX, at(RBP, table));
    a.mov(RDX, RAX);
  }

  /** RCX = the addend of the slot at an offset, for an access at {@code base + offset}. */
  static void slot(X64Assembler a, int base, int offset, int size, int slot, int miss) {
    a.lea(true, RAX, at(base, offset));
    a.alu(SUB, true, RAX, atOffset(slot));
    a.aluImmediate(CMP, true, RAX, 4096 - size);
    a.jump(ABOVE, miss);
    a.load(true, RCX, atOffset(slot + 8));
  }

  /** Leaves, to be linked. */
  static void link(X64Assembler a) {
    a.constantFixed(RAX, LINK);
    a.callTo(EXIT_RESUMABLY);
  }
}
