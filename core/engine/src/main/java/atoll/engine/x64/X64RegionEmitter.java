package atoll.engine.x64;

import static atoll.emit.X64Assembler.ABOVE_EQUAL;
import static atoll.emit.X64Assembler.ADD;
import static atoll.emit.X64Assembler.CMP;
import static atoll.emit.X64Assembler.EQUAL;
import static atoll.emit.X64Assembler.LESS;
import static atoll.emit.X64Assembler.NOT_EQUAL;
import static atoll.emit.X64Assembler.RAX;
import static atoll.emit.X64Assembler.RCX;
import static atoll.emit.X64Assembler.RDX;
import static atoll.emit.X64Assembler.SUB;
import static atoll.emit.X64Assembler.at;
import static atoll.emit.X64Assembler.atOffset;
import static atoll.engine.x64.Trampolines.state;

import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;
import atoll.engine.target.CodeArea;
import atoll.engine.target.CodeExit;
import atoll.engine.target.ControlFlow;
import atoll.engine.target.RegionBlocks;
import atoll.engine.target.RegionEmitter;
import atoll.isa.Op;
import java.util.function.BooleanSupplier;

/**
 * Emits regions.
 *
 * <p>Compared with single blocks, a region has its own choice of pinned registers, floating-point
 * registers in {@code xmm} registers, TLB slots in place of look-ups, and a check of the slice only
 * where it loops.
 *
 * <p>A region is entered at several places. Each entry checks that the slots are of the TLB's epoch
 * and that floating point may run, then moves registers to the region's places.
 */
final class X64RegionEmitter extends X64Emitter implements RegionEmitter {
  /** By how much an instruction counts for more with each loop around it, as a power of two. */
  private static final int LOOP_WEIGHT = 3;

  /** The first {@code xmm} register that is not scratch. */
  private static final int FIRST_XMM = 4;

  private static final int XMM_REGISTERS = 12;
  private static final int RA = 1;
  private static final int NOWHERE = Integer.MIN_VALUE;

  private final X64Groups groups;
  private final int[] pins = Trampolines.pinnedMap();
  private final int[] map = new int[32];
  private final int[] floatMap = new int[32];
  private final RegisterUse use = new RegisterUse();

  // The region in hand.
  private RegionBlocks region;
  private int slotTable;
  private final int[] label = new int[RegionBlocks.MOST];

  // Side exits: label and target parcel.
  private final int[] sideLabel = new int[4 * RegionBlocks.MOST];
  private final int[] sideTarget = new int[4 * RegionBlocks.MOST];
  private int sides;

  private final long[] ops = new long[CodeExit.MOST_COUNT];
  private final WordUse words = new WordUse();

  /** The guest registers that the region has in host registers, a bit each. */
  private int pinned;

  /** Moves at most that many registers in place; more are moved by a subroutine. */
  private static final int INLINE_MOVES = 4;

  private boolean inlineMoves;
  private int leave;
  private int enter;

  X64RegionEmitter(BooleanSupplier alone, BooleanSupplier siblings) {
    super(alone, siblings);
    groups = new X64Groups(lowering);
  }

  @Override
  public void emit(RegionBlocks wanted, int slots) {
    region = wanted;
    slotTable = slots;
    chooseRegisters();
    emit();
  }

  @Override
  public int slots() {
    return lowering.memory.slots();
  }

  @Override
  public long writeSlots() {
    return lowering.memory.writeSlots();
  }

  private void chooseRegisters() {
    use.clear();
    for (int i = 0; i < region.count; i++) {
      int weight = 1 << LOOP_WEIGHT * Math.min(region.depth[i], 4);
      int parcel = region.start[i];
      for (int n = 0; n < region.size[i]; n++) {
        long packed = region.op(parcel);
        use.add(packed, weight);
        parcel += Predecoder.parcels(packed);
      }
    }
    use.assign(map);
    pinned = 0;
    for (int r = 1; r < 32; r++) {
      pinned |= map[r] >= 0 ? 1 << r : 0;
    }
    use.assignFloats(floatMap, FIRST_XMM, XMM_REGISTERS);
  }

  // ------------------------------------------------------------ code

  private void emit() {
    leave = a.label();
    enter = a.label();
    inlineMoves = moves() <= INLINE_MOVES;
    lowering.beginRegion(
        map, floatMap, slotTable + CodeArea.SLOT_HEADER, use.wanderers(), this::leave, this::enter);
    sides = 0;
    for (int i = 0; i < region.count; i++) {
      label[i] = a.label();
    }
    for (int i = 0; i < region.count; i++) {
      emitBlock(i);
    }
    for (int i = 0; i < sides; i++) {
      a.bind(sideLabel[i]);
      leaveTo(sideTarget[i]);
    }
    lowering.exits.asides();
    lowering.exits.exits();
    emitEntries();
    emitMoves();
  }

