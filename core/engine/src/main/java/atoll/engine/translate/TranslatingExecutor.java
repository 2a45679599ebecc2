package atoll.engine.translate;

import atoll.engine.CodeListener;
import atoll.engine.CodeStore;
import atoll.engine.Engine;
import atoll.engine.HartCode;
import atoll.engine.SharedCode;
import atoll.engine.TranslationStatistics;
import atoll.engine.Tuning;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.SoftHart;
import atoll.engine.hart.StateBlock;
import atoll.engine.interp.FetchUnit;
import atoll.engine.interp.HotLoop;
import atoll.engine.mmu.Tlb;
import atoll.engine.target.CodeArea;
import atoll.engine.target.CodeExit;
import atoll.engine.target.Target;
import atoll.verify.RefusedCodeException;
import java.util.Optional;

/**
 * Executes a hart's instructions by translated code, and by the interpreter what is not worth
 * translating.
 *
 * <p>Translated code runs until it needs something: its exit code says what (see {@link CodeExit}).
 * This class serves it and enters code again.
 */
public final class TranslatingExecutor implements Engine.Executor {
  /** Below this many instructions a slice is finished by the interpreter, to the instruction. */
  private static final int EXACT = 1024;

  /** Nanoseconds before the hart has to be left from which on little is interpreted at once. */
  private static final long SHORT = 100_000;

  /** Instructions: new ones that have to be decoded take up to 2 us each. */
  private static final int SHORT_BURST = 8;

  private final SoftHart hart;
  private final Tuning tuning;
  private final StateBlock state;
  private final StateMirror mirror;
  private final CodeArea area;
  private final CodeRoom room;
  private final CodeFinder finder;
  private final RegionForge forge;
  private final RegionSampler sampler;
  private final SlowUnit slowUnit;
  private final HotLoop interpreter;
  private final Optional<PieceLoader> loader;
  private final IdleWatch idle;
  private final TranslationCounts counts = new TranslationCounts();

  /** Instructions left of the slice, while translated code is not running. */
  private int left;

  /** Whether the slice is to be executed to the instruction. */
  private boolean exact;

  /** Whether the slice goes on; if not, the hart is left, for its outcome or to look around. */
  private boolean goesOn;

  /**
   * @param listener told of code and of samples, or null
   * @param store of code of earlier and for later runs
   * @param others has code of other machines' harts
   * @param workshop makes regions, if the hart does not do so itself
   */
  public TranslatingExecutor(
      SoftHart hart,
      Target target,
      Tuning tuning,
      CodeListener listener,
      Optional<CodeStore> store,
      Optional<SharedCode> others,
      Optional<RegionWorkshop> workshop) {
    this.hart = hart;
    this.tuning = tuning;
    state = hart.state;
    mirror = new StateMirror(hart, target.floats());
    boolean siblings = hart.hasSiblings();
    area = new CodeArea(tuning.codeBytes(), target, hart::alone, () -> siblings);
    interpreter = new HotLoop(hart);
    hart.mmu.useJumpCaches();
    FetchUnit fetch = new FetchUnit(hart, hart.mmu);
    room = new CodeRoom(hart, area);
    CodeReporter reporter = new CodeReporter(listener, hart, area);
    PieceRecorder recorder = new PieceRecorder(store, area, hart::alone, siblings);
    loader =
        store.map(kept -> new PieceLoader(kept, area, counts, hart::alone, siblings, tuning.hot()));
    Optional<SharedPages> shared = others.map(all -> new SharedPages(all, hart, area, counts));
    finder =
        new CodeFinder(hart, tuning, fetch, area, room, counts, reporter, recorder, loader, shared);
    forge = new RegionForge(hart, target, area, room, counts, reporter, store, workshop);
    sampler = new RegionSampler(hart, tuning, finder, room, forge, reporter, loader);
    idle = new IdleWatch(hart, tuning, area, room);
    slowUnit = new SlowUnit(hart, mirror, fetch, area, counts);
  }

  @Override
  public TranslationStatistics statistics() {
    return counts.read(area, state.get(StateBlock.SLOT_FILLS));
  }

  @Override
  public void close() {
    loader.ifPresent(PieceLoader::close);
    area.close();
  }

  @Override
  public Optional<HartCode> code() {
    return room.emptying()
        ? Optional.empty()
        : CodeImage.of(area, hart.alone(), hart.hasSiblings()).map(HartCode.class::cast);
  }

  @Override
  public void waits() {
    idle.waits();
  }

  @Override
  public int slice() {
    return sampler.slice();
  }

  /** The clock is looked at within slices, wherever code is left. */
  @Override
  public int timedSlice() {
    return slice();
  }

  @Override
  public boolean seesSpinning() {
    return true;
  }

  @Override
  public int execute(int limit) {
    state.load(hart);
    mirror.forgetModes();
    left = limit;
    exact = limit <= EXACT;
    goesOn = true;
    try {
      forge.install();
      executeSlice();
    } catch (RefusedCodeException e) {
      throw e.at(hart.pc);
    }
    // The registers, which are many, are given back only if what the hart has left for may need
    // them: an access that a monitor serves does not, as a rule.
    if (hart.outcome != Outcome.MMIO) {
      state.save(hart);
    }
    return left;
  }

