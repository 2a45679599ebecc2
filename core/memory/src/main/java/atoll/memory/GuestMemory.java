package atoll.memory;

import atoll.host.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The guest-physical memory of one virtual machine, as devices, firmware and loaders see it: RAM,
 * ROM, and windows onto memory that it shares with others ({@link GuestMap}).
 *
 * <p>A window is data: it holds neither code nor page tables, since neither decoded code nor a TLB
 * would be told of another VM's stores; and devices that take addresses from the guest ask {@link
 * #contains}, which is true of RAM only. ROM is for harts alone, to be read and executed; a store
 * to it is not one to memory. Every access here is bounds-checked, since guests choose the
 * addresses; the engines' hot paths use {@link #hva}, {@link #loadHva} and {@link #storeHva} once
 * per page, at TLB fill. A write to a protected page has no effect; {@link PageGuards} hears of all
 * others. All values are little-endian. Thread-safe as memory is: no more ordering than the host
 * gives plain accesses; the queue code fences where the virtio specification asks for it.
 */
public final class GuestMemory {
  /** Bytes in a page. */
  public static final int PAGE_SIZE = 4096;

  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

  /** A host-physical address above every board's memory. */
  private static final long BEHIND_EVERYTHING = 1L << 55;

  /**
   * Added to the guest-physical address of a ROM, this is its host-physical one: a chip is not a
   * part of machine memory, but a place beside it.
   */
  private static final long CHIPS = 1L << 54;

  /** The RAM that the machine was made with. */
  private final MemoryRegion ram;

  private final GuestMap map;
  private final PageGuards guards;
  private final DirtyLog log;
  private final TablePages.Source tables;

  /**
   * Presents {@code memory} to a guest as its RAM, on a board of its own where host-physical
   * addresses are the guest's, and tables lie behind.
   *
   * @param base the guest-physical address of its first byte, page-aligned
   */
  public GuestMemory(long base, HostMemory memory) {
    this(
        base,
        memory,
        List.of(new MachineExtent(base, memory.segment().byteSize())),
        bytes -> Optional.of(TablePages.unaccounted(BEHIND_EVERYTHING, bytes)));
  }

  /**
   * Presents {@code memory} to a guest as its RAM.
   *
   * @param base the guest-physical address of its first byte, page-aligned
   * @param machine where {@code memory} is in machine memory
   * @param tables where tables of its translation are taken from
   */
  public GuestMemory(
      long base, HostMemory memory, List<MachineExtent> machine, TablePages.Source tables) {
    ram = MemoryRegion.ram(base, memory, machine);
    map = new GuestMap(ram);
    guards = new PageGuards(map);
    log = new DirtyLog(map, guards);
    this.tables = tables;
  }

  /** What its addresses lead to. */
  public GuestMap map() {
    return map;
  }

  /** Who must hear of stores. */
  public PageGuards guards() {
    return guards;
  }

  /** Which pages are written to. */
  public DirtyLog log() {
    return log;
  }

  /** Guest-physical address of the first byte of the RAM that it was made with. */
  public long base() {
    return ram.base();
  }

  /** Bytes of that RAM. */
  public long size() {
    return ram.size();
  }

  /**
   * Whether all of {@code gpa} to {@code gpa + length - 1} is RAM; true for an empty range in it.
   */
  public boolean contains(long gpa, long length) {
    if (ram.contains(gpa, length)) {
      return true;
    }
    MemoryRegion region = map.region(gpa, length);
    return region != null && region.ram() && region.writable();
  }

  /**
   * Whether a device may move data there: RAM, or one window, which is writable if it is to be
   * written to, and does not {@linkplain #addMovingWindow move}; true for an empty range in it.
   */
  public boolean reaches(long gpa, long length, boolean write) {
    if (ram.contains(gpa, length)) {
      return true;
    }
    MemoryRegion region = map.region(gpa, length);
    return region != null && region.stays() && (region.writable() || !write && !region.ram());
  }

  // ------------------------------------------------------------ ranges

