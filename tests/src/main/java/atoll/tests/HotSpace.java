package atoll.tests;

import atoll.memory.GuestMemory;
import atoll.testkit.PageTables;
import java.util.SplittableRandom;

/**
 * The address spaces of a {@link HotProgram}: two sets of tables that agree where the program needs
 * it and differ in the pages of one window, under a dozen values of {@code satp}.
 *
 * <p>RAM is at its own address for S and at {@link #user} for U, so that position-independent code
 * runs in every mode; once more, as one superpage, at {@link #alias}. The window's pages lie in any
 * frame, with any rights.
 */
final class HotSpace {
  static final long RAM = TrapHandlers.ORIGIN;
  static final long CODE = RAM + 0x10000;
  static final long DATA = RAM + 0x80000;
  static final long TABLES = RAM + 0x100000;

  /** The second half of RAM, which superpages map. */
  static final long UPPER = RAM + 0x200000;

  static final int WINDOW_PAGES = 32;

  /** Where it is noted that an entry has changed. */
  static final long CHANGED = TrapHandlers.VARIABLES + TrapHandlers.CHANGED;

  /** A root and its window's tables; RAM beside it holds more than both sets need. */
  private static final long TABLES_OF_ONE = 0x40000;

  private static final int SPACES = 12;

  /** Identifiers of guests: more than a hart keeps translations of. */
  static final int GUESTS = 6;

  private static final long SUPERPAGE = 2 << 20;
  private static final long USER = PageTables.ALL | PageTables.U;

  private final SplittableRandom random;
  private final GuestMemory memory;
  private final int levels;
  private final long user;
  private final long alias;
  private final long userAlias;
  private final long window;
  private final PageTables[] tables;
  private final PageTables second;

  HotSpace(SplittableRandom random, GuestMemory memory) {
    this.random = random;
    this.memory = memory;
    levels = 3 + random.nextInt(3);
    user = place();
    alias = place();
    userAlias = place();
    window = random.nextInt(4) == 0 ? -WINDOW_PAGES * 4096L : place() + random.nextInt(480) * 4096L;
    tables =
        new PageTables[] {
          new PageTables(memory, levels, TABLES),
          new PageTables(memory, levels, TABLES + TABLES_OF_ONE)
        };
    for (PageTables one : tables) {
      build(one);
    }
    second = PageTables.secondStage(memory, 3 + random.nextInt(3), TABLES + 2 * TABLES_OF_ONE);
    buildSecondStage();
  }

  /** A guest has RAM at the machine's addresses, but for some pages of data not with all rights. */
  private void buildSecondStage() {
    for (long pa = RAM; pa < UPPER; pa += 4096) {
      boolean data = pa >= DATA + 4096 && pa < TABLES;
      second.map(pa, pa, USER);
      if (data && random.nextInt(6) == 0) {
        memory.putLong(guestEntry(pa), newGuestEntry(pa));
      }
    }
    second.map(UPPER, UPPER, USER, 1);
    second.map(TrapHandlers.DEVICE, TrapHandlers.DEVICE, USER & ~PageTables.X);
  }

  /** A value of {@code hgatp} that translates: any guest's. */
  long hgatp() {
    return second.satp(random.nextInt(GUESTS));
  }

  /** The guest-physical address of a page of data. */
  long guestPage() {
    return DATA + 4096 + random.nextInt(0x7f) * 4096L;
  }

  /** The machine's address of a guest page's entry. */
  long guestEntry(long page) {
    return second.entry(page, 0);
  }

  /** A new value for it: the same page or another one, with any rights. */
  long newGuestEntry(long page) {
    long frame = random.nextBoolean() ? DATA + random.nextInt(64) * 4096L : page;
    return leaf(frame, random.nextLong() & 0xff | PageTables.V | rarely());
  }

  /** A canonical address, a multiple of 2 MiB, in a gigabyte that nothing else uses. */
  private long place() {
    while (true) {
      long va = random.nextLong() << 52 - 9 * levels >> 52 - 9 * levels & -SUPERPAGE;
      long gigabyte = va >> 30;
      boolean low = gigabyte == 0 || gigabyte == 2; // the device and RAM at their own addresses
      boolean taken =
          gigabyte == user >> 30
              || gigabyte == alias >> 30
              || gigabyte == userAlias >> 30
              || gigabyte == -1;
      if (!low && !taken && (va & 0x3fffffff) < 0x3f000000) {
        return va;
      }
    }
  }

