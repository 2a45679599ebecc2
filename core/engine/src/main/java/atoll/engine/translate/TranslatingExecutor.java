package atoll.engine.translate;

import atoll.engine.CodeListener;
import atoll.engine.Engine;
import atoll.engine.TranslationStatistics;
import atoll.engine.Tuning;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.FloatForm;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.SoftHart;
import atoll.engine.hart.StateBlock;
import atoll.engine.interp.ColdUnit;
import atoll.engine.interp.FetchUnit;
import atoll.engine.interp.HotLoop;
import atoll.engine.mmu.FetchTlb;
import atoll.engine.mmu.Mmu;
import atoll.engine.mmu.Tlb;
import atoll.engine.x64.CodeArea;
import atoll.engine.x64.X64Csrs;
import atoll.engine.x64.X64Exits;
import atoll.host.RawMemory;
import atoll.isa.Instruction;

/**
 * Executes a hart's instructions by translated code, and by the interpreter what is not worth
 * translating.
 *
 * <p>Translated code runs until it needs something: its exit code says what (see {@link X64Exits}).
 * This class serves it and enters code again.
 */
public final class TranslatingExecutor implements Engine.Executor {
  /** Below this many instructions a slice is finished by the interpreter, to the instruction. */
  private static final int EXACT = 1024;

  /** By operation: whether it works on floating-point registers. */
  private static final boolean[] FLOAT = floats();

  /** By operation: whether it may have changed which interrupts are pending or enabled. */
  private static final boolean[] CSR = csrs();

  /** By operation: whether it has an integer destination, or may have one. */
  private static final boolean[] WRITES = writers();

  /** Slices that end in a region before it is translated once more. */
  private static final int AGAIN = 40;

  /**
   * How many times longer slices are while they end in regions: there is nothing left to find out,
   * and leaving and entering again costs up to a tenth of a short one.
   */
  private static final int SETTLED = 4;

  /** Nanoseconds before the hart has to be left from which on little is interpreted at once. */
  private static final long SHORT = 100_000;

  /** Instructions: new ones that have to be decoded take up to 2 us each. */
  private static final int SHORT_BURST = 8;

  private static final int RESUME = 0;
  private static final int GO_ON = 1;
  private static final int STOP = 2;

  private final SoftHart hart;
  private final Mmu mmu;
  private final Tuning tuning;
  private final StateBlock state;
  private final CodeArea area;
  private final X64BlockTranslator blocks;
  private final X64RegionTranslator regions;
  private final HotLoop interpreter;
  private final ColdUnit cold;
  private final FetchUnit fetch;
  private final CodeReporter reporter;
  private final TranslationCounts counts = new TranslationCounts();

  // What the state block was last told.
  private Tlb data;
  private long epoch;
  private FetchTlb code;
  private int jumpMask;
  private long floatState = -1;
  private int mxcsr;
  private boolean sumChooses;
  private Tlb sumClear;
  private long sumClearEpoch;
  private Tlb sumSet;
  private long sumSetEpoch;
  private long status = -1;
  private int privilege = -1;
  private boolean virtual;

  /** The address to execute next, while translated code is not running. */
  private long pc;

  private int left;

  private final TranslationTime blockTime = new TranslationTime();
  private final TranslationTime regionTime = new TranslationTime();

  /** Jump caches that have forgotten the code that is being evicted. */
  private int flushed;

  /** Whether the last slice ended in a region that is to stay as it is. */
  private boolean settled;

  /**
   * @param listener told of code and of samples, or null
   */
  public TranslatingExecutor(SoftHart hart, Tuning tuning, CodeListener listener) {
    this.hart = hart;
    this.tuning = tuning;
    mmu = hart.mmu;
    state = hart.state;
    area = new CodeArea(tuning.codeBytes());
    blocks = new X64BlockTranslator(area, counts, hart::alone);
    regions = new X64RegionTranslator(area, counts, hart::alone);
    interpreter = new HotLoop(hart);
    cold = new ColdUnit(hart);
    fetch = new FetchUnit(hart, mmu);
    mmu.useJumpCaches();
    reporter = new CodeReporter(listener, hart, area);
  }