  /**
   * Maps memory that others use too.
   *
   * @param base the guest-physical address of its first byte, page-aligned
   * @param writable whether the guest and its devices may store there
   * @throws IllegalArgumentException if something is mapped there already
   * @throws IllegalStateException if a hart is executing
   */
  public void addWindow(long base, HostMemory memory, boolean writable) {
    addWindow(
        base, memory, writable, List.of(new MachineExtent(base, memory.segment().byteSize())));
  }

  /**
   * The same for memory whose place on the board is known.
   *
   * @param machine where {@code memory} is in machine memory
   */
  public void addWindow(
      long base, HostMemory memory, boolean writable, List<MachineExtent> machine) {
    map.add(MemoryRegion.window(base, memory, writable, machine));
  }

  /**
   * The same for a window that is unmapped while devices work. They do not reach it: what a device
   * has checked must still be there when another thread moves the data.
   */
  public void addMovingWindow(
      long base, HostMemory memory, boolean writable, List<MachineExtent> machine) {
    map.add(MemoryRegion.movingWindow(base, memory, writable, machine));
  }

  /** Maps more RAM, as {@link #addWindow} maps a window. */
  public void addRam(long base, HostMemory memory, List<MachineExtent> machine) {
    map.add(MemoryRegion.ram(base, memory, machine));
  }

  /**
   * Maps memory that harts read and execute, and cannot change, as {@link #addWindow} maps a
   * window.
   *
   * @param base the guest-physical address of its first byte, page-aligned
   */
  public void addRom(long base, HostMemory memory) {
    map.add(MemoryRegion.rom(base, memory, List.of(chip(base, memory.segment().byteSize()))));
  }

  /** Where on the board a ROM is that has {@code bytes} from guest-physical {@code base} on. */
  public static MachineExtent chip(long base, long bytes) {
    return new MachineExtent(CHIPS + base, bytes);
  }

  /**
   * Unmaps the window, the ROM or the added RAM that begins at {@code base}.
   *
   * @throws IllegalArgumentException if none does
   * @throws IllegalStateException if a hart is executing, or what is there is needed
   */
  public void remove(long base) {
    map.remove(base);
  }

  // ------------------------------------------------------------ for engines

  /**
   * The host-virtual address of {@code gpa} if it is RAM or ROM, or 0. It holds for the whole page,
   * and for this {@linkplain GuestMap#version version} of the map. Code and page tables are found
   * by this one.
   */
  public long hva(long gpa) {
    long hva = ram.hva(gpa);
    return hva != 0 ? hva : otherHva(gpa, true, false);
  }

  /** Like {@link #hva}, but in windows too: for loads. */
  public long loadHva(long gpa) {
    long hva = ram.hva(gpa);
    return hva != 0 ? hva : otherHva(gpa, false, false);
  }

  /** Like {@link #hva}, but in writable windows too: for stores. */
  public long storeHva(long gpa) {
    long hva = ram.hva(gpa);
    return hva != 0 ? hva : otherHva(gpa, false, true);
  }

  /** The guest-physical address of a place in the process; empty if it is in none of the memory. */
  public OptionalLong gpa(long hva) {
    return Arrays.stream(map.regions())
        .filter(region -> hva >= region.hostBase() && hva < region.hostBase() + region.size())
        .mapToLong(region -> region.base() + hva - region.hostBase())
        .findFirst();
  }

  private long otherHva(long gpa, boolean onlyRam, boolean store) {
    for (MemoryRegion region : map.regions()) {
      long hva = region.hva(gpa);
      if (hva != 0) {
        return onlyRam && !region.ram() || store && !region.writable() ? 0 : hva;
      }
    }
    return 0;
  }

  /**
   * Machine memory for tables, on this machine's account.
   *
   * @param bytes whole pages
   * @return empty if the platform has not as much left
   */
  public Optional<TablePages> tables(long bytes) {
    return tables.take(bytes);
  }

  // ------------------------------------------------------------ for devices