  private void build(PageTables one) {
    for (long pa = RAM; pa < UPPER; pa += 4096) {
      one.map(pa, pa, PageTables.ALL | PageTables.G);
      boolean open = pa >= CODE && pa < TABLES || pa == TrapHandlers.VARIABLES;
      if (open) {
        one.map(user + pa - RAM, pa, USER);
      }
    }
    one.map(UPPER, UPPER, PageTables.ALL, 1);
    one.map(user + SUPERPAGE, UPPER, USER, 1);
    one.map(alias, RAM, PageTables.ALL, 1);
    one.map(userAlias, RAM, USER, 1);
    one.map(TrapHandlers.DEVICE, TrapHandlers.DEVICE, PageTables.ALL & ~PageTables.X);
    for (int page = 0; page < WINDOW_PAGES; page++) {
      memory.putLong(one.entry(page(page), 0), newEntry());
    }
    if (random.nextBoolean()) {
      memory.putLong(one.entry(0, 0), newEntry()); // what comes behind the last page of all
    }
  }

  /** Mostly data; also code, the device, and where nothing is. */
  private long frame() {
    return switch (random.nextInt(16)) {
      case 0 -> CODE + random.nextInt(112) * 4096L;
      case 1 -> TrapHandlers.DEVICE;
      case 2 -> RAM + LockStepMachine.SIZE;
      case 3 -> RAM - 4096;
      case 4 -> (random.nextLong() & (1L << 44) - 1) << 12;
      default -> DATA + random.nextInt(64) * 4096L;
    };
  }

  private long rights() {
    long bits = random.nextInt(4) == 0 ? random.nextLong() & 0xff : PageTables.ALL;
    if (random.nextInt(8) == 0) {
      bits ^= 1L << random.nextInt(8);
    }
    return bits ^ (random.nextBoolean() ? PageTables.U : 0) ^ rarely();
  }

  /** Upper bits of an entry: of a block of pages, of another kind of memory, or reserved. */
  private long rarely() {
    return switch (random.nextInt(24)) {
      case 0 -> PageTables.N;
      case 1 -> PageTables.N | (long) random.nextInt(4) << 61;
      case 2, 3 -> (long) random.nextInt(4) << 61;
      case 4 -> 1L << 54 + random.nextInt(10);
      default -> 0;
    };
  }

  /** An entry; one of a block of 64 KiB mostly as it must be (Svnapot). */
  private long leaf(long frame, long bits) {
    boolean block = (bits & PageTables.N) != 0 && random.nextInt(8) != 0;
    return PageTables.pte(block ? frame & -0x10000L | 0x8000 : frame, bits);
  }

  /** A value of {@code satp} that translates: either root, some address space number. */
  long satp() {
    return tables[random.nextInt(2)].satp(random.nextInt(SPACES));
  }

  /** What to add to an address of RAM for the view that U has. */
  long userOffset() {
    return user - RAM;
  }

  /** What to add to an address in the first half of RAM for its other name. */
  long aliasOffset(boolean forUser) {
    return (forUser ? userAlias : alias) - RAM;
  }

  /** The virtual address of a page of the window. */
  long page(int number) {
    return window + number * 4096L;
  }

  /** The physical address of a page's entry, in either set of tables. */
  long entry(int number) {
    return tables[random.nextInt(2)].entry(page(number), 0);
  }

  /** A new value for an entry of the window. */
  long newEntry() {
    return leaf(frame(), rights());
  }

  /** Addresses at which translation ends or wraps around. */
  long edge() {
    long near = random.nextLong(-8, 8);
    return switch (random.nextInt(6)) {
      case 0 -> near;
      case 1 -> (1L << 11 + 9 * levels) + near;
      case 2 -> -(1L << 11 + 9 * levels) + near;
      case 3 -> Long.MIN_VALUE + near;
      case 4 -> RAM + LockStepMachine.SIZE + near;
      default -> RAM + near;
    };
  }
}
