package atoll.verify;

import atoll.host.ExecutableMemory;
import atoll.host.RawMemory;
import java.util.stream.LongStream;

/**
 * One hart's memory for translated code, and the only way for code to get there: pieces that are
 * proven to keep to their own memory, jumps between their entries, and exits in place of what has
 * been dropped. Used by one thread at a time.
 *
 * <p>Places are offsets from the beginning of the code. The data behind it, to which TLB slots
 * belong, has offsets too.
 */
public final class CodeGate implements AutoCloseable {
  /** More bytes than are written over a piece at once. */
  private static final int LONGEST_PATCH = 32;

  private final HostCode host;
  private final ExecutableMemory memory;
  private final EntryPoints entries;
  private final PieceProof verifier;
  private final StateLayout layout;
  private final ExitCodes exits;
  private final int segmentSize;
  private final int dataPerSegment;

  /** By segment: before these places is code, or are slots. */
  private final int[] codeEnd;

  private final int[] slotsEnd;

  private Routines routines;
  private final int[] single = new int[1];
  private final byte[] patch = new byte[LONGEST_PATCH];

  /**
   * Takes memory from the host.
   *
   * @param processor that executes the code
   * @param codeBytes for code, and {@code dataBytes} for slots, as {@link ExecutableMemory} has it
   * @param segments parts of equal size, in each of which code is added and then forgotten at once
   */
  public CodeGate(
      HostCode processor,
      int codeBytes,
      int dataBytes,
      int segments,
      StateLayout state,
      ExitCodes exitCodes) {
    host = processor;
    segmentSize = codeBytes / segments & -4096;
    dataPerSegment = dataBytes / segments & -4096;
    entries = new EntryPoints(segments, segmentSize);
    verifier = host.proof(state, exitCodes, entries);
    layout = state;
    exits = exitCodes;
    codeEnd = new int[segments];
    slotsEnd = new int[segments];
    memory = ExecutableMemory.allocate(codeBytes, dataBytes);
    for (int i = 0; i < segments; i++) {
      forget(i);
    }
  }

  /** Puts the shared subroutines in place, which nothing is proven of; once, before all pieces. */
  public void install(byte[] code, int size, Routines known) {
    if (routines != null || size > known.end()) {
      throw new IllegalStateException("the subroutines have their place and are made once");
    }
    routines = known;
    verifier.routines(known);
    memory.write(0, code, size);
    codeEnd[0] = known.end();
  }

  /**
   * Adds a piece that is entered at its beginning only.
   *
   * @throws RefusedCodeException if it is not proven safe; then it is not there
   */
  public void block(int at, byte[] code, int size) {
    single[0] = at;
    piece(at, code, size, single, 1, null);
  }

  /**
   * Adds a region: its slots are made, which hold nothing yet.
   *
   * @param entry where it is entered, in order
   * @param count how many of these there are
   * @throws RefusedCodeException if it is not proven safe; then it is not there
   */
  public void region(int at, byte[] code, int size, int[] entry, int count, SlotTable slots) {
    requireSlots(at, slots);
    piece(at, code, size, entry, count, slots);
    addSlots(at, slots);
  }

  /**
   * Adds a region that has been proven before: its slots are made, which hold nothing yet.
   *
   * @param slotOffset where they are to lie
   * @throws RefusedCodeException if there is no place, or it was proven for other subroutines; then
   *     it is not there
   */
  public void region(int at, ProvenPiece piece, int slotOffset) {
    SlotTable slots = piece.slotsAt(slotOffset);
    if (!piece.isFor(host, layout, exits, routines)) {
      throw new RefusedCodeException("the region was proven for something else");
    }
    requireSlots(at, slots);
    requirePlace(at, piece.size());
    write(at, piece.codeAt(at, slotOffset), piece.size(), piece.found());
    addSlots(at, slots);
  }

  private void requireSlots(int at, SlotTable slots) {
    int segment = at / segmentSize;
    int end = slots.offset() + slots.bytes();
    if (slots.offset() < slotsEnd[segment] || end > slots(segment) + dataPerSegment) {
      throw new RefusedCodeException("the region's slots are others': " + slots);
    }
  }

  private void addSlots(int at, SlotTable slots) {
    slotsEnd[at / segmentSize] = slots.offset() + slots.bytes();
    header(slots.offset(), (long) slots.count() << SlotTable.COUNT_SHIFT | slots.writes());
  }

  private void piece(int at, byte[] code, int size, int[] entry, int count, SlotTable slots) {
    requirePlace(at, size);
    verifier.verify(code, size, at, entry, count, slots);
    write(at, verifier.code(), size, verifier.found());
  }

  private void requirePlace(int at, int size) {
    int segment = at / segmentSize;
    if (at < codeEnd[segment] || at + size > (segment + 1) * segmentSize) {
      throw new RefusedCodeException("no place for code: %d bytes at 0x%x".formatted(size, at));
    }
  }

  /** Puts a piece that has been proven in its place. */
  private void write(int at, byte[] code, int size, PieceReferences found) {
    memory.write(at, code, size);
    codeEnd[at / segmentSize] = at + size;
    OffsetList entry = found.entries;
    OffsetList links = found.links;
    int link = 0;
    for (int i = 0; i < entry.count(); i++) { // in the order of their places
      while (link < links.count() && links.at(link) < entry.at(i)) {
        entries.add(at + links.at(link++), false);
      }
      entries.add(at + entry.at(i), true);
    }
    while (link < links.count()) {
      entries.add(at + links.at(link++), false);
    }
  }