  /**
   * A bounds-checked view, read-only in a window that is; a caller that writes through it calls
   * {@link #beginWrite} before and {@link #endWrite} afterwards.
   */
  public MemorySegment slice(long gpa, long length) {
    MemoryRegion region = at(gpa, length);
    return region.segment().asSlice(gpa - region.base(), length);
  }

  /** Says that {@code length} bytes at {@code gpa} were written through a {@link #slice}. */
  public void written(long gpa, long length) {
    if (length > 0) {
      guards.written(gpa, length);
    }
  }

  /**
   * Begins to write to a range that is mapped.
   *
   * @return false if a part of it is protected, as registered page tables are; then nothing may be
   *     written, else {@link #endWrite} follows
   */
  public boolean beginWrite(long gpa, long length) {
    return length <= 0 || !contains(gpa, length) || guards.beginWrite(gpa, length);
  }

  /** Ends a write that {@link #beginWrite} has allowed. */
  public void endWrite(long gpa, long length) {
    letGo(gpa, length);
    written(gpa, length);
  }

  private void letGo(long gpa, long length) {
    if (length > 0 && contains(gpa, length)) {
      guards.endWrite(gpa, length);
    }
  }

  /** Whether a range that is mapped can be written to now. */
  public boolean writable(long gpa, long length) {
    boolean may = beginWrite(gpa, length);
    if (may) {
      letGo(gpa, length);
    }
    return may;
  }

  public byte getByte(long gpa) {
    MemoryRegion region = at(gpa, 1);
    return region.segment().get(ValueLayout.JAVA_BYTE, gpa - region.base());
  }

  public short getShort(long gpa) {
    MemoryRegion region = at(gpa, 2);
    return region.segment().get(I16, gpa - region.base());
  }

  public int getInt(long gpa) {
    MemoryRegion region = at(gpa, 4);
    return region.segment().get(I32, gpa - region.base());
  }

  public long getLong(long gpa) {
    MemoryRegion region = at(gpa, 8);
    return region.segment().get(I64, gpa - region.base());
  }

  public void putByte(long gpa, byte value) {
    MemoryRegion region = at(gpa, 1);
    if (beginWrite(gpa, 1)) {
      region.segment().set(ValueLayout.JAVA_BYTE, gpa - region.base(), value);
      endWrite(gpa, 1);
    }
  }

  public void putShort(long gpa, short value) {
    MemoryRegion region = at(gpa, 2);
    if (beginWrite(gpa, 2)) {
      region.segment().set(I16, gpa - region.base(), value);
      endWrite(gpa, 2);
    }
  }

  public void putInt(long gpa, int value) {
    MemoryRegion region = at(gpa, 4);
    if (beginWrite(gpa, 4)) {
      region.segment().set(I32, gpa - region.base(), value);
      endWrite(gpa, 4);
    }
  }

  public void putLong(long gpa, long value) {
    MemoryRegion region = at(gpa, 8);
    if (beginWrite(gpa, 8)) {
      region.segment().set(I64, gpa - region.base(), value);
      endWrite(gpa, 8);
    }
  }

  /** Copies {@code bytes} to guest memory at {@code gpa}. */
  public void write(long gpa, byte[] bytes) {
    MemorySegment to = slice(gpa, bytes.length);
    if (beginWrite(gpa, bytes.length)) {
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, to, 0, bytes.length);
      endWrite(gpa, bytes.length);
    }
  }

  /** Copies {@code length} bytes at {@code gpa} out of guest memory. */
  public byte[] read(long gpa, int length) {
    return slice(gpa, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /** What holds all of a range. */
  private MemoryRegion at(long gpa, long length) {
    MemoryRegion region = ram.contains(gpa, length) ? ram : map.region(gpa, length);
    if (region == null) {
      throw new IndexOutOfBoundsException(
          "guest-physical 0x%x+%d is outside RAM 0x%x+0x%x and %d other ranges"
              .formatted(gpa, length, ram.base(), ram.size(), map.regions().length - 1));
    }
    return region;
  }
}
