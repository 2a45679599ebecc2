package atoll.vmm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The header of a device tree blob (Devicetree Specification v0.4 §5.2): where its blocks are. Each
 * begins behind the header and ends within the blob.
 *
 * @param totalSize bytes of the whole blob
 * @param sized whether the header has the structure block's size, as from version 17 on; otherwise
 *     its end here is where something else begins
 * @param reservations the memory reservation block, up to the furthest that it can reach
 * @param bootHart {@code boot_cpuid_phys}
 */
record FdtHeader(
    int totalSize,
    boolean sized,
    Block reservations,
    Block structure,
    Block strings,
    int bootHart) {
  /** The largest blob that is read, in bytes; Linux takes 2 MiB. */
  static final int LARGEST = 16 << 20;

  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int MAGIC = 0;
  private static final int TOTAL_SIZE = 4;
  private static final int STRUCTURE = 8;
  private static final int STRINGS = 12;
  private static final int RESERVATIONS = 16;
  private static final int VERSION = 20;
  private static final int LAST_COMPATIBLE = 24;
  private static final int BOOT_HART = 28;
  private static final int STRINGS_SIZE = 32;
  private static final int STRUCTURE_SIZE = 36;

  /** How a source begins: {@code /dts-v1/}. */
  private static final int SOURCE = 0x2f647473;

  /**
   * A part of the blob.
   *
   * @param field what the header calls its beginning
   * @param start offset of its first byte
   * @param end offset behind its last byte
   */
  record Block(String field, int start, int end) {
    private Block endingAt(long other) {
      return new Block(field, start, (int) other);
    }

    private boolean overlaps(Block other) {
      return start < other.end && other.start < end;
    }
  }

  /**
   * Reads the header of {@code blob}.
   *
   * @throws VmException if it is not a valid one
   */
  static FdtHeader of(FdtCheck check, MemorySegment blob) {
    return new Parser(check, blob).parse();
  }

  /** Refuses blocks that share bytes, once it is known where the reservations end. */
  void requireApart(FdtCheck check, int reservationsEnd) {
    Block reserved = reservations.endingAt(reservationsEnd);
    requireApart(check, reserved, structure);
    requireApart(check, strings, structure);
    requireApart(check, strings, reserved);
  }

  private static void requireApart(FdtCheck check, Block block, Block other) {
    check.require(
        !block.overlaps(other),
        block.field,
        block.start,
        "a block (up to 0x%x) apart from that of %s (0x%x to 0x%x)"
            .formatted(block.end, other.field, other.start, other.end));
  }

  /** Bytes behind the last block, given where the tokens and the reservations end. */
  int padding(int reservationsEnd, int tokensEnd) {
    int nodesEnd = sized ? structure.end : tokensEnd;
    return totalSize - Math.max(reservationsEnd, Math.max(nodesEnd, strings.end));
  }

  private record Parser(FdtCheck check, MemorySegment blob) {
    FdtHeader parse() {
      long length = blob.byteSize();
      check.require(length >= FdtFormat.HEADER_SIZE, "its length", length, "40 bytes or more");
      requireMagic();
      int total = total(length);
      boolean sized = version() >= FdtFormat.VERSION;
      int header = sized ? FdtFormat.HEADER_SIZE : FdtFormat.HEADER_SIZE_16;
      Block reservations = block("off_mem_rsvmap", RESERVATIONS, 8, header, total);
      Block structure = block("off_dt_struct", STRUCTURE, 4, header, total);
      Block strings = block("off_dt_strings", STRINGS, 1, header, total);
      return new FdtHeader(
          total,
          sized,
          reservations,
          sized ? sized(structure, "size_dt_struct", STRUCTURE_SIZE) : untilNext(structure),
          sized(strings, "size_dt_strings", STRINGS_SIZE),
          (int) field(BOOT_HART));
    }

    private void requireMagic() {
      long magic = field(MAGIC);
      String source = (int) magic == SOURCE ? "; compile the source with dtc" : "";
      check.require((int) magic == FdtFormat.MAGIC, "magic", magic, "0xd00dfeed" + source);
    }

    private int total(long length) {
      long total = field(TOTAL_SIZE);
      check.require(
          total >= FdtFormat.HEADER_SIZE && total <= length,
          "totalsize",
          total,
          "40 to the file's length, which is " + length);
      check.require(total <= LARGEST, "totalsize", total, "at most %d (16 MiB)".formatted(LARGEST));
      return (int) total;
    }

    private long version() {
      long version = field(VERSION);
      long compatible = field(LAST_COMPATIBLE);
      long newest = Math.min(version, FdtFormat.VERSION);
      check.require(
          version >= FdtFormat.LAST_COMPATIBLE_VERSION,
          "version",
          version,
          "16 or more; use a current dtc");
      check.require(compatible <= newest, "last_comp_version", compatible, newest + " or less");
      return version;
    }

    /** A block from where the header says to the end of the blob. */
    private Block block(String field, int at, int alignment, int header, int total) {
      long start = field(at);
      check.require(
          start >= header && start <= total,
          field,
          start,
          "%d (the header's end) to %d (totalsize)".formatted(header, total));
      check.require(start % alignment == 0, field, start, "a multiple of " + alignment);
      return new Block(field, (int) start, total);
    }

    private Block sized(Block block, String field, int at) {
      long size = field(at);
      int most = block.end - block.start;
      check.require(
          size <= most,
          field,
          size,
          "at most %d, from %s to totalsize".formatted(most, block.field));
      return block.endingAt(block.start + size);
    }

    private Block untilNext(Block block) {
      long next = block.end;
      for (int at : new int[] {STRINGS, RESERVATIONS}) {
        next = field(at) > block.start ? Math.min(next, field(at)) : next;
      }
      return block.endingAt(next);
    }

    private long field(int at) {
      return Integer.toUnsignedLong(blob.get(WORD, at));
    }
  }
}
