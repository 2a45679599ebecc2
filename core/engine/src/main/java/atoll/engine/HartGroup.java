package atoll.engine;

import atoll.host.Clock;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The harts of one machine, and what they share: memory, decoded code, and the duty to wait for one
 * another when a translation or a page's code changes.
 */
public final class HartGroup implements AutoCloseable {
  /** No group has more harts: bits of a byte stand for them. */
  static final int MOST_HARTS = 8;

  private final GuestMemory memory;
  private final Clock clock;
  private final CodeCache code;
  private final int size;
  private final boolean alone;
  private final MmuKind mmu;
  private final Paging paging;
  private final Optional<SecondStageTables> secondStage;
  private final Optional<TableWatch> watch;
  private final Optional<DirectTables> direct;
  private final List<Hart> harts;
  private volatile TrapLoop.Listener trapLoops = loop -> false;

  /** The same, for loops that must not allocate. */
  private final Hart[] byId;

  /**
   * Makes harts 0 to {@code count - 1}, all stopped at address zero in machine mode, whose
   * translation is {@linkplain MmuKind#FOLDED folded}.
   *
   * @param engine executes them
   */
  public HartGroup(GuestMemory memory, Clock clock, int count, Engine engine) {
    this(memory, clock, count, engine, MmuKind.FOLDED);
  }

  /**
   * The same with a choice of how addresses are translated.
   *
   * @throws TableMemoryException if that needs more machine memory than there is
   */
  public HartGroup(GuestMemory memory, Clock clock, int count, Engine engine, MmuKind mmu) {
    this(memory, clock, count, engine, mmu, Paging.SV57);
  }

  /**
   * The same with a limit to the schemes of page tables.
   *
   * @throws TableMemoryException if the way of translation needs more machine memory than there is
   */
  public HartGroup(
      GuestMemory memory, Clock clock, int count, Engine engine, MmuKind mmu, Paging paging) {
    this.memory = memory;
    this.clock = clock;
    size = count;
    alone = !memory.seal() && count == 1;
    this.mmu = mmu;
    this.paging = paging;
    secondStage =
        mmu == MmuKind.NESTED ? Optional.of(new SecondStageTables(memory)) : Optional.empty();
    code = new CodeCache(memory);
    code.attach(this);
    watch = mmu == MmuKind.SHADOW ? Optional.of(new TableWatch(memory)) : Optional.empty();
    watch.ifPresent(code::attach);
    direct = mmu == MmuKind.DIRECT ? Optional.of(new DirectTables(memory, code)) : Optional.empty();
    direct.ifPresent(code::attach);
    memory.listener(code);
    harts = IntStream.range(0, count).mapToObj(id -> new Hart(id, this, engine)).toList();
    byId = harts.toArray(Hart[]::new);
  }

  /**
   * The blocks of machine memory that a group takes for tables when it is made, in order.
   *
   * @param harts how many
   * @param map what the machine will have
   */
  public static List<Long> tableBlocks(MmuKind mmu, int harts, List<MappedExtent> map) {
    return switch (mmu) {
      case SHADOW -> Collections.nCopies(harts, ShadowTables.BYTES);
      case NESTED -> List.of(SecondStageTables.taken(map));
      case FOLDED, VTLB, DIRECT -> List.of();
    };
  }

  /** Gives back what the harts hold outside the Java heap; none of them is running. */
  @Override
  public void close() {
    harts.forEach(Hart::close);
    secondStage.ifPresent(SecondStageTables::close);
  }

  /** The harts by id. */
  public List<Hart> harts() {
    return harts;
  }

  int size() {
    return size;
  }

  /** Whether one hart has all the memory to itself, so that its atomics need no lock. */
  boolean alone() {
    return alone;
  }

  MmuKind mmu() {
    return mmu;
  }

  /** Has {@code listener} told of harts that make no progress; without one they go on for ever. */
  public void onTrapLoop(TrapLoop.Listener listener) {
    trapLoops = listener;
  }

  TrapLoop.Listener trapLoops() {
    return trapLoops;
  }

  /** The widest scheme of page tables that the harts offer. */
  Paging paging() {
    return paging;
  }

  Optional<SecondStageTables> secondStage() {
    return secondStage;
  }

  Optional<TableWatch> watch() {
    return watch;
  }

  /** The registered page tables, if that is how addresses are translated. */
  public Optional<DirectTables> directTables() {
    return direct;
  }

  /** Bytes of the hypervisor's tables for these harts. */
  long tableBytes() {
    long own = harts.stream().mapToLong(hart -> hart.mmu.tableBytes()).sum();
    return own + secondStage.map(SecondStageTables::bytes).orElse(0L);
  }

  GuestMemory memory() {
    return memory;
  }

  Clock clock() {
    return clock;
  }

  CodeCache code() {
    return code;
  }

  /**
   * Asks other harts to execute a fence, and does not wait. The caller's own hart, if it is named,
   * must not be inside {@link Hart#run}.
   *
   * @param hartMask bit n names hart n; bits without a hart are ignored
   * @return which says when each has done it
   */
  public PostedFence postFence(long hartMask, RemoteFence fence) {
    for (int i = 0; i < byId.length; i++) {
      if ((hartMask >>> i & 1) != 0) {
        byId[i].rendezvous().fence(fence);
      }
    }
    return new PostedFence(byId, hartMask);
  }

  /**
   * Makes all harts forget what they have translated of a page: the caller, if it is a hart, at
   * once, others before they next look at requests, and so before a {@code fence.i} of theirs ends.
   */
  void dropTranslations(CodePage page, Hart caller, Invalidation cause) {
    for (Hart hart : byId) {
      TranslatedPage translated = page.translated(hart.id());
      if (translated == null) {
        continue;
      }
      if (hart == caller) {
        translated.drop(cause);
      } else {
        hart.rendezvous().drop(translated, cause);
      }
    }
  }

  /** The same for what they have translated of the {@code size} bytes at {@code offset} in it. */
  void dropStored(CodePage page, int offset, int size, Hart caller) {
    for (Hart hart : byId) {
      TranslatedPage translated = page.translated(hart.id());
      if (translated == null) {
        continue;
      }
      if (hart == caller) {
        translated.stored(offset, size);
      } else {
        hart.rendezvous().drop(translated, offset, size);
      }
    }
  }

  /**
   * Makes the next store to a host page take the slow path; called inside run.
   *
   * @param hartMask the harts that may have the page in a write TLB
   */
  void forgetWrites(int hartMask, long hva, Hart caller) {
    for (Hart hart : byId) {
      if (hart == caller) {
        caller.mmu.forgetWrites(hva);
      } else if ((hartMask >>> hart.id() & 1) != 0) {
        hart.rendezvous().forgetWrites(hva);
      }
    }
    for (Hart hart : byId) {
      if (hart != caller && (hartMask >>> hart.id() & 1) != 0) {
        hart.rendezvous().awaitWrites(caller);
      }
    }
  }
}
