package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;
import atoll.engine.target.CodeArea;
import java.util.Arrays;

/** Loads and stores: translation by the TLB or, in a region, by its slots. */
final class X64Memory extends X64Unit {
  static final int SIGNED_WORD = -1;
  static final int UNSIGNED_WORD = -2;
  static final int DOUBLEWORD = -3;

  /** Bytes of a cache block. */
  private static final int BLOCK = 64;

  private static final Runnable NOTHING = () -> {};

  private final Trampolines trampolines;

  /** Whether TLB slots are used: {@link #slots} of them from this offset on, 16 bytes each. */
  private boolean useSlots;

  private int slotBase;
  private int slots;

  /** Slots by base register and kind of access, or -1. */
  private final int[] slotOf = new int[64];

  /** A bit for each slot that stores use. */
  private long writeSlots;

  /** The slots that are shared once there are too many, by kind; or -1. */
  private final int[] sharedSlot = new int[2];

  /** Whether the last access went by a slot. */
  private boolean lastBySlot;

  /** Registers that go from page to page, for which one slot is not a cache; a bit each. */
  private int wanderers;

  X64Memory(
      X64Assembler assembler, X64Registers registers, X64Exits exits, Trampolines trampolines) {
    super(assembler, registers, exits);
    this.trampolines = trampolines;
  }

  /** Begins a block outside of regions. */
  void begin() {
    useSlots = false;
  }

  /**
   * Begins a region: its slots lie from {@code slotOffset} on.
   *
   * @param without registers whose accesses go by the TLB's table, a bit each
   */
  void beginRegion(int slotOffset, int without) {
    useSlots = true;
    slotBase = slotOffset;
    slots = 0;
    writeSlots = 0;
    wanderers = without;
    Arrays.fill(slotOf, -1);
    Arrays.fill(sharedSlot, -1);
  }

  /** How many slots the region has used. */
  public int slots() {
    return slots;
  }

  /** Which of them stores use, a bit each. */
  public long writeSlots() {
    return writeSlots;
  }

  /** After a register has been given a value that has nothing to do with its old one. */
  void forgetSlots(int rd) {
    if (useSlots && rd < 32) {
      slotOf[rd << 1] = -1;
      slotOf[rd << 1 | 1] = -1;
    }
  }

  private int slot(int rs1, boolean store) {
    int kind = store ? 1 : 0;
    int key = rs1 << 1 | kind;
    if (slotOf[key] < 0) {
      if (slots < CodeArea.MOST_SLOTS - 2) {
        slotOf[key] = newSlot(store);
      } else {
        if (sharedSlot[kind] < 0) {
          sharedSlot[kind] = newSlot(store);
        }
        slotOf[key] = sharedSlot[kind];
      }
    }
    return slotOf[key];
  }

  private int newSlot(boolean store) {
    writeSlots |= (store ? 1L : 0) << slots;
    return slotBase + 16 * slots++;
  }

  /**
   * Emits the translation of an access and returns the host memory operand. Misses go to {@code
   * miss}, with the address in RAX. RAX, RCX and RDX are used; {@link #free} of them is free
   * afterwards.
   */
  long translate(int rs1, int imm, int size, boolean store, int miss) {
    if (useSlots && (wanderers >>> rs1 & 1) == 0) {
      lastBySlot = true;
      return translateBySlot(rs1, imm, size, store, miss);
    }
    lastBySlot = false;
    address(rs1, imm);
    Trampolines.entry(a, RCX, RAX, store ? StateBlock.TLB_WRITE : StateBlock.TLB_READ);
    a.mov(RDX, RAX);
    a.alu(SUB, true, RDX, at(RCX, 0));
    a.aluImmediate(CMP, true, RDX, PAGE - size);
    a.jump(ABOVE, miss);
    a.load(true, RCX, at(RCX, 8));
    return at(RAX, RCX, 0, 0);
  }

  /** The scratch register that {@link #translate}'s operand does not need. */
  int free() {
    return lastBySlot ? RAX : RDX;
  }

  /** The access itself waits for nothing but its base register and the slot's addend. */
  private long translateBySlot(int rs1, int imm, int size, boolean store, int miss) {
    int slot = slot(rs1, store);
    int base = rs1 != 0 && place(rs1) >= 0 ? place(rs1) : RDX;
    int refilled = a.label();
    a.bind(refilled);
    if (base == RDX) {
      readInto(RDX, rs1);
    }
    if (imm == 0) {
      a.mov(RAX, base);
    } else {
      a.lea(true, RAX, at(base, imm));
    }
    a.alu(SUB, true, RAX, atOffset(slot));
    a.aluImmediate(CMP, true, RAX, PAGE - size);
    a.jump(ABOVE, slotMiss(rs1, imm, size, slot, store, refilled, miss));
    a.load(true, RCX, atOffset(slot + 8));
    return at(base, RCX, 0, imm);
  }

