package atoll.engine.translate;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.FloatForm;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.SoftHart;
import atoll.engine.hart.StateBlock;
import atoll.engine.interp.ColdUnit;
import atoll.engine.interp.FetchUnit;
import atoll.engine.target.CodeArea;
import atoll.isa.Instruction;

/**
 * Executes in Java the single instructions that translated code leaves to it. The registers stay in
 * the state block; only those that an instruction names are copied.
 */
final class SlowUnit {
  /** By operation: whether it works on floating-point registers. */
  private static final boolean[] FLOAT = new boolean[Predecoder.OP_MASK + 1];

  /** By operation: whether it may have changed which interrupts are pending or enabled. */
  private static final boolean[] CSR = new boolean[Predecoder.OP_MASK + 1];

  /** By operation: whether it has an integer destination, or may have one. */
  private static final boolean[] WRITES = new boolean[Predecoder.OP_MASK + 1];

  private final SoftHart hart;
  private final StateBlock state;
  private final StateMirror mirror;
  private final FetchUnit fetch;
  private final ColdUnit cold;
  private final CodeArea area;
  private final TranslationCounts counts;

  /** {@link CodeArea#generation} when the instruction was fetched. */
  private int generation;

  static {
    for (Instruction instruction : Instruction.all()) {
      int op = instruction.op();
      FLOAT[op] = FloatForm.isFloat(instruction);
      CSR[op] = instruction.extension().equals("Zicsr");
      WRITES[op] =
          switch (instruction.format()) {
            case STORE, BRANCH -> false;
            default -> true;
          };
    }
  }

  SlowUnit(
      SoftHart hart, StateMirror mirror, FetchUnit fetch, CodeArea area, TranslationCounts counts) {
    this.hart = hart;
    state = hart.state;
    this.mirror = mirror;
    this.fetch = fetch;
    cold = new ColdUnit(hart);
    this.area = area;
    this.counts = counts;
  }

  /**
   * The packed instruction at the hart's program counter.
   *
   * @return 0 if its page has just gone, so that it must be looked up again; {@link
   *     Predecoder#CROSSING} or {@link Predecoder#BREAKPOINT} if it is one for the interpreter, the
   *     former also if it cannot be fetched, which is then its {@link SoftHart#outcome}
   */
  long fetch() {
    generation = area.generation;
    CodePage page = fetch.page(hart.pc);
    return page == null ? Predecoder.CROSSING : page.read(CodePage.parcelAt(hart.pc));
  }

  /**
   * Executes what {@link #fetch} has returned.
   *
   * @param left the slice's remaining instructions, this one included
   * @return {@link Outcome#NEXT} if the code behind it can be resumed; {@link Outcome#REDIRECT} if
   *     the code at the hart's program counter must be looked up; else the executor must be left
   */
  int execute(long packed, int left) {
    int op = Predecoder.op(packed);
    boolean floating = FLOAT[op];
    boolean wasReady = state.getInt(StateBlock.FLOAT_READY) != 0;
    copyIn(packed, floating);
    long pc = hart.pc;
    if (CSR[op]) {
      counts.slowCsr(Predecoder.word(packed) >>> 20);
    } else {
      counts.slow[op]++;
    }
    int outcome = cold.execute(packed, pc, left);
    if (CSR[op]) {
      mirror.updateHint();
    }
    if (CSR[op] || outcome != Outcome.NEXT) {
      mirror.forgetModes();
    }
    if (outcome == Outcome.NEXT) {
      copyOut(packed, floating);
      // The code behind it takes what it has been checked for as given.
      return resumable(wasReady || !floating && !FloatForm.accessesControl(packed))
          ? Outcome.NEXT
          : behind(packed, pc);
    }
    if (Outcome.retired(outcome)) {
      copyOut(packed, floating);
    }
    return outcome == Outcome.REDIRECT || hart.loop.resolve(outcome, packed, pc, left - 1)
        ? Outcome.REDIRECT
        : outcome;
  }

  /**
   * Whether nothing that the code behind was made for has changed, nothing waits, and there is
   * time. A request that waits may be to drop that very code: another hart has given the page up
   * for code, so that nobody has heard of a store into it just now.
   */
  private boolean resumable(boolean checked) {
    boolean sameCode = generation == area.generation && checked;
    return mirror.sameTlb()
        && sameCode
        && !hart.rendezvous().pending()
        && !hart.limit.overdueAtTimes();
  }

  private int behind(long packed, long pc) {
    hart.pc = pc + Predecoder.bytes(packed);
    return Outcome.REDIRECT;
  }

  /** Gives the hart the registers that an instruction reads. */
  private void copyIn(long packed, boolean floating) {
    int rs1 = Predecoder.rs1(packed);
    int rs2 = Predecoder.rs2(packed);
    hart.x[rs1] = state.get(StateBlock.x(rs1));
    hart.x[rs2] = state.get(StateBlock.x(rs2));
    if (floating) {
      int rs3 = Predecoder.word(packed) >>> 27;
      int rd = Predecoder.rd(packed) & 31;
      hart.f[rs1] = state.get(StateBlock.f(rs1));
      hart.f[rs2] = state.get(StateBlock.f(rs2));
      hart.f[rs3] = state.get(StateBlock.f(rs3));
      hart.f[rd] = state.get(StateBlock.f(rd));
      if (rd != 0) {
        hart.x[rd] = state.get(StateBlock.x(rd));
      }
    }
  }

  /** Takes back the register that it has written. */
  private void copyOut(long packed, boolean floating) {
    int rd = Predecoder.rd(packed);
    if (floating) {
      state.takeFloat(hart, rd & 31);
    }
    if (WRITES[Predecoder.op(packed)]) {
      state.take(hart, rd);
    }
  }
}