  private static boolean[] csrs() {
    boolean[] table = new boolean[Predecoder.OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      table[instruction.op()] = instruction.extension().equals("Zicsr");
    }
    return table;
  }

  private static boolean[] floats() {
    boolean[] table = new boolean[Predecoder.OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      table[instruction.op()] = FloatForm.isFloat(instruction);
    }
    return table;
  }

  @Override
  public TranslationStatistics statistics() {
    return counts.read(area);
  }

  @Override
  public void close() {
    area.close();
  }

  @Override
  public int slice() {
    return settled ? SETTLED * tuning.slice() : tuning.slice();
  }

  /** The clock is looked at within slices, wherever code is left. */
  @Override
  public int timedSlice() {
    return slice();
  }

  @Override
  public int execute(int limit) {
    state.load(hart);
    pc = hart.pc;
    left = limit;
    boolean exact = limit <= EXACT;
    boolean inside = true;
    while (inside) {
      if (left <= 0 || hart.rendezvous().pending()) {
        break;
      }
      long address = find();
      if (address == 0) {
        inside = interpret();
        continue;
      }
      inside = run(address, exact) && !hart.limit.overdueAtTimes();
    }
    leave();
    return left;
  }

  /**
   * Gives everything back to the hart; but the registers, which are many, only if what it has left
   * for may need them: an access that a monitor serves does not, as a rule.
   */
  private void leave() {
    hart.pc = pc;
    if (hart.event != SoftHart.MMIO) {
      state.save(hart);
    }
  }

  /** Tells the state block what has changed of the hart's modes and translations. */
  private void refresh() {
    if (mmu.data != data || data.epoch != epoch) {
      data = mmu.data;
      epoch = data.epoch;
      state.tlb(StateBlock.TLB_READ, data);
    }
    if (hart.mstatus != status || hart.privilege != privilege || hart.virtual != virtual) {
      status = hart.mstatus;
      privilege = hart.privilege;
      virtual = hart.virtual;
      state.put(StateBlock.STATUS, status);
      state.putInt(StateBlock.PRIVILEGE, privilege);
      state.putInt(StateBlock.ZERO_READY, hart.mayZeroBlocks() ? 1 : 0);
    }
    refreshSum();
    if (mmu.code != code || code.jumps.mask() != jumpMask) {
      code = mmu.code;
      jumpMask = code.jumps.mask();
      state.put(StateBlock.JUMP_CACHE, code.jumps.address);
      state.putInt(StateBlock.JUMP_MASK, jumpMask);
    }
    long now = floatState();
    if (now != floatState) {
      floatState = now;
      state.floatMode(
          hart.floatDirty(), hart.floatDirtyOutside(), hart.roundingMode, hart.flags.bits);
      mxcsr = state.getInt(StateBlock.MXCSR);
    }
  }

  /** What {@link StateBlock#floatMode} depends on. */
  private long floatState() {
    return (long) hart.flags.bits << 5
        | (long) hart.roundingMode << 2
        | (hart.floatDirty() ? 2 : 0)
        | (hart.floatDirtyOutside() ? 1 : 0);
  }

  private void refreshSum() {
    boolean chooses = mmu.sumChooses();
    if (chooses != sumChooses) {
      sumChooses = chooses;
      state.putInt(StateBlock.SUM_CHOOSES, chooses ? 1 : 0);
    }
    if (!chooses) {
      return;
    }
    Tlb clear = mmu.supervisorTlb(false);
    if (clear != sumClear || clear.epoch != sumClearEpoch) {
      sumClear = clear;
      sumClearEpoch = clear.epoch;
      state.tlb(StateBlock.SUM_CLEAR, clear);
    }
    Tlb set = mmu.supervisorTlb(true);
    if (set != sumSet || set.epoch != sumSetEpoch) {
      sumSet = set;
      sumSetEpoch = set.epoch;
      state.tlb(StateBlock.SUM_SET, set);
    }
  }

  /** Takes over what translated code has changed of the hart's status. */
  private void takeStatus() {
    long now = state.get(StateBlock.STATUS);
    if (now != status) {
      status = now;
      hart.mstatus = now;
      hart.updateTranslation();
      data = mmu.data;
      epoch = data.epoch;
      floatState = floatState();
    }
  }

