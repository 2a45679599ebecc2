package atoll.engine.x64;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.hart.StateBlock;
import atoll.host.NativeCode;
import atoll.verify.CodeGate;
import atoll.verify.ProvenPiece;
import atoll.verify.SlotTable;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * One hart's memory for translated code: segments that are filled one after the other. When the
 * last is full the first is reused, and the pages that had code in it lose their translations;
 * since these can be many, that is done in steps.
 *
 * <p>Regions' TLB slots lie in the data behind the code, at an offset that follows from the code's.
 */
public final class CodeArea implements AutoCloseable {
  private static final int SEGMENTS = 8;

  /** No piece of code is longer: blocks cannot be, and a region that is gets given up. */
  public static final int LARGEST_PIECE = 1 << 17;

  /** Pieces of a segment; what is known of each takes up to 40 bytes of heap. */
  public static final int MOST_PIECES = 1 << 16;

  /** Pieces that one {@link #evict} drops, give or take a page. */
  private static final int EVICTED = 1024;

  /**
   * Bytes in front of a region's slots, and of each of them: the epoch, then how many there are and
   * which are writes.
   */
  public static final int SLOT_HEADER = SlotTable.HEADER;

  /** More accesses of a region than these share one slot of each kind. */
  public static final int MOST_SLOTS = 48;

  /** Bytes that one {@link #prepare} takes: what is made until the next one, mostly. */
  private static final int PREPARED = 1 << 17;

  /** Bytes that one {@link #giveBack} gives back: some 50 us. */
  private static final int GIVEN_BACK = 1 << 19;

  /** Bytes for the subroutines. */
  static final int TRAMPOLINES = 4096;

  private static final int PAGE = 4096;

  /** Bytes of a piece that are overwritten when it is dropped. */
  public static final int HEAD = 10;

  public final X64Assembler assembler = new X64Assembler();
  public final Trampolines trampolines;

  private final CodeGate gate;
  private final NativeCode enter;
  private final int segmentSize;
  private final Pieces[] pieces = new Pieces[SEGMENTS];
  private int segment;

  private int next;
  private int end;
  private int nextSlot;

  /**
   * Counts dropped pages and evictions, so that code that is about to resume translated code can
   * tell.
   */
  public int generation;

  /** Bytes of code ever made, for statistics. */
  public long bytes;

  /** Segments reused, for statistics. */
  public long evictions;

  /** How often pages have dropped their code, or some of it, by {@link Invalidation}. */
  public final Map<Invalidation, Long> dropped = new EnumMap<>(Invalidation.class);

  private int last;
  private int lastSize;

  public CodeArea(int codeBytes) {
    gate = new CodeGate(codeBytes, codeBytes / 4, SEGMENTS, CodeContract.STATE, CodeContract.EXITS);
    segmentSize = gate.segmentSize();
    assembler.begin(0);
    trampolines = new Trampolines(assembler);
    assembler.finish();
    gate.install(assembler.bytes(), assembler.size(), trampolines.routines(TRAMPOLINES));
    lastSize = assembler.size();
    enter = new NativeCode(gate.code() + trampolines.enter);
    for (int i = 0; i < SEGMENTS; i++) {
      pieces[i] = new Pieces();
    }
    fillFrom(0);
  }

  /** Executes code from a host address on; returns an exit code. */
  public int enter(long address, StateBlock state) {
    return (int) enter.call(address, state.base);
  }

  public long address(int offset) {
    return gate.code() + offset;
  }

  public int offset(long address) {
    return (int) (address - gate.code());
  }

  /** Whose code lies at an offset. */
  public PageTranslation owner(int offset) {
    return pieces[offset / segmentSize].at(offset);
  }

  /** The pieces of a segment, in the order of their addresses. */
  private static final class Pieces {
    private static final int FEW = 64;

    private int[] start = new int[FEW];
    private PageTranslation[] owner = new PageTranslation[FEW];
    private int count;

    /** Of these, those whose pages have lost their code. */
    private int lost;

    /** The offset behind the last of them; less than that of any if there is none. */
    private int end;

    /** Has some pages lose their code; returns whether all have. */
    boolean drop(Invalidation cause) {
      int units = EVICTED;
      while (units > 0 && lost < count) {
        PageTranslation page = owner[lost++];
        units -= 1 + page.pieces();
        page.drop(cause);
      }
      return lost == count;
    }

    void add(int at, PageTranslation page) {
      if (count == start.length) {
        start = Arrays.copyOf(start, 2 * count);
        owner = Arrays.copyOf(owner, 2 * count);
      }
      start[count] = at;
      owner[count++] = page;
    }

    PageTranslation at(int offset) {
      int found = Arrays.binarySearch(start, 0, count, offset);
      return owner[found >= 0 ? found : -found - 2];
    }

    void clear() {
      Arrays.fill(owner, 0, count, null);
      count = 0;
      lost = 0;
    }

    /** Has nothing, and room for little. */
    void shrink() {
      start = new int[FEW];
      owner = new PageTranslation[FEW];
      count = 0;
      lost = 0;
    }
  }

  /** Begins a piece of code; there is room for the largest. */
  public X64Assembler begin() {
    if (end - next < LARGEST_PIECE) {
      throw new IllegalStateException("room() was not called");
    }
    assembler.begin(next);
    return assembler;
  }

