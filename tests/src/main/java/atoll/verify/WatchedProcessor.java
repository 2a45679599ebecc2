package atoll.verify;

import atoll.engine.hart.StateBlock;
import atoll.engine.x64.SharedCode;
import java.util.SplittableRandom;

/**
 * An x86-64 processor for translated code, instruction by instruction, that knows what such code
 * may do and stops where it does something else. It was written from the manuals (Intel SDM, volume
 * 2) and shares nothing with the verifier.
 *
 * <p>Integer arithmetic that addresses or conditions can come of is exact; other results, and those
 * of floating point, are drawn at random: a guest can make them whatever it wants.
 */
final class WatchedProcessor {
  private static final int RAX = 0;
  private static final int RCX = 1;
  private static final int RDX = 2;
  private static final int RSP = 4;
  private static final int RBP = 5;

  private static final long STACK = WatchedStack.BASE;
  private static final long RETURNED = 0x77;

  private final SharedCode shared;
  private final WatchedMemory memory;

  private final long[] r = new long[16];
  private final WatchedStack stack = new WatchedStack();
  private final WatchedFlags flags = new WatchedFlags();
  private SplittableRandom random;

  // The piece, and the instruction in hand.
  private byte[] code;
  private int origin;
  private int pc;
  private boolean inShared;
  private int rex;
  private boolean wide;
  private int prefix;
  private int reg;
  private boolean inMemory;
  private int rm;
  private long address;

  WatchedProcessor(SharedCode sharedCode) {
    shared = sharedCode;
    memory = new WatchedMemory(sharedCode);
  }

  /**
   * Executes from a place of a piece on, with registers and memory drawn at random.
   *
   * @param at an offset in the piece
   * @param called whether it is in a subroutine of the piece
   * @param slotsHold whether the region's slots are known to be of the TLB's epoch
   * @param most instructions to execute
   * @throws EscapeException if it does what no piece may do
   */
  void run(
      CodePiece wanted,
      int at,
      boolean called,
      boolean slotsHold,
      int most,
      SplittableRandom seed) {
    code = wanted.code();
    origin = wanted.origin();
    random = seed;
    memory.begin(wanted.slots(), slotsHold, seed);
    anyRegisters();
    r[RSP] = STACK;
    if (called) {
      push(RETURNED);
    }
    pc = origin + at;
    for (int i = 0; (i < most || inShared()) && step(); i++) {
      if (r[RBP] != WatchedMemory.STATE) {
        throw new EscapeException("RBP has changed");
      }
    }
    memory.check();
  }

  private boolean inShared() {
    return pc >= 0 && pc < shared.code().length;
  }

  private void anyRegisters() {
    for (int i = 0; i < 16; i++) {
      r[i] = i == RSP ? r[RSP] : i == RBP ? WatchedMemory.STATE : memory.guestValue();
    }
  }

  // ------------------------------------------------------------ instructions

  private int next() {
    int at = pc++;
    if (at >= 0 && at < shared.code().length) {
      return shared.code()[at] & 0xff;
    }
    int inPiece = at - origin;
    if (inPiece < 0 || inPiece >= code.length) {
      throw new EscapeException("executes what is not in the piece: 0x%x".formatted(at));
    }
    return code[inPiece] & 0xff;
  }

  private int next4() {
    return next() | next() << 8 | next() << 16 | next() << 24;
  }

  /** Executes one instruction; returns whether the code goes on. */
  private boolean step() {
    inShared = inShared();
    prefix = 0;
    rex = 0;
    int b = next();
    if (b == 0xc4) {
      vex();
      return true;
    }
    while (b == 0x66 || b == 0xf0 || b == 0xf2 || b == 0xf3) {
      prefix = b;
      b = next();
    }
    if ((b & 0xf0) == 0x40) {
      rex = b;
      b = next();
    }
    wide = (rex & 8) != 0;
    return b == 0x0f ? two(next()) : one(b);
  }

