package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.Privilege;
import atoll.engine.hart.StateBlock;
import atoll.engine.mmu.KnownPages;
import atoll.engine.mmu.Mstatus;
import atoll.engine.mmu.Tlb;

/**
 * The subroutine for {@code sfence.vma} of S mode for the page at the address in RAX, in all
 * address spaces (priv §10.2.1): kernels map pages of their own for a moment, by hundreds a
 * millisecond when they patch their code.
 *
 * <p>By {@link KnownPages} it finds that the page is not cached at all, or only in S mode's TLB for
 * loads and stores, and then forgets it there as {@link Tlb} does. If the carry flag is set it has
 * done nothing, and Java must execute the instruction: where the mode may not, where {@link
 * StateBlock#TRAPS_READY} says that more depends on it, for pages of the lower half, parts of
 * superpages, pages that are known elsewhere, too, and where the TLB needs another sample. Uses
 * RAX, RCX and RDX.
 */
final class X64Fences {
  /** Used beside the scratch registers, once there is something to forget. */
  private static final int[] USED = {RBX, RSI, RDI};

  /** The page; the place that it has in its bucket; its TLB. */
  private static final int PAGE = RAX;

  private static final int PLACE = RCX;
  private static final int TLB = RBX;

  /** The offset of its entry in a table, and the tag of that entry while it is empty. */
  private static final int ENTRY = RSI;

  private static final int EMPTY = RDI;

  /** Not 0 if the epoch is over. */
  private static final int OVER = RDX;

  /** Where it begins. */
  final int start;

  private final X64Assembler a;

  /** Emits it. */
  X64Fences(X64Assembler assembler) {
    a = assembler;
    start = a.here();
    emit();
  }

  private void emit() {
    int refuse = a.label();
    int found = a.label();
    int done = a.label();
    check(refuse);
    a.load(true, RDX, state(StateBlock.KNOWN_PAGES));
    leaveSuperpages(refuse);
    a.aluImmediate(AND, true, PAGE, (int) Tlb.PAGE_MASK);
    findBucket(refuse);
    look(found, refuse);
    a.aluImmediate(ADD, true, PLACE, Long.BYTES);
    look(found, refuse);
    a.bind(done);
    a.aluImmediate(ADD, true, state(StateBlock.FENCES), 1);
    a.clearCarry();
    a.ret();
    a.bind(found);
    forget(done);
    a.bind(refuse);
    a.setCarry();
    a.ret();
  }

  private void check(int refuse) {
    a.aluImmediate(CMP, false, state(StateBlock.TRAPS_READY), 0);
    a.jump(EQUAL, refuse);
    a.aluImmediate(CMP, false, state(StateBlock.PRIVILEGE), Privilege.SUPERVISOR);
    a.jump(NOT_EQUAL, refuse);
    a.load(true, RCX, state(StateBlock.STATUS));
    a.testImmediate(false, RCX, (int) Mstatus.TVM);
    a.jump(NOT_EQUAL, refuse);
    a.test(true, RAX, RAX);
    a.jump(GREATER_EQUAL, refuse);
  }

  private void leaveSuperpages(int refuse) {
    for (int i = 0; i < KnownPages.RANGES; i++) {
      int range = KnownPages.SUPERPAGES + 16 * i;
      a.mov(RCX, RAX);
      a.alu(SUB, true, RCX, at(RDX, range));
      a.alu(CMP, true, RCX, at(RDX, range + Long.BYTES));
      a.jump(BELOW, refuse);
    }
  }

  /** PLACE = the first place of the page's bucket, unless it has too many pages. */
  private void findBucket(int refuse) {
    a.mov(RCX, PAGE);
    a.shift(SHR, true, RCX, KnownPages.FOLD_SHIFT);
    a.alu(XOR, false, RCX, PAGE);
    a.shift(SHR, false, RCX, KnownPages.BUCKET_OFFSET_SHIFT);
    a.aluImmediate(AND, false, RCX, KnownPages.BUCKET_MASK);
    a.lea(true, PLACE, at(RDX, RCX, 0, KnownPages.TABLE));
    a.aluImmediate(CMP, true, at(PLACE, Long.BYTES), KnownPages.MANY);
    a.jump(EQUAL, refuse);
  }

