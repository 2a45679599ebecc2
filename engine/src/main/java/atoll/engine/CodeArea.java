package atoll.engine;

import atoll.emit.X64Assembler;
import atoll.host.ExecutableMemory;
import atoll.host.NativeCode;
import atoll.host.RawMemory;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * One hart's memory for translated code: segments that are filled one after the other. When the
 * last is full the first is reused, and the pages that had code in it lose their translations.
 *
 * <p>Regions' TLB slots lie in the data behind the code, at an offset that follows from the code's.
 */
final class CodeArea implements AutoCloseable {
  private static final int SEGMENTS = 8;

  /** No piece of code is longer: blocks cannot be, and a region that is gets given up. */
  static final int LARGEST_PIECE = 1 << 17;

  private static final int TRAMPOLINES = 4096;

  /** Bytes of a piece that are overwritten when it is dropped. */
  static final int HEAD = 10;

  final X64Assembler assembler = new X64Assembler();
  final Trampolines trampolines;
  private final ExecutableMemory memory;
  private final NativeCode enter;
  private final int segmentSize;
  private final Pieces[] pieces = new Pieces[SEGMENTS];
  private int segment;
  private int next;
  private int end;
  private int nextSlot;

  /** Counts dropped pages and evictions, so that whoever is about to resume code can tell. */
  int generation;

  /** Bytes of code ever made, for statistics. */
  long bytes;

  /** Segments reused, for statistics. */
  long evictions;

  /** How often pages have dropped their code, or some of it, by {@link Invalidation}. */
  final Map<Invalidation, Long> dropped = new EnumMap<>(Invalidation.class);

  private int last;
  private int lastSize;

  CodeArea(int codeBytes) {
    memory = ExecutableMemory.allocate(codeBytes, codeBytes / 4);
    segmentSize = codeBytes / SEGMENTS & -4096;
    assembler.begin(0);
    trampolines = new Trampolines(assembler);
    assembler.finish();
    memory.write(0, assembler.bytes(), assembler.size());
    lastSize = assembler.size();
    enter = new NativeCode(memory.code() + trampolines.enter);
    for (int i = 0; i < SEGMENTS; i++) {
      pieces[i] = new Pieces();
    }
    next = TRAMPOLINES;
    end = segmentSize;
    nextSlot = slots(0);
  }

  /** Executes code from a host address on; returns an exit code. */
  int enter(long address, StateBlock state) {
    return (int) enter.call(address, state.base);
  }

  long address(int offset) {
    return memory.code() + offset;
  }

  int offset(long address) {
    return (int) (address - memory.code());
  }

  /** Whose code lies at an offset. */
  TranslatedPage owner(int offset) {
    return pieces[offset / segmentSize].at(offset);
  }

  /** The pieces of a segment, in the order of their addresses. */
  private static final class Pieces {
    private int[] start = new int[64];
    private TranslatedPage[] owner = new TranslatedPage[64];
    private int count;

    void add(int at, TranslatedPage page) {
      if (count == start.length) {
        start = Arrays.copyOf(start, 2 * count);
        owner = Arrays.copyOf(owner, 2 * count);
      }
      start[count] = at;
      owner[count++] = page;
    }

    TranslatedPage at(int offset) {
      int found = Arrays.binarySearch(start, 0, count, offset);
      return owner[found >= 0 ? found : -found - 2];
    }

    void clear() {
      Arrays.fill(owner, 0, count, null);
      count = 0;
    }
  }

  /** Begins a piece of code; there is room for the largest. */
  X64Assembler begin() {
    if (end - next < LARGEST_PIECE) {
      throw new IllegalStateException("room() was not called");
    }
    assembler.begin(next);
    return assembler;
  }

  /** Whether a piece can be begun without {@link #evict}. */
  boolean room() {
    return end - next >= LARGEST_PIECE;
  }