  /** A label that fills the slot, goes {@code back}, and on to {@code miss} if the TLB has none. */
  private int slotMiss(int rs1, int imm, int size, int slot, boolean store, int back, int miss) {
    int label = a.label();
    exits.aside(() -> {
      a.bind(label);
      address(rs1, imm);
      a.lea(true, RDX, atOffset(slot));
      a.callTo(trampolines.refill(store, size));
      a.jump(BELOW, miss);
      a.jump(back);
    });
    return label;
  }

  /**
   * Where a load goes that misses: in regions, to a subroutine for what lies in two pages, which
   * goes on at {@code resume}; all else {@code slow}. Cold code does without it, to be small.
   *
   * @param deliver emits what becomes of the bytes in RAX, of which the lowest are those loaded
   */
  int loadMiss(int size, int slow, int resume, Runnable deliver) {
    if (!mayCross(size)) {
      return slow;
    }
    return missAside(slow, resume, NOTHING, trampolines.crossing.load(), deliver);
  }

  /**
   * The same for a store.
   *
   * @param value emits what loads RDX with the bytes to store; may use RCX
   */
  int storeMiss(int size, int slow, int resume, Runnable value) {
    if (!mayCross(size)) {
      return slow;
    }
    return missAside(slow, resume, value, trampolines.crossing.store(size), NOTHING);
  }

  private boolean mayCross(int size) {
    return useSlots && size > 1;
  }

  private int missAside(int slow, int resume, Runnable before, int subroutine, Runnable after) {
    int miss = a.label();
    exits.aside(() -> {
      a.bind(miss);
      before.run();
      a.callTo(subroutine);
      a.jump(BELOW, slow);
      after.run();
      a.jump(resume);
    });
    return miss;
  }

  void load(long packed, int parcel, int count, int size, int opcode) {
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int slow = slowExit(parcel, count, resume);
    int miss = loadMiss(size, slow, resume, () -> deliver(rd, opcode));
    long m = translate(Predecoder.rs1(packed), (int) (packed >> 32), size, false, miss);
    int d = target(rd, RAX);
    switch (opcode) {
      case SIGNED_WORD -> a.movsxd(d, m);
      case UNSIGNED_WORD -> a.load(false, d, m);
      case DOUBLEWORD -> a.load(true, d, m);
      default -> a.extend(opcode, d, m);
    }
    write(rd, d);
    a.bind(resume);
  }

  /** A load's result, of which RAX has the bytes. */
  private void deliver(int rd, int opcode) {
    int d = target(rd, RAX);
    switch (opcode) {
      case SIGNED_WORD -> a.movsxd(d, RAX);
      case UNSIGNED_WORD -> a.mov32(d, RAX);
      case DOUBLEWORD -> a.mov(d, RAX);
      default -> a.extend(opcode, d, RAX);
    }
    write(rd, d);
  }

  void store(long packed, int parcel, int count, int size) {
    int rs2 = Predecoder.rs2(packed);
    int resume = a.label();
    int slow = slowExit(parcel, count, resume);
    int miss = storeMiss(size, slow, resume, () -> readInto(RDX, rs2));
    long m = translate(Predecoder.rs1(packed), (int) (packed >> 32), size, true, miss);
    int v = read(rs2, free());
    switch (size) {
      case 1 -> a.store8(m, v);
      case 2 -> a.store16(m, v);
      case 4 -> a.store(false, m, v);
      default -> a.store(true, m, v);
    }
    a.bind(resume);
  }

  /** {@code cbo.zero}, where it is enabled. */
  void zeroBlock(int rs1, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    a.aluImmediate(CMP, false, state(StateBlock.ZERO_READY), 0);
    a.jump(EQUAL, miss);
    readInto(RAX, rs1);
    a.aluImmediate(AND, true, RAX, -BLOCK);
    Trampolines.entry(a, RCX, RAX, StateBlock.TLB_WRITE);
    a.mov(RDX, RAX);
    a.aluImmediate(AND, true, RDX, -PAGE);
    a.alu(CMP, true, RDX, at(RCX, 0));
    a.jump(NOT_EQUAL, miss);
    a.alu(ADD, true, RAX, at(RCX, 8));
    a.bitwise(XORPS, XMM0, XMM0);
    for (int i = 0; i < BLOCK; i += 16) {
      a.storeUnaligned(at(RAX, i), XMM0);
    }
    a.bind(resume);
  }
}
