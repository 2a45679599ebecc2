package atoll.engine.translate;

import atoll.emit.CodeBuffer;
import atoll.engine.decode.CodePage;
import atoll.engine.target.CodeArea;
import atoll.engine.target.CodeExit;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/** Reads a kept piece of code ({@link PieceForm}), which may say anything. */
final class StoredPiece {
  private final int head;

  private int[] words = new int[256];
  private long address;
  private int entryStart;
  private int referenceStart;
  private int sourceStart;
  private int codeStart;
  private int first;

  /**
   * Reads pieces of one kind of processor.
   *
   * @param head bytes at an entry that are overwritten when it is dropped
   */
  StoredPiece(int head) {
    this.head = head;
  }

  /** Reads one; false if it cannot be one. */
  boolean parse(MemorySegment from) {
    long size = from.byteSize();
    if (size < Integer.BYTES * PieceForm.HEADER) {
      return false;
    }
    read(from, PieceForm.HEADER);
    entryStart = PieceForm.HEADER + ranges();
    referenceStart = entryStart + entries();
    int all = referenceStart + references();
    sourceStart = Integer.BYTES * all;
    if (ranges() == 0 || codeSize() < head || sourceStart > size) {
      return false;
    }
    read(from, all);
    address = from.address();
    return soundRanges() && soundShape() && soundEnd(size) && soundPlaces();
  }

  private void read(MemorySegment from, int count) {
    if (words.length < count) {
      words = new int[2 * count];
    }
    MemorySegment.copy(from, ValueLayout.JAVA_INT_UNALIGNED, 0, words, 0, count);
  }

  private boolean soundRanges() {
    int bytes = 0;
    first = CodePage.PARCELS;
    for (int i = 0; i < ranges(); i++) {
      int parcels = rangeParcels(i);
      if (parcels == 0 || rangeStart(i) + parcels > CodePage.PARCELS) {
        return false;
      }
      first = Math.min(first, rangeStart(i));
      bytes += 2 * parcels;
    }
    codeStart = sourceStart + bytes + Integer.BYTES - 1 & -Integer.BYTES;
    return true;
  }

  private boolean soundShape() {
    return switch (kind()) {
      case PieceForm.BLOCK -> ranges() == 1 && entries() == 0 && slots() == 0;
      case PieceForm.CROSSING ->
          ranges() == 2
              && entries() == 0
              && slots() == 0
              && rangeStart(0) == CodePage.PARCELS - 1
              && rangeStart(1) == 0;
      case PieceForm.REGION -> entries() > 0;
      default -> false;
    };
  }

  private boolean soundEnd(long size) {
    return codeSize() <= CodeArea.LARGEST_PIECE
        && codeStart + codeSize() == size
        && instructions() > 0
        && instructions() <= CodeExit.MOST_COUNT
        && rangeStart(0) == parcel()
        && last() < CodePage.PARCELS
        && slots() >= 0
        && slots() <= CodeArea.MOST_SLOTS
        && writeSlots() >>> slots() == 0;
  }

  private boolean soundPlaces() {
    for (int i = 0; i < entries(); i++) {
      if (entryOffset(i) > codeSize() - head) {
        return false;
      }
    }
    for (int i = 0; i < references(); i++) {
      int bytes = referenceKind(i) == CodeBuffer.REPLACEABLE ? head : Integer.BYTES;
      if (referenceKind(i) > CodeBuffer.REPLACEABLE || referenceSite(i) > codeSize() - bytes) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is code for a parcel, or for an instruction in two pages. */
  boolean isFor(int at, boolean crosses) {
    return parcel() == at && (kind() == PieceForm.CROSSING) == crosses;
  }

  private int parcel() {
    return words[PieceForm.PLACE] & PieceForm.HALF_MASK;
  }

  /** The last parcel that it was made from. */
  int last() {
    return words[PieceForm.PLACE] >>> PieceForm.HALF;
  }

  /** The first one. */
  int first() {
    return first;
  }

  private int kind() {
    return words[PieceForm.KIND] & 0xff;
  }

  boolean isRegion() {
    return kind() == PieceForm.REGION;
  }

  boolean settled() {
    return (words[PieceForm.KIND] & PieceForm.SETTLED) != 0;
  }

  int instructions() {
    return words[PieceForm.KIND] >>> PieceForm.HALF;
  }

  int codeSize() {
    return words[PieceForm.CODE];
  }

  int slots() {
    return words[PieceForm.SLOTS];
  }

  /** Bytes that its slots take, with what is in front of them. */
  int slotBytes() {
    return CodeArea.SLOT_HEADER + 16 * slots();
  }

  long writeSlots() {
    return words[PieceForm.WRITE_SLOTS] & 0xffff_ffffL
        | (long) words[PieceForm.WRITE_SLOTS + 1] << 32;
  }

  int ranges() {
    return words[PieceForm.COUNTS] & 0xff;
  }

  int rangeStart(int i) {
    return words[PieceForm.HEADER + i] & PieceForm.HALF_MASK;
  }

  int rangeParcels(int i) {
    return words[PieceForm.HEADER + i] >>> PieceForm.HALF;
  }

  int entries() {
    return words[PieceForm.COUNTS] >>> 8 & 0xff;
  }

  int entryParcel(int i) {
    return words[entryStart + i] & CodePage.PARCELS - 1;
  }

  int entryOffset(int i) {
    return words[entryStart + i] >>> PieceForm.ENTRY_SHIFT;
  }

  int[] entryParcels() {
    return IntStream.range(0, entries()).map(this::entryParcel).toArray();
  }

  int references() {
    return words[PieceForm.COUNTS] >>> PieceForm.HALF;
  }

  int referenceKind(int i) {
    return words[referenceStart + i] & (1 << PieceForm.REFERENCE_SHIFT) - 1;
  }

  int referenceSite(int i) {
    return words[referenceStart + i] >>> PieceForm.REFERENCE_SHIFT;
  }

  /** Where its bytes are. */
  long address() {
    return address;
  }

  /** Where in them the guest code is that it was made from. */
  int sourceStart() {
    return sourceStart;
  }

  /** Where in them its code is. */
  int codeStart() {
    return codeStart;
  }
}