  private void emitBlock(int i) {
    int parcel = region.start[i];
    for (int n = 0; n < region.size[i]; n++) {
      ops[n] = region.op(parcel);
      parcel += Predecoder.parcels(ops[n]);
    }
    words.begin(ops, region.size[i], pinned);
    a.bind(label[i]);
    if (loopsToItself(i) && words.loops() && !spins(region.start[i], region.last(i))) {
      int again = a.label();
      words.firstRound();
      int next = emitRound(i, again);
      a.jump(labelOf(next));
      a.bind(again);
      words.furtherRounds();
      fallThrough(i, emitRound(i, again));
    } else {
      words.straight();
      int next = emitRound(i, -1);
      if (next != NOWHERE) {
        fallThrough(i, next);
      }
    }
  }

  private boolean loopsToItself(int i) {
    int parcel = region.last(i);
    return ControlFlow.isBranch(region.op(parcel))
        && parcel + (int) (Predecoder.immediate(region.op(parcel)) >> 1) == region.start[i];
  }

  /**
   * Emits a block's instructions.
   *
   * @param again where its last one goes if the block loops to itself, or -1
   * @return the parcel at which to go on, or {@link #NOWHERE}
   */
  private int emitRound(int i, int again) {
    a.aluImmediate(SUB, true, Trampolines.LEFT, region.size[i]);
    lowering.exits.loose(words.loose(0));
    if (region.checked[i]) {
      a.jump(
          LESS,
          lowering.exits.exit(CodeExit.code(CodeExit.BUDGET, region.start[i], region.size[i]), -1));
    }
    int parcel = region.start[i];
    int n = 0;
    while (n < region.size[i] - 1) {
      int to = n + emitGroup(n, region.size[i], parcel);
      while (n < to) {
        parcel += Predecoder.parcels(ops[n++]);
      }
    }
    return n < region.size[i] ? emitLast(n, parcel, again) : parcel;
  }

  /** Emits an instruction, or several in one; returns how many. */
  private int emitGroup(int n, int size, int parcel) {
    int together = groups.emit(ops, n, size, words);
    if (together != 0) {
      return together;
    }
    lowering.exits.loose(words.loose(n));
    lowering.integer.narrow(words.narrow(n));
    lowering.instruction(ops[n], parcel, size - n);
    return 1;
  }

  /** Emits a block's last instruction; returns where to go on. */
  private int emitLast(int n, int parcel, int again) {
    long packed = ops[n];
    int next = parcel + Predecoder.parcels(packed);
    int target = parcel + (int) (Predecoder.immediate(packed) >> 1);
    return switch (Predecoder.op(packed)) {
      case Op.BEQ, Op.BNE, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU -> {
        lowering.exits.loose(words.loose(n + 1));
        lowering.control.branch(packed, again >= 0 ? again : labelOf(target, parcel));
        lowering.registers.signExtend(words.loose(n + 1));
        yield next;
      }
      case Op.JAL -> {
        if (Predecoder.rd(packed) != Predecoder.SINK) {
          lowering.control.pageRelative(Predecoder.rd(packed), 2L * next);
        } else if (spins(target, parcel)) {
          a.jump(labelOf(target, parcel));
          yield NOWHERE;
        }
        yield target;
      }
      case Op.JALR -> {
        lowering.control.jalr(packed, parcel);
        if (Predecoder.rd(packed) == Predecoder.SINK && Predecoder.rs1(packed) == RA) {
          guardReturns();
        }
        leave();
        lowering.control.dispatch();
        yield NOWHERE;
      }
      default -> {
        int ignored = emitGroup(n, n + 1, parcel);
        if (!RegionBlocks.stops(packed)) {
          yield next;
        }
        a.jump(sideExit(next)); // slots, or floating point, may be others now
        yield NOWHERE;
      }
    };
  }

  /** Goes on at a parcel, by nothing at all if its block comes next. */
  private void fallThrough(int block, int target) {
    int to = region.block(target);
    if (to < 0 || to != block + 1) {
      a.jump(labelOf(target));
    }
  }

  private int labelOf(int target) {
    int to = region.block(target);
    return to >= 0 ? label[to] : sideExit(target);
  }

  /** The same for a jump, which may begin the next round of a loop in which the hart waits. */
  private int labelOf(int target, int from) {
    int to = region.block(target);
    return to >= 0 && spins(target, from)
        ? lowering.exits.spin(target, label[to])
        : labelOf(target);
  }

  private boolean spins(int target, int from) {
    return siblings.getAsBoolean() && region.spins(target, from);
  }

