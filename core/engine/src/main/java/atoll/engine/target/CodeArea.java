package atoll.engine.target;

import atoll.emit.CodeBuffer;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.hart.StateBlock;
import atoll.host.NativeCode;
import atoll.verify.CodeGate;
import atoll.verify.ProvenPiece;
import atoll.verify.Routines;
import atoll.verify.SlotTable;
import atoll.verify.VerifiedCode;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

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

  /**
   * Bytes in front of a region's slots, and of each of them: the epoch, then how many there are and
   * which are writes.
   */
  public static final int SLOT_HEADER = SlotTable.HEADER;

  /** More accesses of a region than these share one slot of each kind. */
  public static final int MOST_SLOTS = 48;

  /** Of an image: segments in which there is code. */
  private static final int MOST_SHARED = SEGMENTS / 2;

  /** Bytes that one {@link #giveBack} gives back: some 50 us. */
  private static final int GIVEN_BACK = 1 << 19;

  /** Bytes for the subroutines. */
  static final int ROUTINES = 4096;

  private static final int PAGE = 4096;

  /** Emits the blocks that are committed here, into {@link #buffer}. */
  public final BlockEmitter blocks;

  public final CodeBuffer buffer;

  /** The places of the subroutines. */
  public final Routines routines;

  private final CodeGate gate;
  private final NativeCode enter;
  private final int segmentSize;
  private final CodePieces[] pieces = new CodePieces[SEGMENTS];
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

  private Part image = Part.NONE;

  /** The offset behind the image's segments. */
  private int imageEnd;

  /** Whether it has had an image. */
  private boolean spent;

  /**
   * Takes memory from the host.
   *
   * @param alone whether no other hart shares the hart's memory
   * @param siblings whether the machine has other harts
   */
  public CodeArea(int codeBytes, Target target, BooleanSupplier alone, BooleanSupplier siblings) {
    gate = target.gate(codeBytes, codeBytes / 4, SEGMENTS);
    segmentSize = gate.segmentSize();
    blocks = target.blocks(alone, siblings);
    buffer = blocks.buffer();
    routines = blocks.routines(ROUTINES);
    gate.install(buffer.bytes(), buffer.size(), routines);
    lastSize = buffer.size();
    enter = new NativeCode(gate.code() + blocks.entry());
    for (int i = 0; i < SEGMENTS; i++) {
      pieces[i] = new CodePieces();
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

  // ------------------------------------------------------------ shared by areas

  /** What an area has begun with, if anything. */
  private enum Part {
    NONE,
    /** Pages are taken from it. */
    TAKEN,
    /** Nothing leads there any more. */
    LEFT
  }

  /**
   * The code of an area as it was at one moment, for other areas.
   *
   * @param pages how many numbers of pages there are
   */
  public record Image(VerifiedCode code, List<CodePieces.Image> pieces, int pages)
      implements AutoCloseable {
    @Override
    public void close() {
      code.close();
    }
  }

  /** Shows whose code there is; some more than once. */
  public void eachOwner(Consumer<PageTranslation> consumer) {
    for (CodePieces each : pieces) {
      each.eachOwner(consumer);
    }
  }

  /**
   * What there is now, for others; nothing if they could hardly add to it. The hart executes
   * nothing.
   *
   * @param numberOf the number of a page, less than {@code pages}; -1 for one that nobody takes
   */
  public Optional<Image> image(int pages, ToIntFunction<PageTranslation> numberOf) {
    List<CodePieces.Image> all = Arrays.stream(pieces).map(each -> each.image(numberOf)).toList();
    if (evictions > 0 || spent || segment > MOST_SHARED) {
      return Optional.empty();
    }
    return Optional.of(new Image(gate.image(), all, pages));
  }

  /**
   * Begins with an image, of which pages can be {@linkplain #take taken}; once, before there is any
   * code.
   *
   * @return false if it is not there any more
   */
  public boolean begin(Image from) {
    if (!gate.begin(from.code)) {
      return false;
    }
    for (int i = 0; i < SEGMENTS; i++) {
      if (!from.pieces.get(i).isEmpty()) {
        pieces[i].begin(from.pieces.get(i), from.pages);
        segment = i;
      }
    }
    image = Part.TAKEN;
    spent = true;
    fillFrom(following());
    imageEnd = next;
    return true;
  }

  /** Whether there is nothing yet. */
  public boolean unused() {
    return bytes == 0 && !spent;
  }

  /** Whether pages of the image that it began with can be taken. */
  public boolean takes() {
    return image == Part.TAKEN;
  }

  /**
   * A page has the image's code from now on; once, since what has been dropped is code no more.
   *
   * @return whether it is so
   */
  public boolean take(int number, PageTranslation page) {
    if (Arrays.stream(pieces).anyMatch(each -> each.taken(number))) {
      return false;
    }
    for (CodePieces each : pieces) {
      each.take(number, page);
    }
    return true;
  }

  /**
   * Nothing leads to the image's code any more but what the caller empties at the same time, nor
   * will.
   */
  public void leave() {
    if (image == Part.TAKEN) {
      image = Part.LEFT;
      generation++;
    }
  }

  /** Whether it is so: a page that has taken code of the image may not be entered any more. */
  public boolean left() {
    return image == Part.LEFT;
  }

  /** Whether there is code at an offset to which nothing leads for that reason. */
  public boolean hasLeft(int offset) {
    return image == Part.LEFT && offset < imageEnd;
  }

  // ------------------------------------------------------------

  /** Begins a piece of code; there is room for the largest. */
  public void begin() {
    if (end - next < LARGEST_PIECE) {
      throw new IllegalStateException("room() was not called");
    }
    buffer.begin(next);
  }

  /** Whether a piece can be begun without {@link #evict}. */
  public boolean room() {
    return end - next >= LARGEST_PIECE && pieces[segment].count() < MOST_PIECES;
  }

  /**
   * Goes a step towards the next segment, whose pages lose all their code. Their code can still be
   * reached by its address, and leads to an exit, until {@link #reuse}.
   *
   * @return whether all of them have lost it
   */
  public boolean evict() {
    image = Part.NONE;
    return pieces[following()].drop(Invalidation.EVICTION);
  }

  /** Goes on to the next segment; nothing leads to code in it any more. */
  public void reuse() {
    segment = following();
    if (pieces[segment].count() > 0) {
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
    return number * segmentSize + (number == 0 ? ROUTINES : 0);
  }

  /** Bytes of the host's memory that code takes. */
  public int taken() {
    int bytes = 0;
    for (int i = 0; i < SEGMENTS; i++) {
      bytes += Math.max(0, pieces[i].end() - begin(i));
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
    for (CodePieces each : pieces) {
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
      CodePieces each = pieces[i];
      if (each.end() > begin(i)) {
        int from = Math.max(begin(i), each.end() - GIVEN_BACK & -PAGE);
        gate.discard(i, from, each.end() - from + PAGE - 1 & -PAGE);
        each.end(from);
        return false;
      }
    }
    gate.discardSlots();
    for (CodePieces each : pieces) {
      each.shrink();
    }
    image = Part.NONE;
    fillFrom(0);
    return true;
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
    buffer.finish();
    gate.block(next, buffer.bytes(), buffer.size());
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
    buffer.finish();
    gate.region(next, buffer.bytes(), buffer.size(), entries, count, slots);
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
    return committed(owner, buffer.size());
  }

  private int committed(PageTranslation owner, int size) {
    int at = next;
    next += size;
    bytes += size;
    last = at;
    lastSize = size;
    pieces[segment].add(at, size, owner);
    return at;
  }

  /** The same for code of two pages, which ends with either of them. */
  public int commit(PageTranslation owner, PageTranslation other) {
    int at = commit(owner);
    pieces[segment].add(at, lastSize, other);
    return at;
  }

  /** Bytes at the beginning of a piece that are overwritten when it is dropped. */
  public int head() {
    return blocks.head();
  }

  /** Overwrites the beginning of a piece with a jump. */
  public void patchJump(int at, int target) {
    gate.jump(at, target);
  }

  /** Makes a piece lead to an exit that names its parcel, and itself by where it would resume. */
  public void makeStale(int at, int parcel) {
    gate.drop(at, CodeExit.code(CodeExit.STALE, parcel, 0));
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