  /** Whether a piece can be begun without {@link #evict}. */
  public boolean room() {
    return end - next >= LARGEST_PIECE && pieces[segment].count < MOST_PIECES;
  }

  /**
   * Goes a step towards the next segment, whose pages lose all their code. Their code can still be
   * reached by its address, and leads to an exit, until {@link #reuse}.
   *
   * @return whether all of them have lost it
   */
  public boolean evict() {
    return pieces[following()].drop(Invalidation.EVICTION);
  }

  /** Goes on to the next segment; nothing leads to code in it any more. */
  public void reuse() {
    segment = following();
    if (pieces[segment].count > 0) {
      evictions++;
    }
    pieces[segment].clear();
    fillFrom(segment);
  }

  private void fillFrom(int first) {
    segment = first;
    next = begin(segment);
    end = (segment + 1) * segmentSize;
    nextSlot = gate.slots(segment);
    gate.forget(segment);
    generation++;
  }

  private int begin(int number) {
    return number * segmentSize + (number == 0 ? TRAMPOLINES : 0);
  }

  /** Bytes of the host's memory that code takes. */
  public int taken() {
    int bytes = 0;
    for (int i = 0; i < SEGMENTS; i++) {
      bytes += Math.max(0, pieces[i].end - begin(i));
    }
    return bytes;
  }

  /**
   * Goes a step towards having no code: all pages lose theirs, in every segment. As with {@link
   * #evict} it can still be reached by its address.
   *
   * @return whether all of them have lost it
   */
  public boolean dropAll() {
    for (Pieces each : pieces) {
      if (!each.drop(Invalidation.IDLE)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Goes a step towards giving the host the memory of all segments back, to which nothing leads any
   * more; then the first is filled anew.
   *
   * @return whether all is given back
   */
  public boolean giveBack() {
    for (int i = 0; i < SEGMENTS; i++) {
      Pieces each = pieces[i];
      if (each.end > begin(i)) {
        int from = Math.max(begin(i), each.end - GIVEN_BACK & -PAGE);
        gate.discard(i, from, each.end - from + PAGE - 1 & -PAGE);
        each.end = from;
        return false;
      }
    }
    gate.discardSlots();
    for (Pieces each : pieces) {
      each.shrink();
    }
    fillFrom(0);
    return true;
  }

  /** Takes memory from the host for the pieces that come next. Any thread. */
  public void prepare() {
    int from = next & -PAGE; // which may be on its way elsewhere: it is only a guess
    int bytes = Math.min(end - from, PREPARED) & -PAGE;
    if (bytes > 0) {
      gate.prepare(from, bytes);
    }
  }

  private int following() {
    return (segment + 1) % SEGMENTS;
  }

  /** The offset of unused bytes in the data; -1 if the segment has not that many. */
  public int freeSlots(int bytes) {
    return nextSlot + bytes > gate.slots(segment) + gate.dataPerSegment() ? -1 : nextSlot;
  }

  /**
   * Ends the piece that was begun, which is of {@code owner}'s code and is entered at its
   * beginning; returns its offset.
   */
  public int commit(PageTranslation owner) {
    assembler.finish();
    gate.block(next, assembler.bytes(), assembler.size());
    return committed(owner);
  }

  /**
   * Ends a region, of which no slot holds anything yet.
   *
   * @param entries where it is entered, in order
   * @param count how many of these there are
   * @param slots at the bytes that {@link #freeSlots} has found
   */
  public void commit(PageTranslation owner, int[] entries, int count, SlotTable slots) {
    assembler.finish();
    gate.region(next, assembler.bytes(), assembler.size(), entries, count, slots);
    nextSlot = slots.offset() + slots.bytes();
    int ignored = committed(owner);
  }

  /**
   * Adds a region that has been made elsewhere, for which there is {@link #room}.
   *
   * @param slots at the bytes that {@link #freeSlots} has found
   * @return its offset
   */
  public int commit(PageTranslation owner, ProvenPiece region, int slots) {
    gate.region(next, region, slots);
    nextSlot = slots + region.slotBytes();
    return committed(owner, region.size());
  }

  private int committed(PageTranslation owner) {
    return committed(owner, assembler.size());
  }

  private int committed(PageTranslation owner, int size) {
    int at = next;
    next += size;
    bytes += size;
    last = at;
    lastSize = size;
    pieces[segment].add(at, owner);
    pieces[segment].end = Math.max(pieces[segment].end, next);
    return at;
  }

  /** The same for code of two pages, which ends with either of them. */
  public int commit(PageTranslation owner, PageTranslation other) {
    int at = commit(owner);
    pieces[segment].add(at, other);
    return at;
  }

  /** Overwrites the beginning of a piece with a jump. */
  public void patchJump(int at, int target) {
    gate.jump(at, target);
  }

  /** Makes a piece lead to an exit that names its parcel, and itself by where it would resume. */
  public void makeStale(int at, int parcel) {
    gate.drop(at, X64Exits.code(X64Exits.STALE, parcel, 0));
  }

  /** The offset of the piece that was committed last. */
  public int last() {
    return last;
  }

  /** Its bytes. */
  public int lastSize() {
    return lastSize;
  }

  /** A page has dropped its code, or some of it. */
  public void dropped(Invalidation cause) {
    generation++;
    dropped.merge(cause, 1L, Long::sum);
  }

  @Override
  public void close() {
    gate.close();
  }
}
