package atoll.engine.mmu;

import atoll.engine.Privilege;
import atoll.state.Unsaved;

/**
 * Physical memory protection: 16 entries with a grain of four bytes (priv §3.7).
 *
 * <p>Entries are kept decoded as ranges. The lowest-numbered entry that matches any byte of an
 * access decides; it must match all of them.
 */
public final class Pmp {
  public static final int ENTRIES = 16;

  private static final int R = 1;
  private static final int W = 2;
  private static final int X = 4;

  /** What an entry must grant, by kind of {@link Access}. */
  private static final int[] NEEDED = {R, W, X, R | X, R};

  private static final int LOCKED = 0x80;
  private static final int A_SHIFT = 3;
  private static final int OFF = 0;
  private static final int TOR = 1;
  private static final int NA4 = 2;
  private static final long ADDRESS_MASK = (1L << 54) - 1;

  private final int[] config = new int[ENTRIES];
  private final long[] address = new long[ENTRIES];

  @Unsaved("follows from the entries")
  private final long[] first = new long[ENTRIES];

  @Unsaved("follows from the entries")
  private final long[] last = new long[ENTRIES];

  @Unsaved("follows from the entries")
  private boolean anyActive;

  @Unsaved("follows from the entries")
  private boolean anyLocked;

  /** What a range of addresses may be used for. */
  enum Verdict {
    ALLOWED,
    DENIED,
    /** Different entries decide for different bytes of the range. */
    MIXED
  }

  /** Decides an access of {@code size} bytes at {@code pa}. */
  boolean allows(long pa, int size, int access, int privilege) {
    return verdict(pa, pa + size - 1, access, privilege) == Verdict.ALLOWED;
  }

  /** Decides for every byte of the page that holds {@code pa} at once. */
  Verdict page(long pa, int access, int privilege) {
    return verdict(pa & -4096L, pa | 4095, access, privilege);
  }

  private Verdict verdict(long from, long to, int access, int privilege) {
    if (!anyActive || (privilege == Privilege.MACHINE && !anyLocked)) {
      return mixedBelowMachine(from, to)
          ? Verdict.MIXED
          : privilege == Privilege.MACHINE ? Verdict.ALLOWED : Verdict.DENIED;
    }
    for (int i = 0; i < ENTRIES; i++) {
      if (first[i] <= to && from <= last[i]) {
        if (from < first[i] || to > last[i]) {
          return Verdict.MIXED;
        }
        return permits(i, access, privilege) ? Verdict.ALLOWED : Verdict.DENIED;
      }
    }
    return privilege == Privilege.MACHINE ? Verdict.ALLOWED : Verdict.DENIED;
  }

  /**
   * Machine mode passes unlocked entries, but an access that only partly matches one still fails
   * (priv §3.7.1, "must match all bytes").
   */
  private boolean mixedBelowMachine(long from, long to) {
    if (anyActive) {
      for (int i = 0; i < ENTRIES; i++) {
        if (first[i] <= to && from <= last[i]) {
          return from < first[i] || to > last[i];
        }
      }
    }
    return false;
  }

  private boolean permits(int entry, int access, int privilege) {
    if (privilege == Privilege.MACHINE && (config[entry] & LOCKED) == 0) {
      return true;
    }
    int needed = NEEDED[access];
    return (config[entry] & needed) == needed;
  }

  /** The byte of {@code pmpcfg} for an entry. */
  public int config(int entry) {
    return config[entry];
  }

  /**
   * Writes an entry's byte of {@code pmpcfg}; locked entries stay, R=0 W=1 is kept from setting.
   */
  public void config(int entry, int value) {
    if ((config[entry] & LOCKED) != 0) {
      return;
    }
    int legal = value & 0x9f;
    if ((legal & 3) == 2) {
      legal &= ~3;
    }
    config[entry] = legal;
    decode();
  }

  /** {@code pmpaddr} of an entry: address bits 55 to 2. */
  public long address(int entry) {
    return address[entry];
  }

  /** Writes {@code pmpaddr}, unless it is locked itself or the base of a locked range. */
  public void address(int entry, long value) {
    boolean baseOfLocked =
        entry + 1 < ENTRIES && (config[entry + 1] & LOCKED) != 0 && mode(entry + 1) == TOR;
    if ((config[entry] & LOCKED) == 0 && !baseOfLocked) {
      address[entry] = value & ADDRESS_MASK;
      decode();
    }
  }

  /** Forgets everything: after this only machine mode reaches memory. */
  void reset() {
    java.util.Arrays.fill(config, 0);
    java.util.Arrays.fill(address, 0);
    decode();
  }

  private int mode(int entry) {
    return config[entry] >> A_SHIFT & 3;
  }

  private void decode() {
    anyActive = false;
    anyLocked = false;
    for (int i = 0; i < ENTRIES; i++) {
      range(i);
      boolean active = first[i] <= last[i];
      anyActive |= active;
      anyLocked |= active && (config[i] & LOCKED) != 0;
    }
  }

  private void range(int i) {
    switch (mode(i)) {
      case OFF -> empty(i);
      case TOR -> {
        first[i] = i == 0 ? 0 : address[i - 1] << 2;
        last[i] = (address[i] << 2) - 1;
        if (first[i] > last[i]) {
          empty(i);
        }
      }
      case NA4 -> {
        first[i] = address[i] << 2;
        last[i] = first[i] + 3;
      }
      default -> {
        long below = address[i] ^ (address[i] + 1);
        first[i] = (address[i] & ~below) << 2;
        last[i] = first[i] + (below << 2 | 3);
      }
    }
  }

  private void empty(int i) {
    first[i] = Long.MAX_VALUE;
    last[i] = 0;
  }
}
