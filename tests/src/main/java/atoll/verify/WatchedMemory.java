package atoll.verify;

import atoll.engine.hart.StateBlock;
import atoll.engine.x64.SharedCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The memory that translated code may touch, as a hart has it, far apart and with nothing between:
 * the state block, a TLB of 4,096 entries for loads and one for stores of which some are empty, a
 * jump cache, a region's slots, and pages of the guest's with other rights each.
 *
 * <p>What the guest's memory holds is drawn at random whenever it is read.
 */
final class WatchedMemory {
  static final long STATE = 0x10_0000_0000L;
  private static final int LOWEST = StateBlock.LOWEST;
  private static final int STATE_BYTES = StateBlock.BYTES;

  private static final long LOADS = 0x2000_0000_0000L;
  private static final long STORES = 0x2100_0000_0000L;
  private static final int ENTRIES = 16384;
  private static final int TABLE = 16 * ENTRIES;

  private static final long JUMPS = 0x2200_0000_0000L;
  private static final int JUMP_MASK = (8192 - 1) << 1;

  private static final long EPOCH = 7;

  private static final long PAGES = 0x3000_0000_0000L;
  private static final int PAGE = 4096;

  /** From one page of the guest's to the next, in the host's memory. */
  private static final long STRIDE = 4 * PAGE;

  /** The code area's place. */
  static final long CODE = 0x4000_0000_0000L;

  /** Where an entry of the jump cache leads that was not compared with. */
  static final long NOWHERE = 0x66;

  /** Where one leads that was. */
  static final long ELSEWHERE = CODE + 0x10_0000_0000L;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final byte[] CONTROL_WORDS = controlWords();

  /** Pages of which a table has an entry. */
  private static final int[] LOADED = filled(false);

  private static final int[] STORED = filled(true);

  private final StateLayout layout;
  private final byte[] state = new byte[STATE_BYTES];
  private final byte[] slots = new byte[SlotTable.HEADER + 64 * SlotTable.SLOT];
  private SlotTable table;
  private boolean slotsValid;
  private SplittableRandom random;
  private long jumpEntry;
  private boolean jumpMatches;

  private static byte[] controlWords() {
    byte[] words = new byte[4 * 128];
    for (int i = 0; i < 128; i++) {
      put4(words, 4 * i, 0x1f80 | i >> 2);
    }
    return words;
  }

  WatchedMemory(SharedCode shared) {
    layout = shared.state();
  }

  /**
   * Fills all of it anew.
   *
   * @param slotsHold whether the slots are of the TLB's epoch; else they may be
   */
  void begin(SlotTable slotTable, boolean slotsHold, SplittableRandom numbers) {
    random = numbers;
    table = slotTable;
    jumpEntry = 0;
    for (int i = 0; i < 64; i++) {
      put(state, StateBlock.x(0) - LOWEST + 8 * i, guestValue());
    }
    put(state, StateBlock.PAGE_VA - LOWEST, (long) random.nextInt(ENTRIES) << 12);
    putTlb(StateBlock.TLB_READ, EPOCH);
    putTlb(StateBlock.SUM_CLEAR, EPOCH);
    putTlb(StateBlock.SUM_SET, EPOCH + 1);
    put(state, StateBlock.JUMP_CACHE - LOWEST, JUMPS);
    put(state, StateBlock.JUMP_MASK - LOWEST, JUMP_MASK);
    for (int at : SWITCHES) {
      put4(state, at - LOWEST, random.nextInt(4) == 0 ? 0 : 1);
    }
    put4(state, StateBlock.ROUNDING - LOWEST, random.nextInt(8));
    put4(state, StateBlock.FLOAT_CONTROL - LOWEST, 0x1f80);
    System.arraycopy(CONTROL_WORDS, 0, state, StateBlock.FLOAT_CONTROL_BY_FCSR - LOWEST, 4 * 128);
    if (table != null) {
      fillSlots(slotsHold || random.nextBoolean());
    }
  }

  private void putTlb(int at, long epoch) {
    put(state, at - LOWEST, LOADS);
    put(state, at - LOWEST + 8, STORES);
    put(state, at - LOWEST + 16, epoch);
  }