  /**
   * Overwrites an entry, or an exit that links, with a jump to another entry.
   *
   * @throws RefusedCodeException if they are none
   */
  public void jump(int at, int target) {
    if (!entries.isPatchable(at) || !entries.isEntry(target)) {
      throw new RefusedCodeException("a jump from 0x%x to 0x%x".formatted(at, target));
    }
    memory.write(at, patch, host.jump(patch, at, target));
  }

  /**
   * Overwrites an entry with an exit.
   *
   * @param exitCode which says that the code has been dropped
   * @throws RefusedCodeException if it is none, or the code says something else
   */
  public void drop(int at, int exitCode) {
    if (!entries.isEntry(at) || (exitCode & exits.mask()) != exits.stale()) {
      throw new RefusedCodeException("no code to drop at 0x%x: %d".formatted(at, exitCode));
    }
    memory.write(at, patch, host.exit(patch, at, exitCode, routines));
  }

  /**
   * All that is there now, for other gates of this kind; its slots are not among it.
   *
   * @throws atoll.host.HostException if the host has no memory for that
   */
  public VerifiedCode image() {
    int end = routines.end();
    for (int segment = 0; segment < codeEnd.length; segment++) {
      end = codeEnd[segment] > first(segment) ? codeEnd[segment] : end;
    }
    long length = (end + ExecutableMemory.CHUNK - 1L) / ExecutableMemory.CHUNK;
    return new VerifiedCode(
        memory.freeze(0, length * ExecutableMemory.CHUNK),
        kind(),
        entries.read(),
        codeEnd.clone(),
        slotsEnd.clone(),
        regions());
  }

  private VerifiedCode.Kind kind() {
    return new VerifiedCode.Kind(layout, exits, routines, segmentSize, dataPerSegment);
  }

  /** The headers of all regions' slots: where they are, and what Java has written there. */
  private long[] regions() {
    LongStream.Builder headers = LongStream.builder();
    for (int segment = 0; segment < slotsEnd.length; segment++) {
      for (int at = slots(segment); at < slotsEnd[segment]; ) {
        long word = RawMemory.getLong(code() + at + Long.BYTES);
        headers.add(at).add(word);
        at += SlotTable.HEADER + SlotTable.SLOT * (int) (word >>> SlotTable.COUNT_SHIFT);
      }
    }
    return headers.build().toArray();
  }

  /**
   * Begins with what another gate has let through, before any piece is added. No slot holds
   * anything.
   *
   * @return false if it is closed; then nothing has changed
   * @throws RefusedCodeException if that gate is of another kind, or this one has pieces
   */
  public boolean begin(VerifiedCode image) {
    for (int segment = 0; segment < codeEnd.length; segment++) {
      if (codeEnd[segment] != first(segment) || slotsEnd[segment] != slots(segment)) {
        throw new RefusedCodeException("there is code in segment " + segment);
      }
    }
    if (!image.kind.equals(kind()) || !memory.same(image.code, routines.end())) {
      throw new RefusedCodeException("code of another kind of gate");
    }
    if (!memory.begin(image.code)) {
      return false;
    }
    entries.begin(image.points);
    System.arraycopy(image.codeEnd, 0, codeEnd, 0, codeEnd.length);
    System.arraycopy(image.slotsEnd, 0, slotsEnd, 0, slotsEnd.length);
    for (int i = 0; i < image.regions.length; i += 2) {
      header(image.regions[i], image.regions[i + 1]);
    }
    return true;
  }

  private void header(long offset, long word) {
    RawMemory.putLong(code() + offset, 0);
    RawMemory.putLong(code() + offset + Long.BYTES, word);
  }

  /** Where a segment's pieces begin. */
  private int first(int segment) {
    return segment == 0 && routines != null ? routines.end() : segment * segmentSize;
  }

  /** Gives a segment up: nothing leads to its code any more, and other code may take its place. */
  public void forget(int segment) {
    entries.forget(segment);
    codeEnd[segment] = first(segment);
    slotsEnd[segment] = slots(segment);
  }

  /**
   * Gives a segment up, and the host some of its memory back.
   *
   * @param from offset of the first byte, and {@code bytes} how many: multiples of a page
   */
  public void discard(int segment, int from, int bytes) {
    forget(segment);
    if (from < codeEnd[segment] || from + bytes > (segment + 1) * segmentSize) {
      throw new IllegalArgumentException(
          "not of segment %d: %d bytes at 0x%x".formatted(segment, bytes, from));
    }
    memory.discard(from, bytes);
  }

  /** Gives all segments up, and the host the memory of all slots back. */
  public void discardSlots() {
    for (int i = 0; i < codeEnd.length; i++) {
      forget(i);
    }
    memory.discardData();
  }

  /** Bytes of a segment's code. */
  public int segmentSize() {
    return segmentSize;
  }

  /** Bytes of a segment's slots. */
  public int dataPerSegment() {
    return dataPerSegment;
  }

  /** Where a segment's slots begin. */
  public int slots(int segment) {
    return Math.toIntExact(memory.data() - memory.code()) + segment * dataPerSegment;
  }

  /** The host address of the code's beginning. */
  public long code() {
    return memory.code();
  }

  @Override
  public void close() {
    memory.close();
  }
}