  private void executeSlice() {
    while (goesOn && left > 0 && !hart.rendezvous().pending()) {
      long address = finder.find();
      if (address == 0) {
        goesOn = interpret();
      } else {
        run(address);
      }
    }
  }

  /** Interprets a few instructions at the hart's program counter; returns whether to go on. */
  private boolean interpret() {
    mirror.forgetModes();
    if (hart.outcome != Outcome.NEXT) { // the fetch has failed
      left--;
      return hart.loop.resolve(hart.outcome, 0, hart.pc, left);
    }
    if (hart.rendezvous().pending()) {
      return false;
    }
    int most = hart.limit.remaining() < SHORT ? SHORT_BURST : tuning.burst();
    int burst = Math.min(left, (hart.pc & 0xffe) == 0xffe ? 1 : most);
    state.save(hart);
    int unused = hart.loop.executeBy(interpreter, burst, left);
    left -= burst - unused;
    counts.interpreted += burst - unused;
    state.load(hart);
    return hart.outcome == Outcome.NEXT
        && unused == 0
        && !hart.trapUnit.interruptReady()
        && !hart.limit.overdue();
  }

  /** Runs code at a host address, and what its exits lead to, until there is none to go on with. */
  private void run(long from) {
    long address = from;
    enterPage();
    while (address != 0) {
      mirror.refresh();
      int exit = area.enter(address, state);
      left = (int) state.get(StateBlock.LEFT);
      mirror.take();
      int reason = exit & CodeExit.REASON_MASK;
      int parcel = CodeExit.parcel(exit);
      int count = exit >>> CodeExit.COUNT_SHIFT;
      counts.exits[reason]++;
      hart.pc = state.get(StateBlock.PAGE_VA) + 2L * parcel;
      address =
          switch (reason) {
            case CodeExit.SLOW -> slow(count);
            case CodeExit.LINK -> link();
            case CodeExit.LOOKUP -> lookUp();
            case CodeExit.BUDGET -> budget(parcel, count);
            case CodeExit.REFRESH -> interpreted();
            case CodeExit.SPIN -> spin();
            default -> stale(parcel);
          };
    }
  }

  /** Tells code what follows from the hart's program counter, and what is left of the slice. */
  private void enterPage() {
    state.put(StateBlock.PAGE_VA, hart.pc & Tlb.PAGE_MASK);
    state.put(StateBlock.LEFT, left);
  }

  // ------------------------------------------------------------ exits

  // Each method returns the host address at which translated code goes on; or 0 after finding out
  // whether the slice goes on, and where.

  private long interpreted() {
    goesOn = interpret() && inTime();
    return 0;
  }

  private boolean inTime() {
    return !hart.limit.overdueAtTimes();
  }

  /** The instruction is to be executed in Java. */
  private long slow(int count) {
    left += count;
    long packed = slowUnit.fetch();
    if (packed == 0) {
      return 0;
    }
    if (!Predecoder.isInstruction(packed)) {
      return interpreted();
    }
    int outcome = slowUnit.execute(packed, left);
    left--;
    if (outcome == Outcome.NEXT) {
      return state.get(StateBlock.RESUME);
    }
    goesOn = outcome == Outcome.REDIRECT && inTime();
    return goesOn ? elsewhere() : 0;
  }

  private long link() {
    long address = finder.link();
    goesOn = inTime();
    return goesOn ? address : 0;
  }

  private long lookUp() {
    hart.pc = state.get(StateBlock.TARGET);
    goesOn = inTime();
    return goesOn ? elsewhere() : 0;
  }

  /** The code at a program counter that may be in another page than what has run. */
  private long elsewhere() {
    if (left <= 0 || hart.rendezvous().pending()) {
      return 0;
    }
    long address = finder.find();
    if (address == 0) {
      return interpreted();
    }
    enterPage();
    return address;
  }

  /** The slice is used up. */
  private long budget(int parcel, int count) {
    left += count;
    sampler.sample(parcel);
    if (sampler.settled() && extend()) {
      return finder.find();
    }
    if (exact) {
      return interpreted();
    }
    goesOn = false;
    return 0;
  }

  /** A region's slice goes on, if nothing is to be done first. */
  private boolean extend() {
    int more = hart.loop.extend(slice());
    left += more;
    state.put(StateBlock.LEFT, left);
    mirror.updateHint();
    return more > 0;
  }

  /** The hart looks once more for what another one is to do. */
  private long spin() {
    boolean enough = hart.spin.looked(hart.loop.number(left), 1);
    if (enough) {
      hart.outcome = Outcome.YIELD;
    }
    goesOn = !enough && !hart.rendezvous().pending() && inTime();
    return goesOn ? state.get(StateBlock.RESUME) : 0;
  }

  /** The code has been dropped. */
  private long stale(int parcel) {
    if (left <= 0) {
      return 0; // to look may raise the next exception
    }
    long address = finder.replaced(parcel);
    return address != 0 ? address : interpreted();
  }
}