  /** Takes over what translated code has raised, or changed of {@code fcsr}. */
  private void takeFloat() {
    int now = state.getInt(StateBlock.MXCSR);
    if (now != mxcsr) {
      mxcsr = now;
      hart.flags.bits = state.flags();
      hart.roundingMode = state.getInt(StateBlock.ROUNDING);
      floatState = floatState();
    }
  }

  /** Finds out whether translated code may enable interrupts by itself. */
  private void updateHint() {
    boolean pending = (hart.interrupts.pending() & hart.mie) != 0;
    state.putInt(StateBlock.HINT, pending ? 1 : 0);
  }

  // ------------------------------------------------------------ finding code

  /** The host address of the code at {@link #pc}; 0 if it is to be interpreted. */
  private long find() {
    long known = mmu.code.jumps.lookup(pc);
    return known != 0 ? known : locate();
  }

  /** The same, whatever the jump cache has, which then has what is found. */
  private long locate() {
    CodePage page = fetch.page(pc);
    if (page == null || page.isScratch()) {
      return 0;
    }
    TranslatedPage translated = known(page);
    int parcel = (int) (pc >>> 1) & CodePage.PARCELS - 1;
    int offset = translated == null ? 0 : translated.entry(parcel);
    if (offset == 0) {
      offset = crosses(page, parcel) ? crossing(page) : translate(page, parcel);
      if (offset == 0) {
        return 0;
      }
    }
    long address = area.address(offset);
    mmu.code.jumps.fill(pc, address);
    return address;
  }

  /** Translates a block that is warm; 0 if it is to be interpreted. */
  private int translate(CodePage page, int parcel) {
    TranslatedPage translated = translated(page);
    if (!ready(translated, parcel)) {
      return 0;
    }
    long start = beginTranslation();
    int offset = blocks.translate(translated, parcel);
    blockTime.took(endTranslation(start));
    if (offset != 0) {
      reporter.block(page, pc, blocks.instructions());
    }
    return hart.rendezvous().pending() ? 0 : offset;
  }

  /** Nobody waits for a hart that translates: it stores nothing meanwhile. */
  private long beginTranslation() {
    hart.rendezvous().leave();
    return hart.limit.now();
  }

  /** Requests that came meanwhile must be served before the hart's next instruction. */
  private long endTranslation(long start) {
    hart.rendezvous().enter();
    hart.limit.tookLong();
    return hart.limit.now() - start;
  }

  /** The same for the page's last instruction if it goes on in the next page. */
  private int crossing(CodePage page) {
    CodePage next = fetch.page(pc + 2);
    if (next == null || next.isScratch()) {
      return 0;
    }
    TranslatedPage translated = translated(page);
    int known = translated.crossing(next);
    if (known != 0 || !ready(translated, CodePage.PARCELS - 1)) {
      return known;
    }
    long start = beginTranslation();
    int offset = blocks.translateCrossing(translated, translated(next));
    blockTime.took(endTranslation(start));
    if (offset != 0) {
      reporter.block(page, pc, 1);
    }
    return hart.rendezvous().pending() ? 0 : offset;
  }

  /** What this hart has translated of a page, or null: nobody else puts anything there. */
  private TranslatedPage known(CodePage page) {
    return (TranslatedPage) page.translated(hart.id());
  }

  private TranslatedPage translated(CodePage page) {
    TranslatedPage translated = known(page);
    if (translated == null) {
      translated = new TranslatedPage(page, area);
      page.translated(hart.id(), translated);
    }
    return translated;
  }

  /** Whether a parcel is warm, and there is room and time for its translation. */
  private boolean ready(TranslatedPage translated, int parcel) {
    if (translated.warm(parcel) < tuning.warm() || !blockTime.fits(hart.limit.remaining())) {
      return false;
    }
    if (!area.room()) {
      evict();
      return false; // this page may have been among those that lost their code
    }
    return true;
  }

  /** Goes a step towards room for code. */
  private void evict() {
    hart.limit.tookLong();
    if (!area.evict()) {
      return;
    }
    mmu.flushJumpCache(flushed++);
    if (flushed == mmu.jumpCaches()) {
      flushed = 0;
      area.reuse();
    }
  }

