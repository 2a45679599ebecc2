package atoll.vmm;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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

  private static final int CLASS_32 = 1;
  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int EXECUTABLE = 2;
  private static final int SHARED = 3;
  private static final int RISCV = 243;

  /** What files are built for that people have by mistake (gABI, e_machine). */
  private static final Map<Integer, String> MACHINES =
      Map.ofEntries(
          Map.entry(3, "32-bit x86"),
          Map.entry(8, "MIPS"),
          Map.entry(20, "32-bit PowerPC"),
          Map.entry(21, "64-bit PowerPC"),
          Map.entry(22, "s390"),
          Map.entry(40, "32-bit Arm"),
          Map.entry(62, "x86-64"),
          Map.entry(183, "64-bit Arm"),
          Map.entry(258, "LoongArch"));

  /** What is not to be executed (gABI, e_type). */
  private static final Map<Integer, String> TYPES =
      Map.of(1, "an object file that is not linked yet", 4, "a core dump");

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
    if (!positionIndependent || Long.compareUnsigned(lowest, BoardPlan.RAM_BASE) >= 0) {
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
      require(
          bytes.byteSize() >= HEADER_SIZE,
          "it has %d bytes, fewer than its header; fetch it again".formatted(bytes.byteSize()));
      int data = LittleEndian.u8(bytes, EI_DATA);
      boolean little = data == LITTLE_ENDIAN;
      int machine = little ? LittleEndian.u16(bytes, E_MACHINE) : swapped(E_MACHINE);
      require(
          machine == RISCV,
          "it is for %s, expected 64-bit RISC-V (machine 243)"
              .formatted(
                  MACHINES.getOrDefault(
                      machine, "another processor (machine %d)".formatted(machine))));
      int elfClass = LittleEndian.u8(bytes, EI_CLASS);
      require(
          elfClass == CLASS_64,
          "it is for %s RISC-V, expected 64-bit; build it with -march=rv64gc -mabi=lp64d"
              .formatted(elfClass == CLASS_32 ? "32-bit" : "a class %d of".formatted(elfClass)));
      require(little, "it is big-endian, expected little-endian");
      int type = LittleEndian.u16(bytes, E_TYPE);
      require(
          type == EXECUTABLE || type == SHARED,
          "it is %s, expected a linked program"
              .formatted(TYPES.getOrDefault(type, "of an unknown type (%d)".formatted(type))));
      return segments(type == SHARED);
    }

    private int swapped(int at) {
      return Integer.reverseBytes(LittleEndian.u16(bytes, at)) >>> Short.SIZE;
    }

    private ElfImage segments(boolean positionIndependent) {
      long table = LittleEndian.i64(bytes, E_PHOFF);
      int entrySize = LittleEndian.u16(bytes, E_PHENTSIZE);
      int count = LittleEndian.u16(bytes, E_PHNUM);
      require(
          count == 0 || entrySize >= PROGRAM_HEADER_SIZE,
          "its program headers have %d bytes each, expected 56".formatted(entrySize));
      requireInside("its table of program headers", table, (long) count * entrySize);
      List<MemorySegment> loaded = new ArrayList<>();
      List<Segment> segments = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        MemorySegment header = bytes.asSlice(table + (long) i * entrySize, entrySize);
        if (LittleEndian.i32(header, 0) == PT_LOAD && LittleEndian.i64(header, P_MEMSZ) != 0) {
          loaded.add(header);
          segments.add(segment(i, header));
        }
      }
      require(!segments.isEmpty(), "it has nothing to load (no LOAD segment)");
      return new ElfImage(entry(loaded, segments), segments, positionIndependent);
    }

    /** The entry's physical address: it may be given as a virtual one. */
    private long entry(List<MemorySegment> headers, List<Segment> segments) {
      long entry = LittleEndian.i64(bytes, E_ENTRY);
      boolean inside = false;
      for (int i = 0; i < segments.size(); i++) {
        Segment segment = segments.get(i);
        long offset = entry - LittleEndian.i64(headers.get(i), P_VADDR);
        if (Long.compareUnsigned(offset, segment.size) < 0) {
          return segment.address + offset;
        }
        inside |= Long.compareUnsigned(entry - segment.address, segment.size) < 0;
      }
      require(
          inside,
          "its entry 0x%x is in none of its LOAD segments; link it with an entry, such as -e _start"
              .formatted(entry));
      return entry;
    }

    private Segment segment(int number, MemorySegment header) {
      long offset = LittleEndian.i64(header, P_OFFSET);
      long inFile = LittleEndian.i64(header, P_FILESZ);
      long inMemory = LittleEndian.i64(header, P_MEMSZ);
      requireInside("its segment " + number, offset, inFile);
      require(
          inMemory >= inFile,
          "its segment %d has %s bytes of memory for %d of the file; link it anew"
              .formatted(number, Long.toUnsignedString(inMemory), inFile));
      return new Segment(
          LittleEndian.i64(header, P_PADDR), bytes.asSlice(offset, inFile), inMemory);
    }

    private void requireInside(String what, long offset, long length) {
      long size = bytes.byteSize();
      boolean inside = offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
      require(
          inside,
          "%s (%s bytes from byte %s) reaches beyond the file's end at %d; fetch it again"
              .formatted(what, Long.toUnsignedString(length), Long.toUnsignedString(offset), size));
    }

    private void require(boolean valid, String problem) {
      if (!valid) {
        throw new VmException(
            "%s is an ELF file that cannot be loaded: %s".formatted(file, problem));
      }
    }
  }
}
