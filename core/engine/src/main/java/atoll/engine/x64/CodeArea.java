package atoll.engine.x64;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.hart.StateBlock;
import atoll.host.ExecutableMemory;
import atoll.host.NativeCode;
import atoll.host.RawMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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
  public static final int SLOT_HEADER = 16;

  /** The bits above it say how many slots there are. */
  static final int SLOT_COUNT_SHIFT = 56;

  /** More accesses of a region than these share one slot of each kind. */
  public static final int MOST_SLOTS = 48;

  private static final int TRAMPOLINES = 4096;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** Bytes of a piece that are overwritten when it is dropped. */
  public static final int HEAD = 10;

  public final X64Assembler assembler = new X64Assembler();
  public final Trampolines trampolines;

  /** What {@link #makeStale} writes: a page can have thousands of pieces. */
  private final byte[] stale;

  private final ExecutableMemory memory;
  private final NativeCode enter;
  private final int segmentSize;
  private final Pieces[] pieces = new Pieces[SEGMENTS];
  private int segment;

  /** Of the next segment's pieces, those whose pages have lost their code. */
  private int evicted;

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
    memory = ExecutableMemory.allocate(codeBytes, codeBytes / 4);
    segmentSize = codeBytes / SEGMENTS & -4096;
    assembler.begin(0);
    trampolines = new Trampolines(assembler);
    assembler.finish();
    if (assembler.size() > TRAMPOLINES) {
      throw new IllegalStateException("the trampolines have " + assembler.size() + " bytes");
    }
    memory.write(0, assembler.bytes(), assembler.size());
    lastSize = assembler.size();
    assembler.begin(0);
    assembler.constantFixed(X64Assembler.RAX, 0);
    assembler.callTo(0);
    stale = Arrays.copyOf(assembler.bytes(), HEAD);
    enter = new NativeCode(memory.code() + trampolines.enter);
    for (int i = 0; i < SEGMENTS; i++) {
      pieces[i] = new Pieces();
    }
    next = TRAMPOLINES;
    end = segmentSize;
    nextSlot = slots(0);
  }

  /** Executes code from a host address on; returns an exit code. */
  public int enter(long address, StateBlock state) {
    return (int) enter.call(address, state.base);
  }

  public long address(int offset) {
    return memory.code() + offset;
  }

  public int offset(long address) {
    return (int) (address - memory.code());
  }

  /** Whose code lies at an offset. */
  public PageTranslation owner(int offset) {
    return pieces[offset / segmentSize].at(offset);
  }

  /** The pieces of a segment, in the order of their addresses. */
  private static final class Pieces {
    private int[] start = new int[64];
    private PageTranslation[] owner = new PageTranslation[64];
    private int count;

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
    Pieces lost = pieces[following()];
    int units = EVICTED;
    while (units > 0 && evicted < lost.count) {
      PageTranslation page = lost.owner[evicted++];
      units -= 1 + page.pieces();
      page.drop(Invalidation.EVICTION);
    }
    return evicted == lost.count;
  }

  /** Goes on to the next segment; nothing leads to code in it any more. */
  public void reuse() {
    segment = following();
    if (pieces[segment].count > 0) {
      evictions++;
    }
    pieces[segment].clear();
    evicted = 0;
    next = segment * segmentSize + (segment == 0 ? TRAMPOLINES : 0);
    end = (segment + 1) * segmentSize;
    nextSlot = slots(segment);
    generation++;
  }

  private int following() {
    return (segment + 1) % SEGMENTS;
  }

  private int slots(int segment) {
    return Math.toIntExact(memory.data() - memory.code()) + segment * (segmentSize / 4);
  }

  /** The offset of unused bytes in the data; -1 if the segment has not that many. */
  public int freeSlots(int bytes) {
    return nextSlot + bytes > slots(segment) + segmentSize / 4 ? -1 : nextSlot;
  }

  /** Takes some of the bytes that {@link #freeSlots} has found. */
  public void takeSlots(int bytes) {
    nextSlot += bytes;
  }

  /** Ends the piece that was begun, which is of {@code owner}'s code; returns its offset. */
  public int commit(PageTranslation owner) {
    assembler.finish();
    int at = next;
    int size = assembler.size();
    memory.write(at, assembler.bytes(), size);
    next += size;
    bytes += size;
    last = at;
    lastSize = size;
    pieces[segment].add(at, owner);
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
    assembler.begin(at);
    assembler.jumpTo(target);
    memory.write(at, assembler.bytes(), assembler.size());
  }

  private int[] later = new int[64];
  private int laterCount;

  /** Remembers a patch: the assembler still holds labels that the caller needs. */
  public void patchJumpLater(int at, int target) {
    if (laterCount + 2 > later.length) {
      later = Arrays.copyOf(later, 2 * laterCount);
    }
    later[laterCount++] = at;
    later[laterCount++] = target;
  }

  /** Does what {@link #patchJumpLater} has remembered. */
  public void patchAll() {
    for (int i = 0; i < laterCount; i += 2) {
      patchJump(later[i], later[i + 1]);
    }
    laterCount = 0;
  }

  /** Says how many slots a region has and which stores use; none of them holds anything yet. */
  public void initialiseSlots(int offset, int count, long writes) {
    RawMemory.putLong(address(offset), 0);
    RawMemory.putLong(address(offset) + 8, (long) count << SLOT_COUNT_SHIFT | writes);
  }

  /** Makes a piece lead to an exit that names its parcel, and itself by where it would resume. */
  public void makeStale(int at, int parcel) {
    INT.set(stale, 1, X64Exits.code(X64Exits.STALE, parcel, 0));
    INT.set(stale, HEAD - 4, trampolines.exitResumably - (at + HEAD));
    memory.write(at, stale, HEAD);
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
    memory.close();
  }
}