  // ------------------------------------------------------------ interpreting

  /** Interprets a few instructions at {@link #pc}; returns whether to go on. */
  private boolean interpret() {
    hart.pc = pc;
    if (hart.event == SoftHart.NONE && hart.rendezvous().pending()) {
      return false;
    }
    if (hart.event != SoftHart.NONE) { // the fetch has failed
      left--;
      hart.notRetired();
      boolean resolved = hart.resolve(left);
      pc = hart.pc;
      return resolved;
    }
    int most = hart.limit.remaining() < SHORT ? SHORT_BURST : tuning.burst();
    int burst = Math.min(left, (pc & 0xffe) == 0xffe ? 1 : most);
    state.save(hart);
    int unused = hart.executeBy(interpreter, burst, left);
    left -= burst - unused;
    counts.interpreted += burst - unused;
    pc = hart.pc;
    state.load(hart);
    return hart.event == SoftHart.NONE
        && unused == 0
        && !hart.interruptReady()
        && !hart.limit.overdue();
  }

  /** Whether an instruction lies in two pages. */
  private static boolean crosses(CodePage page, int parcel) {
    return parcel == CodePage.PARCELS - 1 && page.read(parcel) == Predecoder.CROSSING;
  }

  // ------------------------------------------------------------ running code

  /** Runs code at a host address and serves its exit; returns whether to go on. */
  private boolean run(long from, boolean exact) {
    long address = from;
    state.put(StateBlock.PAGE_VA, pc & Tlb.PAGE_MASK);
    state.put(StateBlock.LEFT, left);
    while (true) {
      refresh();
      int exit = area.enter(address, state);
      left = (int) state.get(StateBlock.LEFT);
      takeStatus();
      takeFloat();
      int reason = exit & X64Exits.REASON_MASK;
      int parcel = exit >>> X64Exits.PARCEL_SHIFT & X64Exits.PARCEL_MASK;
      int count = exit >>> X64Exits.COUNT_SHIFT;
      counts.exits[reason]++;
      pc = state.get(StateBlock.PAGE_VA) + 2L * parcel;
      switch (reason) {
        case X64Exits.SLOW -> {
          int outcome = slow(count);
          if (outcome != RESUME) {
            return outcome == GO_ON;
          }
          address = state.get(StateBlock.RESUME);
        }
        case X64Exits.LINK -> {
          address = link();
          if (address == 0 || hart.limit.overdueAtTimes()) {
            return true;
          }
        }
        case X64Exits.LOOKUP -> {
          pc = state.get(StateBlock.TARGET);
          return true;
        }
        case X64Exits.BUDGET -> {
          left += count;
          sample(parcel);
          if (!settled || !extend()) {
            return exact && interpret();
          }
          address = find();
          if (address == 0) {
            return true;
          }
        }
        case X64Exits.REFRESH -> {
          long header = state.get(StateBlock.TARGET);
          if (RawMemory.getLong(header) == data.epoch || !CodeArea.fillSlots(header, data)) {
            return interpret();
          }
          counts.slotFills++;
          address = find();
          if (address == 0) {
            return true;
          }
        }
        default -> {
          address = left > 0 ? replaced(parcel) : 0; // looking may raise the next exception
          if (address == 0) {
            return left <= 0 || interpret();
          }
        }
      }
    }
  }

  /** What has taken the place of code that was dropped, to which jumps may still lead; or 0. */
  private long replaced(int parcel) {
    int stale = area.offset(state.get(StateBlock.RESUME)) - CodeArea.HEAD;
    long address = locate();
    if (address == 0) {
      mmu.code.jumps.flushPage(pc);
    } else {
      ((TranslatedPage) area.owner(stale)).revive(parcel, stale);
    }
    return address;
  }

  /** A region that stays hot is translated once more: more of its page may be warm by now. */
  private boolean worthRegion(TranslatedPage page, int parcel) {
    int samples = page.sample(parcel);
    return page.inRegion(parcel) ? samples == tuning.hot() + AGAIN : samples >= tuning.hot();
  }

  /** A region's slice goes on, if nothing is to be done first. */
  private boolean extend() {
    int more = hart.extend(slice());
    left += more;
    state.put(StateBlock.LEFT, left);
    updateHint();
    return more > 0;
  }