  /** Goes to {@code found} if the page has this place and is cached for loads and stores only. */
  private void look(int found, int refuse) {
    a.load(true, RDX, at(PLACE, 0));
    a.alu(XOR, true, RDX, PAGE);
    a.aluImmediate(CMP, true, RDX, KnownPages.DATA);
    a.jump(EQUAL, found);
    a.aluImmediate(CMP, true, RDX, KnownPages.KINDS);
    a.jump(BELOW, refuse);
  }

  /** As {@link Tlb} forgets a page; goes on at {@code done}, or behind this if it must not. */
  private void forget(int done) {
    int sampled = a.label();
    int same = a.label();
    for (int r : USED) {
      a.push(r);
    }
    a.load(true, TLB, state(StateBlock.SUM_CLEAR));
    leaveSample(Tlb.READ_SAMPLE, sampled);
    leaveSample(Tlb.TABLE + Tlb.WRITE_SAMPLE, sampled);
    findEntry();
    a.load(true, OVER, at(TLB, Tlb.REPLACED));
    empty(0);
    empty(Tlb.TABLE);
    endKept();
    a.test(true, OVER, OVER);
    a.jump(EQUAL, same);
    beginEpoch(same);
    a.bind(same);
    a.storeImmediate(true, at(PLACE, 0), 0);
    restore();
    a.jump(done);
    a.bind(sampled);
    restore();
  }

  private void leaveSample(int sample, int sampled) {
    a.alu(CMP, true, PAGE, at(TLB, sample));
    a.jump(EQUAL, sampled);
  }

  private void findEntry() {
    int known = a.label();
    a.mov32(ENTRY, PAGE);
    a.constant(EMPTY, 0);
    a.shift(SHR, false, ENTRY, Tlb.INDEX_SHIFT);
    a.aluImmediate(AND, false, ENTRY, Tlb.INDEX_MASK);
    a.jump(NOT_EQUAL, known);
    a.constant(EMPTY, Tlb.EMPTY_FIRST);
    a.bind(known);
  }

  /** Empties the page's entry in a table. */
  private void empty(int table) {
    int other = a.label();
    a.alu(CMP, true, PAGE, at(TLB, ENTRY, 0, table));
    a.jump(NOT_EQUAL, other);
    a.store(true, at(TLB, ENTRY, 0, table), EMPTY);
    a.storeImmediate(true, at(TLB, ENTRY, 0, table + Long.BYTES), 0);
    a.constant(OVER, 1);
    a.bind(other);
  }

  private void endKept() {
    int other = a.label();
    a.alu(CMP, true, PAGE, at(TLB, Tlb.KEPT));
    a.jump(NOT_EQUAL, other);
    a.storeImmediate(true, at(TLB, Tlb.KEPT), Tlb.NO_PAGE);
    a.bind(other);
  }

  /** Goes to {@code done}, or on there, if the TLB is not the one in use. */
  private void beginEpoch(int done) {
    a.load(true, RDX, state(StateBlock.LAST_EPOCH));
    a.load(true, RDI, at(RDX, 0));
    a.aluImmediate(ADD, true, RDI, 1);
    a.store(true, at(RDX, 0), RDI);
    a.store(true, at(TLB, Tlb.EPOCH), RDI);
    a.storeImmediate(true, at(TLB, Tlb.REPLACED), 0);
    a.store(true, state(StateBlock.SUM_CLEAR + StateBlock.EPOCH_OF_TLB), RDI);
    a.alu(CMP, true, TLB, state(StateBlock.TLB_READ));
    a.jump(NOT_EQUAL, done);
    a.store(true, state(StateBlock.EPOCH), RDI);
  }

  private void restore() {
    for (int i = USED.length - 1; i >= 0; i--) {
      a.pop(USED[i]);
    }
  }
}