  private static final int[] SWITCHES = {
    StateBlock.FLOAT_READY, StateBlock.ZERO_READY, StateBlock.PRIVILEGE, StateBlock.SUM_CHOOSES
  };

  /** Slots hold valid entries, of whatever pages; or, if they are of another epoch, anything. */
  private void fillSlots(boolean valid) {
    slotsValid = valid;
    put(slots, 0, valid ? EPOCH : EPOCH - 1);
    for (int i = 0; i < table.count(); i++) {
      boolean store = (table.writes() >>> i & 1) != 0;
      int[] pages = store ? STORED : LOADED;
      int page = pages[random.nextInt(pages.length)];
      put(slots, SlotTable.HEADER + SlotTable.SLOT * i, tag(page, store));
      long add = valid ? addend(page, store) : random.nextLong();
      put(slots, SlotTable.HEADER + SlotTable.SLOT * i + 8, add);
    }
  }

  /** What a guest may have in a register: mostly an address near which there are pages. */
  long guestValue() {
    int kind = random.nextInt(16);
    if (kind < 11) {
      int offset = random.nextBoolean() ? PAGE - random.nextInt(80) : random.nextInt(PAGE);
      return ((long) random.nextInt(ENTRIES) << 12) + offset & -1L << random.nextInt(4);
    }
    return kind < 13 ? random.nextInt(-64, 64) : random.nextLong();
  }

  // ------------------------------------------------------------ the guest's pages

  private static int mixed(int page, boolean store) {
    int h = (page + (store ? 0x5bd1 : 0)) * 0x9e3779b1;
    return h >>> 24;
  }

  /** Whether a table has an entry for a page. */
  private static boolean filled(int page, boolean store) {
    return mixed(page, store) % 5 != 0;
  }

  private static int[] filled(boolean store) {
    return IntStream.range(0, ENTRIES).filter(page -> filled(page, store)).toArray();
  }

  /** Some entries are of pages far away. */
  private static long tag(int page, boolean store) {
    long far = mixed(page, store) % 7 == 1 ? 1L << 40 : 0;
    return filled(page, store) ? far | (long) page << 12 : page == 0 ? 1 << 12 : 0;
  }

  private static long addend(int page, boolean store) {
    return filled(page, store) ? PAGES + page * STRIDE - tag(page, store) : 0;
  }

  /** Checks an access to a page. */
  private void guest(long address, int size, boolean read, boolean write) {
    long from = address - PAGES;
    int page = (int) (from / STRIDE);
    boolean inside = from >= 0 && page < ENTRIES && from % STRIDE + size <= PAGE;
    boolean writable = inside && filled(page, true);
    if (!inside || (write ? !writable : read && !writable && !filled(page, false))) {
      throw new EscapeException(
          "%s of %d bytes at 0x%x".formatted(write ? "a store" : "a load", size, address));
    }
  }

  // ------------------------------------------------------------ accesses

  /** Loads up to 16 bytes; of those beyond 8 nothing is known. */
  long load(long address, int size, boolean shared) {
    if (inState(address, size)) {
      return get(state, (int) (address - STATE - LOWEST), size);
    }
    if (table != null && address - slots() >= 0 && address - slots() + size <= table.bytes()) {
      return get(slots, (int) (address - slots()), size);
    }
    if (address >= LOADS && address + size <= LOADS + TABLE) {
      return entry((int) (address - LOADS), false, size);
    }
    if (address >= STORES && address + size <= STORES + TABLE) {
      return entry((int) (address - STORES), true, size);
    }
    if (address >= JUMPS && address + size <= JUMPS + 16 * 8192) {
      return jump(address, size);
    }
    guest(address, size, true, false);
    return size < 8 ? guestValue() & (1L << 8 * size) - 1 : guestValue();
  }

  /** Stores. */
  void store(long address, int size, long value, boolean shared) {
    if (inState(address, size)) {
      int offset = (int) (address - STATE);
      if (!shared && !mayStore(offset, size, value)) {
        throw new EscapeException("a store to the state block at " + offset);
      }
      put(state, offset - LOWEST, value, size);
    } else if (shared && table != null && inSlots(address, size)) {
      put(slots, (int) (address - slots()), value, size);
    } else {
      guest(address, size, false, true);
    }
  }