  private boolean one(int b) {
    if ((b & 0xc4) == 0 && (b & 7) != 2 && (b & 7) != 0) { // 01, 03 of each group of eight
      modRm(0);
      arithmetic(b >> 3, (b & 2) == 0);
      return true;
    }
    switch (b) {
      case 0x63 -> {
        modRm(0);
        r[reg] = (int) read(4);
      }
      case 0x81, 0x83 -> {
        modRm(b == 0x81 ? 4 : 1);
        long value = b == 0x81 ? next4() : (byte) next();
        store(flags.compute(reg & 7, read(bytes()), value, wide), reg & 7);
      }
      case 0x85 -> {
        modRm(0);
        flags.logic(read(bytes()) & r[reg], wide);
      }
      case 0x87 -> {
        modRm(0);
        long old = read(bytes());
        write(bytes(), r[reg]);
        set(reg, old);
      }
      case 0x88 -> {
        modRm(0);
        write(1, r[reg]);
      }
      case 0x89 -> {
        modRm(0);
        write(prefix == 0x66 ? 2 : bytes(), r[reg]);
      }
      case 0x8b -> {
        modRm(0);
        set(reg, read(bytes()));
      }
      case 0x8d -> {
        modRm(0);
        set(reg, address);
      }
      case 0x99 -> set(RDX, wide ? r[RAX] >> 63 : (int) r[RAX] >> 31);
      case 0xc1, 0xd3 -> shift(b);
      case 0xc3 -> {
        return to(pop());
      }
      case 0xc7 -> {
        modRm(4);
        write(bytes(), next4());
      }
      case 0xe8 -> {
        int offset = next4();
        return call(pc + offset);
      }
      case 0xe9 -> {
        int offset = next4();
        return to(pc + offset);
      }
      case 0xf7 -> unary();
      case 0xf8 -> flags.carry = false;
      case 0xf9 -> flags.carry = true;
      case 0xff -> {
        modRm(0);
        require((reg & 7) == 4 && inMemory, "an indirect jump");
        return indirect(read(8));
      }
      default -> low(b);
    }
    return true;
  }

  private void low(int b) {
    int number = b & 7 | (rex & 1) << 3;
    switch (b & 0xf8) {
      case 0x50 -> push(r[number]);
      case 0x58 -> r[number] = pop();
      case 0xb8 -> {
        long value = next4() & 0xffff_ffffL;
        r[number] = wide ? value | (long) next4() << 32 : value;
      }
      default -> throw new EscapeException("an opcode: %x".formatted(b));
    }
  }

  private boolean two(int b) {
    if ((b & 0xf0) == 0x80) {
      int offset = next4();
      return !flags.condition(b & 15) || to(pc + offset);
    }
    switch (b & 0xf8) {
      case 0xc8 -> {
        r[b & 7 | (rex & 1) << 3] = random.nextLong();
        return true;
      }
      case 0x40, 0x48 -> { // CMOVcc
        modRm(0);
        set(reg, flags.condition(b & 15) ? read(bytes()) : r[reg]);
        return true;
      }
      case 0x90, 0x98 -> { // SETcc
        modRm(0);
        setByte(flags.condition(b & 15) ? 1 : 0);
        return true;
      }
      default -> {}
    }
    switch (b) {
      case 0xb6, 0xb7, 0xbe, 0xbf -> extend(b);
      case 0xaf, 0xb8, 0xbc, 0xbd, 0x2c, 0x2d -> {
        modRm(0);
        set(reg, any());
      }
      case 0xa3, 0xab, 0xb3, 0xbb -> {
        modRm(0);
        set(rm, any());
      }
      case 0x7e -> {
        modRm(0);
        set(rm, any());
      }
      case 0xc1 -> {
        modRm(0);
        long old = read(bytes());
        write(bytes(), any());
        set(reg, old);
      }
      case 0xb1 -> {
        modRm(0);
        long old = read(bytes());
        write(bytes(), random.nextBoolean() ? r[reg] : old);
        flags.zero = random.nextBoolean();
        set(RAX, old);
      }
      case 0xae -> controlWord();
      case 0x10 -> {
        modRm(0);
        long ignored = read(scalar());
      }
      case 0x11 -> {
        modRm(0);
        write(scalar(), random.nextLong());
      }
      case 0x2e, 0x2f -> {
        modRm(0);
        flags.any(random);
      }
      case 0x3a -> {
        int ignored = next();
        modRm(1);
        ignored = next();
      }
      case 0x73 -> {
        modRm(1);
        int ignored = next();
      }
      default -> modRm(0); // on xmm registers only
    }
    return true;
  }

  private int scalar() {
    return prefix == 0 ? 16 : prefix == 0xf2 ? 8 : 4;
  }

  private void vex() {
    int first = next();
    int second = next();
    int opcode = next();
    int operands = next();
    require(operands >= 0xc0 && (first & 31) == 2 && (second & 4) == 0, "a form of VEX");
    if (opcode == 0xf7) {
      boolean is64 = second >= 0x80;
      r[operands >> 3 & 7 | (first < 0x80 ? 8 : 0)] =
          is64 ? random.nextLong() : random.nextInt() & 0xffff_ffffL;
    }
  }

