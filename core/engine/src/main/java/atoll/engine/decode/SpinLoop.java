package atoll.engine.decode;

import atoll.isa.Instruction;
import atoll.isa.Op;

/**
 * Recognises loops in which a hart waits for memory that others change: each round reads memory,
 * and nothing that a round computes depends on how many there were before. A lock's test-and-set is
 * one, and so is a load that is compared; a loop that counts, follows a list, stores or adds to
 * memory is none.
 *
 * <p>Nothing depends on the answer but when the hart's time is offered to others: what another hart
 * writes to the code meanwhile may make it wrong.
 */
public final class SpinLoop {
  /** Parcels from the first instruction of such a loop to its last, at most. */
  private static final int LONGEST = 32;

  /** Rounds after which nothing that follows from memory alone is left to find out. */
  private static final int ROUNDS = 4;

  // What an operation does, by its number.
  private static final byte OTHER = 0;
  private static final byte COMPUTES = 1;
  private static final byte READS = 2;
  private static final byte BRANCHES = 3;
  private static final byte NOTHING = 4;

  private static final byte[] KIND = kinds();

  /** Whether an operation has a second source. */
  private static final boolean[] SECOND = seconds();

  private SpinLoop() {}

  /** Whether a parcel of a page lies in such a loop. */
  public static boolean around(CodeSource page, int parcel) {
    int at = parcel;
    while (at - parcel <= LONGEST && at < CodePage.PARCELS) {
      long packed = page.read(at);
      if (!Predecoder.isInstruction(packed)) {
        return false;
      }
      int target = target(packed, at);
      if (KIND[Predecoder.op(packed)] == BRANCHES && target <= parcel) {
        return is(page, target, at);
      }
      at += Predecoder.parcels(packed);
    }
    return false;
  }

  /**
   * Whether what lies between two parcels of a page is such a loop.
   *
   * @param head where it begins
   * @param last the jump or branch that leads back there
   */
  public static boolean is(CodeSource page, int head, int last) {
    if (head < 0 || head > last || last - head > LONGEST) {
      return false;
    }
    long[] body = new long[LONGEST + 1];
    int written = 0;
    boolean reads = false;
    int parcel = head;
    while (parcel <= last) {
      long packed = page.read(parcel);
      byte kind = kind(packed);
      if (kind == OTHER) {
        return false;
      }
      body[parcel - head] = packed;
      reads |= kind == READS;
      written |= destination(packed, kind);
      parcel += Predecoder.parcels(packed);
    }
    return reads && settles(body, last - head, written);
  }

  /** Whether all registers that are written follow from memory and from those that are not. */
  private static boolean settles(long[] body, int last, int written) {
    int open = written;
    for (int round = 0; round < ROUNDS && open != 0; round++) {
      open = round(body, last, ~open);
    }
    return open == 0;
  }

  /**
   * The registers that a round writes from others that are not settled.
   *
   * @param before those that are settled when it begins: a bit each
   */
  private static int round(long[] body, int last, int before) {
    int settled = before;
    int open = 0;
    int[] joins = new int[LONGEST + 1];
    int at = 0;
    while (at <= last) {
      long packed = body[at];
      settled &= ~joins[at]; // by another way, they are not
      byte kind = KIND[Predecoder.op(packed)];
      int to = target(packed, at);
      if (kind == BRANCHES && to > at && to <= last) {
        joins[to] |= ~settled;
      }
      int rd = destination(packed, kind);
      boolean follows = (sources(packed) & ~settled) == 0;
      settled = follows ? settled | rd : settled & ~rd;
      open |= follows ? 0 : rd;
      at += Predecoder.parcels(packed);
    }
    return open;
  }

  /** A call may do anything. */
  private static byte kind(long packed) {
    boolean call = Predecoder.op(packed) == Op.JAL && Predecoder.rd(packed) != Predecoder.SINK;
    return Predecoder.isInstruction(packed) && !call ? KIND[Predecoder.op(packed)] : OTHER;
  }

  private static int target(long packed, int parcel) {
    return parcel + (int) (Predecoder.immediate(packed) >> 1);
  }

  private static int destination(long packed, byte kind) {
    int rd = Predecoder.rd(packed);
    return (kind == COMPUTES || kind == READS) && rd != Predecoder.SINK ? 1 << rd : 0;
  }

  private static int sources(long packed) {
    int op = Predecoder.op(packed);
    if (KIND[op] == NOTHING || op == Op.LUI || op == Op.AUIPC) {
      return 0;
    }
    return 1 << Predecoder.rs1(packed) | (SECOND[op] ? 1 << Predecoder.rs2(packed) : 0);
  }

  private static byte[] kinds() {
    byte[] table = new byte[Predecoder.OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      table[instruction.op()] = kind(instruction);
    }
    table[Op.JAL] = BRANCHES;
    table[Op.FENCE] = NOTHING;
    return table;
  }

  private static byte kind(Instruction instruction) {
    if (instruction.is(Instruction.BRANCH)) {
      return BRANCHES;
    }
    if (instruction.is(Instruction.AMO)) {
      return adds(instruction.op()) ? OTHER : READS;
    }
    if (instruction.is(Instruction.STORE) || instruction.is(Instruction.END)) {
      return OTHER;
    }
    return switch (instruction.extension()) {
      case "I" -> instruction.is(Instruction.LOAD) ? READS : COMPUTES;
      case "M", "Zba", "Zbb", "Zbs", "Zicond" -> COMPUTES;
      default -> OTHER;
    };
  }

  /** Atomics that make another word of memory each time: a loop of them gets somewhere. */
  private static boolean adds(int op) {
    return switch (op) {
      case Op.AMOADD_W, Op.AMOADD_D, Op.AMOXOR_W, Op.AMOXOR_D -> true;
      default -> false;
    };
  }

  private static boolean[] seconds() {
    boolean[] table = new boolean[Predecoder.OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      table[instruction.op()] =
          switch (instruction.format()) {
            case I, SHIFT, UNARY, LOAD, U, J, LR -> false;
            default -> true;
          };
    }
    return table;
  }
}