  /** What a guest's value may be stored in, and fields that only some values fit. */
  private boolean mayStore(int offset, int size, long value) {
    if (offset == StateBlock.PAGE_VA && size == 8) {
      return value % PAGE == 0;
    } else if (offset == StateBlock.FLOAT_CONTROL && size == 4) {
      return isControlWord(value);
    } else if (offset == StateBlock.ROUNDING && size == 4) {
      return value >= 0 && value < 8;
    }
    return size <= 8 && layout.permits(offset, size, StateLayout.WRITE);
  }

  /** Whether LDMXCSR takes a value, and no operation traps then. */
  static boolean isControlWord(long value) {
    return (value & ~0xffffL) == 0 && (value & 0x1f80) == 0x1f80;
  }

  private static boolean inState(long address, int size) {
    long from = address - STATE - LOWEST;
    return from >= 0 && from + size <= STATE_BYTES;
  }

  private long slots() {
    return CODE + table.offset();
  }

  private boolean inSlots(long address, int size) {
    long from = address - slots() - SlotTable.HEADER;
    return from >= 0 && from + size <= (long) SlotTable.SLOT * table.count();
  }

  private static long entry(int at, boolean store, int size) {
    if (size != 8 || at % 8 != 0) {
      throw new EscapeException("a part of a TLB entry");
    }
    return at % 16 == 0 ? tag(at / 16, store) : addend(at / 16, store);
  }

  /** What an entry holds is decided when it is compared with. */
  private long jump(long address, int size) {
    if (size != 8 || address % 8 != 0) {
      throw new EscapeException("a part of a jump cache's entry");
    }
    if (address % 16 == 8) {
      return jumpMatches && address - 8 == jumpEntry ? ELSEWHERE : NOWHERE;
    }
    jumpEntry = address;
    jumpMatches = random.nextBoolean();
    return jumpMatches ? wanted : ~wanted;
  }

  /** The program counter that a jump cache is to have. */
  private long wanted;

  void wanted(long pc) {
    wanted = pc;
  }

  /** Whether that is the jump cache's entry that was compared with last, and was another's. */
  boolean isMissed(long address) {
    return jumpEntry != 0 && address == jumpEntry && !jumpMatches;
  }

  /** Another TLB is in use, of which the slots are not. */
  void switchTlb() {
    putTlb(StateBlock.TLB_READ, EPOCH + 1);
  }

  /**
   * Fills the slots anew.
   *
   * @param holds whether they are of the TLB in use then; else they are of none
   */
  void refill(boolean holds) {
    fillSlots(holds);
    put(slots, 0, holds ? field(StateBlock.EPOCH, 8) : 0);
  }

  // ------------------------------------------------------------ what must hold at the end

  /** Whether what Java believes still holds: each slot has an entry of its table. */
  void check() {
    for (int i = 0; table != null && slotsValid && i < table.count(); i++) {
      boolean store = (table.writes() >>> i & 1) != 0;
      long tag = get(slots, SlotTable.HEADER + SlotTable.SLOT * i, 8);
      int page = (int) (tag >>> 12) & ENTRIES - 1;
      if (!filled(page, store)
          || tag != tag(page, store)
          || get(slots, SlotTable.HEADER + SlotTable.SLOT * i + 8, 8) != addend(page, store)) {
        throw new EscapeException("a slot holds what no entry does");
      }
    }
  }

  /** The region's header, as the host sees it. */
  long header() {
    return table == null ? 0 : slots();
  }

  /** What a field of the state block has. */
  long field(int offset, int size) {
    return get(state, offset - LOWEST, size);
  }

  private static void put(byte[] to, int at, long value) {
    put(to, at, value, 8);
  }

  private static void put4(byte[] to, int at, int value) {
    put(to, at, value, 4);
  }

  private static void put(byte[] to, int at, long value, int size) {
    if (size >= 8) {
      LONGS.set(to, at, value);
      return;
    }
    for (int i = 0; i < size; i++) {
      to[at + i] = (byte) (value >>> 8 * i);
    }
  }

  private static long get(byte[] from, int at, int size) {
    if (size >= 8) {
      return (long) LONGS.get(from, at);
    }
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << 8 | from[at + i] & 0xff;
    }
    return value;
  }
}
