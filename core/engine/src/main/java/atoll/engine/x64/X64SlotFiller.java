package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.hart.StateBlock;
import atoll.engine.mmu.Tlb;
import atoll.engine.target.CodeArea;
import atoll.verify.SlotTable;

/**
 * The subroutine that makes the slots of a region hold for the TLB in use.
 *
 * <p>RAX addresses the slots' header. Each slot gets a translation that holds now, since it cannot
 * be empty: one whose page the TLB has keeps its page, any other gets the table's sample. Then the
 * header gets the TLB's epoch. If the TLB has no sample, the carry flag is set, and the slots are
 * of no epoch: some of them may be of this TLB by then. Uses RAX, RCX and RDX.
 */
final class X64SlotFiller {
  /** Used beside the scratch registers. */
  private static final int[] USED = {RBX, RSI, RDI};

  /** RBX addresses what is in hand: the header, then one slot after the other. */
  private static final int SLOT = RBX;

  /** Its lowest bit says whether stores use the slot in hand. */
  private static final int STORES = RSI;

  /** Counts the slots that are left. */
  private static final int COUNT = RDI;

  /** Where it begins. */
  final int start;

  private final X64Assembler a;

  /** Emits it. */
  X64SlotFiller(X64Assembler assembler) {
    a = assembler;
    start = a.here();
    emit();
  }

  private void emit() {
    int next = a.label();
    int done = a.label();
    int none = a.label();
    begin(done);
    a.bind(next);
    choose();
    fill(none);
    a.shift(SHR, true, STORES, 1);
    a.aluImmediate(SUB, true, COUNT, 1);
    a.jump(NOT_EQUAL, next);
    a.bind(done);
    a.pop(RCX);
    a.load(true, RAX, state(StateBlock.EPOCH));
    a.store(true, at(RCX, 0), RAX);
    a.aluImmediate(ADD, true, state(StateBlock.SLOT_FILLS), 1);
    a.clearCarry();
    end();
    a.bind(none);
    a.pop(RCX);
    a.setCarry();
    end();
  }

  /** Until all is done, the slots are of no epoch. */
  private void begin(int done) {
    for (int r : USED) {
      a.push(r);
    }
    a.push(RAX);
    a.mov(SLOT, RAX);
    a.storeImmediate(true, at(SLOT, 0), 0);
    a.load(true, STORES, at(SLOT, Long.BYTES));
    a.mov(COUNT, STORES);
    a.shift(SHR, true, COUNT, SlotTable.COUNT_SHIFT);
    a.jump(EQUAL, done);
  }

  /** RAX addresses the entry that the next slot's page selects, RCX its table's sample. */
  private void choose() {
    int chosen = a.label();
    a.aluImmediate(ADD, true, SLOT, CodeArea.SLOT_HEADER);
    a.load(true, RDX, state(StateBlock.TLB_READ));
    a.constant(RCX, Tlb.READ_SAMPLE);
    a.testImmediate(false, STORES, 1);
    a.jump(EQUAL, chosen);
    a.load(true, RDX, state(StateBlock.TLB_WRITE));
    a.constant(RCX, Tlb.WRITE_SAMPLE);
    a.bind(chosen);
    a.alu(ADD, true, RCX, RDX);
    a.load(false, RAX, at(SLOT, 0));
    a.shift(SHR, false, RAX, Tlb.INDEX_SHIFT);
    a.aluImmediate(AND, false, RAX, Tlb.INDEX_MASK);
    a.alu(ADD, true, RAX, RDX);
  }

  /** Copies the one or the other; goes to {@code none} if the table has neither. */
  private void fill(int none) {
    int has = a.label();
    a.load(true, RDX, at(SLOT, 0));
    a.alu(CMP, true, RDX, at(RAX, 0));
    a.jump(EQUAL, has);
    a.mov(RAX, RCX);
    a.load(true, RDX, at(RAX, 0));
    a.testImmediate(false, RDX, Tlb.NO_SAMPLE);
    a.jump(NOT_EQUAL, none);
    a.bind(has);
    a.store(true, at(SLOT, 0), RDX);
    a.load(true, RDX, at(RAX, Long.BYTES));
    a.store(true, at(SLOT, Long.BYTES), RDX);
  }

  private void end() {
    for (int i = USED.length - 1; i >= 0; i--) {
      a.pop(USED[i]);
    }
    a.ret();
  }
}
