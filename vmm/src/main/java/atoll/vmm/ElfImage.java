package atoll.vmm;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * An executable in the Executable and Linkable Format (System V gABI chapters 4 and 5): what is to
 * be loaded where, by physical address.
 *
 * @param entry physical address of the first instruction
 * @param positionIndependent whether it relocates itself, wherever it is loaded
 */
record ElfImage(long entry, List<Segment> segments, boolean positionIndependent) {
  private static final int MAGIC = 0x464c457f;
  private static final int EI_CLASS = 4;
  private static final int EI_DATA = 5;
  private static final int E_TYPE = 16;
  private static final int E_MACHINE = 18;
  private static final int E_ENTRY = 24;
  private static final int E_PHOFF = 32;
  private static final int E_PHENTSIZE = 54;
  private static final int E_PHNUM = 56;
  private static final int HEADER_SIZE = 64;

  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int EXECUTABLE = 2;
  private static final int SHARED = 3;
  private static final int RISCV = 243;

  private static final int PT_LOAD = 1;
  private static final int P_OFFSET = 8;
  private static final int P_VADDR = 16;
  private static final int P_PADDR = 24;
  private static final int P_FILESZ = 32;
  private static final int P_MEMSZ = 40;
  private static final int PROGRAM_HEADER_SIZE = 56;
  private static final long PAGE = 4096;

  /**
   * A loadable segment.
   *
   * @param address physical address
   * @param bytes what is in the file
   * @param size bytes in memory; zeroes follow what is in the file
   */
  record Segment(long address, MemorySegment bytes, long size) {
    private Segment moved(long distance) {
      return new Segment(address + distance, bytes, size);
    }
  }

  ElfImage {
    segments = List.copyOf(segments);
  }

  /**
   * Where the image goes: where it wants to be or, if it can run anywhere and is linked below RAM,
   * as position-independent firmware is (to 0), to {@code base}.
   */
  ElfImage above(long base) {
    long lowest = segments.stream().mapToLong(Segment::address).min().orElseThrow();
    if (!positionIndependent || Long.compareUnsigned(lowest, BoardMap.RAM_BASE) >= 0) {
      return this;
    }
    long distance = base - (lowest & -PAGE);
    return new ElfImage(
        entry + distance, segments.stream().map(s -> s.moved(distance)).toList(), true);
  }

  static boolean matches(MemorySegment bytes) {
    return bytes.byteSize() >= 4 && LittleEndian.i32(bytes, 0) == MAGIC;
  }

  /** Reads a file that {@link #matches}. */
  static ElfImage of(String file, MemorySegment bytes) {
    return new Parser(file, bytes).parse();
  }

  private record Parser(String file, MemorySegment bytes) {
    ElfImage parse() {
      require(bytes.byteSize() >= HEADER_SIZE, "length", bytes.byteSize(), "64 or more");
      int elfClass = LittleEndian.u8(bytes, EI_CLASS);
      require(elfClass == CLASS_64, "class", elfClass, "2 (64-bit)");
      int data = LittleEndian.u8(bytes, EI_DATA);
      require(data == LITTLE_ENDIAN, "data encoding", data, "1 (little-endian)");
      int machine = LittleEndian.u16(bytes, E_MACHINE);
      require(machine == RISCV, "machine", machine, "243 (RISC-V)");
      int type = LittleEndian.u16(bytes, E_TYPE);
      require(type == EXECUTABLE || type == SHARED, "type", type, "2 (an executable)");
      return segments(type == SHARED);
    }

    private ElfImage segments(boolean positionIndependent) {
      long table = LittleEndian.i64(bytes, E_PHOFF);
      int entrySize = LittleEndian.u16(bytes, E_PHENTSIZE);
      int count = LittleEndian.u16(bytes, E_PHNUM);
      require(
          count == 0 || entrySize >= PROGRAM_HEADER_SIZE, "program header size", entrySize, "56");
      requireInside("program headers", table, (long) count * entrySize);
      long entry = LittleEndian.i64(bytes, E_ENTRY);
      List<Segment> segments = new ArrayList<>();
      long physicalEntry = entry;
      for (int i = 0; i < count; i++) {
        MemorySegment header = bytes.asSlice(table + (long) i * entrySize, entrySize);
        if (LittleEndian.i32(header, 0) == PT_LOAD && LittleEndian.i64(header, P_MEMSZ) != 0) {
          Segment segment = segment(i, header);
          segments.add(segment);
          long inside = entry - LittleEndian.i64(header, P_VADDR);
          if (inside >= 0 && inside < segment.size) {
            physicalEntry = segment.address + inside;
          }
        }
      }
      require(!segments.isEmpty(), "number of loadable segments", 0, "1 or more");
      return new ElfImage(physicalEntry, segments, positionIndependent);
    }

    private Segment segment(int number, MemorySegment header) {
      long offset = LittleEndian.i64(header, P_OFFSET);
      long inFile = LittleEndian.i64(header, P_FILESZ);
      long inMemory = LittleEndian.i64(header, P_MEMSZ);
      requireInside("segment " + number, offset, inFile);
      require(
          inMemory >= inFile,
          "memory size of segment " + number,
          inMemory,
          "its file size of " + inFile + " or more");
      return new Segment(
          LittleEndian.i64(header, P_PADDR), bytes.asSlice(offset, inFile), inMemory);
    }

    private void requireInside(String what, long offset, long length) {
      boolean inside =
          offset >= 0
              && length >= 0
              && offset <= bytes.byteSize()
              && length <= bytes.byteSize() - offset;
      require(inside, "end of " + what, offset + length, "at most " + bytes.byteSize());
    }

    private void require(boolean valid, String what, long value, String expected) {
      if (!valid) {
        throw new VmException(
            "%s is an ELF file that cannot be loaded: %s is %d, expected %s"
                .formatted(file, what, value, expected));
      }
    }
  }
}