  /** MXCSR must always be a value that the processor takes, with all exceptions masked. */
  private void controlWord() {
    modRm(0);
    if ((reg & 7) == 3) {
      write(4, 0x1f80 | random.nextInt(4) << 13 | random.nextInt(64));
      return;
    }
    require((reg & 7) == 2, "an opcode");
    long value = read(4);
    require(WatchedMemory.isControlWord(value), "a value of MXCSR");
  }

  // ------------------------------------------------------------ operands

  private int bytes() {
    return wide ? 8 : 4;
  }

  private void modRm(int immediateBytes) {
    int b = next();
    int mode = b >> 6;
    reg = b >> 3 & 7 | (rex & 4) << 1;
    rm = b & 7 | (rex & 1) << 3;
    inMemory = mode != 3;
    if (!inMemory) {
      return;
    }
    if (mode == 0 && (b & 7) == 5) {
      int offset = next4();
      address = WatchedMemory.CODE + pc + immediateBytes + offset;
      return;
    }
    long sum;
    if ((b & 7) == 4) {
      int sib = next();
      int index = sib >> 3 & 7 | (rex & 2) << 2;
      require((sib & 7) != 5 || mode != 0, "an operand without a base");
      sum = r[sib & 7 | (rex & 1) << 3] + (index == 4 ? 0 : r[index] << (sib >> 6));
    } else {
      sum = r[rm];
    }
    address = sum + (mode == 1 ? (byte) next() : mode == 2 ? next4() : 0);
  }

  private long read(int size) {
    if (!inMemory) {
      return r[rm];
    }
    memory.wanted(r[RAX]);
    if (address == STACK - 8 && prefix == 0xf0) {
      return 0;
    }
    return memory.load(address, size, inShared);
  }

  private void write(int size, long value) {
    if (!inMemory) {
      set(rm, value);
    } else if (address != STACK - 8 || prefix != 0xf0) {
      memory.store(address, size, value, inShared);
    }
  }

  private void set(int register, long value) {
    r[register] = wide ? value : value & 0xffff_ffffL;
  }

  private void setByte(int value) {
    if (rex == 0 && rm >= RSP) {
      r[rm - 4] = r[rm - 4] & ~0xff00L | (long) value << 8;
    } else {
      r[rm] = r[rm] & ~0xffL | value;
    }
  }

  private long any() {
    return random.nextBoolean() ? memory.guestValue() : random.nextLong();
  }

  private void extend(int b) {
    modRm(0);
    int size = (b & 1) == 0 ? 1 : 2;
    long value = inMemory ? read(size) : rex == 0 && size == 1 && rm >= 4 ? r[rm - 4] >> 8 : r[rm];
    long low = value & (size == 1 ? 0xff : 0xffff);
    set(reg, b < 0xb8 ? low : size == 1 ? (byte) low : (short) low);
  }

  // ------------------------------------------------------------ arithmetic

  private void arithmetic(int op, boolean toRm) {
    long other = read(bytes());
    if (toRm) {
      store(flags.compute(op, other, r[reg], wide), op);
    } else {
      long result = flags.compute(op, r[reg], other, wide);
      if (op != WatchedFlags.CMP) {
        set(reg, result);
      }
    }
  }

  private void store(long result, int op) {
    if (op != WatchedFlags.CMP) {
      write(bytes(), result);
    }
  }

  private void shift(int b) {
    modRm(b == 0xc1 ? 1 : 0);
    int count = (b == 0xc1 ? next() : (int) r[RCX]) & (wide ? 63 : 31);
    long x = wide ? read(8) : read(4) & 0xffff_ffffL;
    long result = WatchedFlags.shifted(reg & 7, x, count, wide);
    flags.any(random);
    flags.zero = WatchedFlags.cut(result, wide) == 0;
    write(bytes(), result);
  }

  private void unary() {
    int at = pc;
    modRm(0);
    int digit = reg & 7;
    if (digit == 0) { // its place is relative to behind the immediate
      pc = at;
      modRm(4);
      flags.logic(read(bytes()) & next4(), wide);
      return;
    }
    long x = read(bytes());
    switch (digit) {
      case 2 -> write(bytes(), ~x);
      case 3 -> write(bytes(), flags.compute(WatchedFlags.SUB, 0, x, wide));
      case 4, 5 -> {
        set(RAX, any());
        set(RDX, any());
        flags.any(random);
      }
      case 6, 7 -> divide(x, digit == 7);
      default -> throw new EscapeException("an operation");
    }
  }