  /** Goes on to the next segment, whose pages lose all their code. */
  void evict() {
    segment = (segment + 1) % SEGMENTS;
    Pieces lost = pieces[segment];
    if (lost.count > 0) {
      evictions++;
    }
    for (int i = 0; i < lost.count; i++) {
      lost.owner[i].drop(Invalidation.EVICTION);
    }
    lost.clear();
    next = segment * segmentSize + (segment == 0 ? TRAMPOLINES : 0);
    end = (segment + 1) * segmentSize;
    nextSlot = slots(segment);
    generation++;
  }

  private int slots(int segment) {
    return Math.toIntExact(memory.data() - memory.code()) + segment * (segmentSize / 4);
  }

  /** The offset of unused bytes in the data; -1 if the segment has not that many. */
  int freeSlots(int bytes) {
    return nextSlot + bytes > slots(segment) + segmentSize / 4 ? -1 : nextSlot;
  }

  /** Takes some of the bytes that {@link #freeSlots} has found. */
  void takeSlots(int bytes) {
    nextSlot += bytes;
  }

  /** Ends the piece that was begun, which is of {@code owner}'s code; returns its offset. */
  int commit(TranslatedPage owner) {
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
  int commit(TranslatedPage owner, TranslatedPage other) {
    int at = commit(owner);
    pieces[segment].add(at, other);
    return at;
  }

  /** Overwrites the beginning of a piece with a jump. */
  void patchJump(int at, int target) {
    assembler.begin(at);
    assembler.jumpTo(target);
    memory.write(at, assembler.bytes(), assembler.size());
  }

  private int[] later = new int[64];
  private int laterCount;

  /** Remembers a patch: the assembler still holds labels that the caller needs. */
  void patchJumpLater(int at, int target) {
    if (laterCount + 2 > later.length) {
      later = Arrays.copyOf(later, 2 * laterCount);
    }
    later[laterCount++] = at;
    later[laterCount++] = target;
  }

  /** Does what {@link #patchJumpLater} has remembered. */
  void patchAll() {
    for (int i = 0; i < laterCount; i += 2) {
      patchJump(later[i], later[i + 1]);
    }
    laterCount = 0;
  }

  /** Says how many slots a region has and which stores use; none of them holds anything yet. */
  void initialiseSlots(int offset, int count, long writes) {
    RawMemory.putLong(address(offset), 0);
    RawMemory.putLong(address(offset) + 8, (long) count << 56 | writes);
  }

  /**
   * Puts a translation that holds now into every slot of a region, and declares them to be of the
   * TLB's epoch: a slot can not be empty.
   *
   * @return whether the TLB has such translations
   */
  static boolean fillSlots(long header, Tlb tlb) {
    long word = RawMemory.getLong(header + 8);
    int count = (int) (word >>> 56);
    long readEntry = tlb.anyEntry(false);
    long writeEntry = tlb.anyEntry(true);
    for (int i = 0; i < count; i++) {
      long entry = (word >>> i & 1) != 0 ? writeEntry : readEntry;
      if (entry == 0) {
        return false;
      }
      long tag = RawMemory.getLong(entry);
      long slot = header + RegionTranslator.SLOT_HEADER + 16L * i;
      RawMemory.putLong(slot, tag);
      RawMemory.putLong(slot + 8, RawMemory.getLong(entry + 8));
    }
    RawMemory.putLong(header, tlb.epoch);
    return true;
  }

  /** Makes a piece lead to an exit that names its parcel, and itself by where it would resume. */
  void makeStale(int at, int parcel) {
    assembler.begin(at);
    assembler.constantFixed(X64Assembler.RAX, X64Exits.code(X64Exits.STALE, parcel, 0));
    assembler.callTo(trampolines.exitResumably);
    memory.write(at, assembler.bytes(), assembler.size());
  }

  /** The offset of the piece that was committed last. */
  int last() {
    return last;
  }

  /** Its bytes. */
  int lastSize() {
    return lastSize;
  }

  /** A page has dropped its code, or some of it. */
  void dropped(Invalidation cause) {
    generation++;
    dropped.merge(cause, 1L, Long::sum);
  }

  @Override
  public void close() {
    memory.close();
  }
}