  private void sample(int parcel) {
    TranslatedPage page = current(pc);
    settled = page != null && page.inRegion(parcel);
    if (page != null) {
      reporter.sampled(page.page, pc);
    }
    if (page != null && regionTime.fits(hart.limit.remaining()) && worthRegion(page, parcel)) {
      settled = false;
      translateRegion(page, parcel);
    }
  }

  private void translateRegion(TranslatedPage page, int parcel) {
    if (!area.room()) {
      evict();
      return;
    }
    long start = beginTranslation();
    boolean made = regions.translate(page, parcel);
    regionTime.took(endTranslation(start));
    if (made) {
      reporter.region(page.page, pc, regions);
    } else {
      counts.refusedRegions++;
    }
  }

  /** What this hart has translated of the page at an address, or null. */
  private TranslatedPage current(long va) {
    CodePage page = fetch.page(va);
    if (page == null) { // the guest has unmapped it without a fence; the next fetch will tell
      hart.event = SoftHart.NONE;
      return null;
    }
    return known(page);
  }

  /** Executes the instruction at {@link #pc} in Java. */
  private int slow(int count) {
    int generation = area.generation;
    CodePage page = fetch.page(pc);
    if (page == null) {
      left += count;
      return interpret() ? GO_ON : STOP;
    }
    int parcel = (int) (pc >>> 1) & CodePage.PARCELS - 1;
    long packed = page.read(parcel);
    if (packed == 0) { // the page has just gone: begin again
      left += count;
      return GO_ON;
    }
    if (packed == Predecoder.CROSSING) {
      left += count;
      return interpret() ? GO_ON : STOP;
    }
    boolean floating = FLOAT[Predecoder.op(packed)];
    boolean wasReady = state.getInt(StateBlock.FLOAT_READY) != 0;
    copyIn(packed, floating);
    hart.pc = pc;
    int before = left + count;
    counts.slow[Predecoder.op(packed)]++;
    int outcome = cold.execute(packed, pc, before);
    if (CSR[Predecoder.op(packed)]) {
      updateHint();
    }
    if (outcome == ColdUnit.EVENT) {
      return event(packed, before);
    }
    copyOut(packed, floating);
    if (outcome == ColdUnit.NEXT) {
      boolean sameTlb = mmu.data == data && data.epoch == epoch;
      // The code behind it takes what it has been checked for as given.
      boolean checked = wasReady || !floating && !X64Csrs.floating(packed);
      boolean sameCode = generation == area.generation && checked;
      if (sameTlb && sameCode && !hart.limit.overdueAtTimes()) {
        return RESUME;
      }
      pc += Predecoder.bytes(packed);
    } else {
      pc = hart.pc;
    }
    left = before - 1;
    return outcome == ColdUnit.LEAVE ? STOP : GO_ON;
  }

  /** The instruction at {@link #pc} has not retired. */
  private int event(long packed, int before) {
    left = before - 1;
    hart.pc = pc;
    if (hart.event == SoftHart.MMIO) {
      hart.awaitMmio(packed);
      return STOP;
    }
    hart.notRetired();
    boolean resolved = hart.resolve(left);
    pc = hart.pc;
    return resolved ? GO_ON : STOP;
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

  private static boolean[] writers() {
    boolean[] table = new boolean[Predecoder.OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      table[instruction.op()] =
          switch (instruction.format()) {
            case STORE, BRANCH -> false;
            default -> true;
          };
    }
    return table;
  }

  /** Code for a place in the page that is executing, to which the exit is patched to jump. */
  @SuppressWarnings("ReferenceEquality") // the same page
  private long link() {
    int generation = area.generation;
    long resume = state.get(StateBlock.RESUME);
    long address = find();
    if (address == 0 || generation != area.generation) {
      return address;
    }
    int jump = area.offset(resume) - CodeArea.HEAD;
    int target = area.offset(address);
    // A guest that has changed a mapping without a fence may have left the page by this jump.
    if (area.owner(jump) == area.owner(target)) {
      area.patchJump(jump, target);
      counts.links++;
    }
    return address;
  }
}