  /** A division traps if the quotient does not fit. */
  private void divide(long by, boolean signed) {
    long divisor = wide ? by : signed ? (int) by : by & 0xffff_ffffL;
    long low = wide ? r[RAX] : signed ? (int) r[RAX] : r[RAX] & 0xffff_ffffL;
    long high = wide ? r[RDX] : (int) r[RDX];
    require(divisor != 0, "a division by zero");
    require(high == (signed ? low >> 63 : 0), "a dividend that is too large");
    long least = wide ? Long.MIN_VALUE : Integer.MIN_VALUE;
    require(!signed || divisor != -1 || low != least, "a quotient that does not fit");
    set(RAX, any());
    set(RDX, any());
    flags.any(random);
  }

  // ------------------------------------------------------------ control

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new EscapeException("not " + what);
    }
  }

  private void push(long value) {
    r[RSP] = stack.push(r[RSP], value);
  }

  private long pop() {
    long value = stack.top(r[RSP]);
    r[RSP] += 8;
    return value;
  }

  private boolean call(int target) {
    if (target == shared.routines().exitResumably()) {
      return exitResumably();
    } else if (target == shared.routines().fillSlots()) {
      return fillSlots();
    } else if (shared.traps().contains(target)) {
      return trap();
    }
    push(pc);
    return to(target);
  }

  /** Java serves an exit, and may go on behind it with other registers. */
  private boolean exitResumably() {
    require(r[RSP] == STACK, "the stack of an exit");
    int reason = (int) r[RAX] & shared.exits().mask();
    if (shared.exits().resumes(reason)) {
      anyRegisters();
      r[RSP] = STACK;
      return true;
    }
    require(reason == shared.exits().link(), "a reason of an exit");
    return false;
  }

  /** The slots hold for the TLB in use then, or, with the carry flag set, for none. */
  private boolean fillSlots() {
    require(r[RSP] == STACK, "the stack of a call");
    require(memory.header() != 0 && r[RAX] == memory.header(), "the region's slots");
    flags.carry = random.nextBoolean();
    memory.refill(!flags.carry);
    anyScratch();
    return true;
  }

  /** A call of a kernel or a return from it: another TLB is in use then, or the carry flag set. */
  private boolean trap() {
    require(r[RSP] == STACK, "the stack of a call");
    flags.carry = random.nextBoolean();
    if (!flags.carry) {
      memory.switchTlb();
    }
    anyScratch();
    return true;
  }

  private void anyScratch() {
    r[RAX] = memory.guestValue();
    r[RCX] = memory.guestValue();
    r[RDX] = memory.guestValue();
  }

  private boolean to(long target) {
    if (target == RETURNED) {
      require(r[RSP] == STACK, "the stack of a return");
      return false;
    }
    if (target == shared.routines().exit()) {
      exit();
      return false;
    }
    if (target == shared.routines().lookUpAgain() && !inShared) {
      require(r[RSP] == STACK && memory.isMissed(r[RDX]), "a miss in the jump cache");
      pc = (int) target;
      return true;
    }
    boolean toShared = target >= 0 && target < shared.code().length;
    if (toShared && !inShared) {
      require(isSubroutine((int) target) && r[RSP] == STACK - 8, "a subroutine");
    }
    boolean inPiece = target >= origin && target < origin + code.length;
    if (!toShared && !inPiece) {
      require(r[RSP] == STACK && outside((int) target), "an entry");
      return false;
    }
    pc = (int) target;
    return true;
  }

  private boolean isSubroutine(int target) {
    Routines known = shared.routines();
    return known.refillLoads().contains(target)
        || known.refillStores().contains(target)
        || known.others().contains(target)
        || known.switching().contains(target);
  }

  private EntryPoints entries;

  /** Which entries there are elsewhere. */
  void entries(EntryPoints known) {
    entries = known;
  }

  private boolean outside(int target) {
    return entries.isEntry(target);
  }

  private boolean indirect(long target) {
    require(r[RSP] == STACK, "the stack of a jump");
    require(target == WatchedMemory.ELSEWHERE, "a place that the jump cache has");
    long page = memory.field(StateBlock.PAGE_VA, 8);
    require(page % 4096 == 0, "a page's address");
    return false;
  }

  private void exit() {
    require(r[RSP] == STACK, "the stack of an exit");
    ExitCodes codes = shared.exits();
    int reason = (int) r[RAX] & codes.mask();
    boolean known =
        reason == codes.lookup() || reason == codes.budget() || reason == codes.refresh();
    require(known, "a reason of an exit");
  }
}