  /** A label that leads out of the region, to a parcel. */
  private int sideExit(int target) {
    sideLabel[sides] = a.label();
    sideTarget[sides] = target;
    return sideLabel[sides++];
  }

  /** A return to one of the region's own calls stays inside. */
  private void guardReturns() {
    for (int i = 0; i < region.returnCount; i++) {
      int to = region.block(region.returns[i]);
      if (to >= 0) {
        a.load(true, RCX, state(StateBlock.PAGE_VA));
        a.lea(true, RDX, at(RCX, 2 * region.returns[i]));
        a.alu(CMP, true, RAX, RDX);
        a.jump(EQUAL, label[to]);
      }
    }
  }

  private void leaveTo(int target) {
    leave();
    if (ControlFlow.byAddress(target)) {
      lowering.control.target(2 * target);
      lowering.control.dispatch();
    } else {
      lowering.control.link(target);
    }
  }

  /**
   * Leaves the region: registers go where everybody expects them. Inside, the slice's count is
   * lower by the region's length, so that no path between two checks overruns the slice.
   */
  private void leave() {
    if (inlineMoves) {
      emitLeave();
    } else {
      a.call(leave);
    }
  }

  /** The reverse. */
  private void enter() {
    if (inlineMoves) {
      emitEnter();
    } else {
      a.call(enter);
    }
  }

  /** The subroutines that do it where there is much to move. */
  private void emitMoves() {
    if (!inlineMoves) {
      a.bind(enter);
      emitEnter();
      a.ret();
      a.bind(leave);
      emitLeave();
      a.ret();
    }
  }

  private void emitEnter() {
    a.aluImmediate(SUB, true, Trampolines.LEFT, region.instructions);
    move(pins, map);
    for (int f = 0; f < 32; f++) {
      if (floatMap[f] >= 0) {
        a.loadSse(!use.single(f), floatMap[f], state(StateBlock.f(f)));
      }
    }
  }

  private void emitLeave() {
    a.aluImmediate(ADD, true, Trampolines.LEFT, region.instructions);
    move(map, pins);
    for (int f = 0; f < 32; f++) {
      if (floatMap[f] >= 0 && use.floatWritten(f)) {
        a.storeSse(!use.single(f), state(StateBlock.f(f)), floatMap[f]);
        if (use.single(f)) {
          a.storeImmediate(false, state(StateBlock.f(f) + 4), -1);
        }
      }
    }
  }

  /** How many registers are elsewhere than outside. */
  private int moves() {
    int n = 0;
    for (int r = 1; r < 32; r++) {
      n += map[r] != pins[r] ? 1 : 0;
      n += floatMap[r] >= 0 ? 1 : 0;
    }
    return n;
  }

  private void move(int[] from, int[] to) {
    for (int r = 1; r < 32; r++) {
      if (from[r] >= 0 && from[r] != to[r]) {
        a.store(true, state(StateBlock.x(r)), from[r]);
      }
    }
    for (int r = 1; r < 32; r++) {
      if (to[r] >= 0 && from[r] != to[r]) {
        a.load(true, to[r], state(StateBlock.x(r)));
      }
    }
  }

  private final int[] entryLabel = new int[RegionBlocks.MOST];

  @Override
  public int entries(int[] into) {
    int entries = 0;
    for (int i = 0; i < region.count; i++) {
      if (region.entered[i]) {
        into[entries++] = a.offset(entryLabel[i]);
      }
    }
    return entries;
  }

  private void emitEntries() {
    for (int i = 0; i < region.count; i++) {
      if (!region.entered[i]) {
        continue;
      }
      entryLabel[i] = a.label();
      int refresh = a.label();
      int refused = a.label();
      a.bind(entryLabel[i]);
      a.load(true, RAX, state(StateBlock.EPOCH));
      a.alu(CMP, true, RAX, atOffset(slotTable));
      a.jump(NOT_EQUAL, refresh);
      if (use.floats()) {
        a.aluImmediate(CMP, false, state(StateBlock.FLOAT_READY), 0);
        a.jump(EQUAL, refused);
        for (int f = 0; f < 32; f++) {
          if (floatMap[f] >= 0 && use.single(f)) {
            a.aluImmediate(CMP, false, state(StateBlock.f(f) + 4), -1);
            a.jump(NOT_EQUAL, refused);
          }
        }
      }
      enter();
      a.jump(label[i]);
      a.bind(refresh);
      a.lea(true, RAX, atOffset(slotTable));
      a.callTo(trampolines.fillSlots);
      a.jump(ABOVE_EQUAL, entryLabel[i]);
      a.bind(refused);
      a.constant(RAX, CodeExit.code(CodeExit.REFRESH, region.start[i], 0));
      a.jumpTo(trampolines.exit);
    }
  }
}
