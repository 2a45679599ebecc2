package atoll.tests;

import atoll.isa.Assembler;
import atoll.isa.Instruction;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What all items of a {@link StreamGenerator}'s block have in common: the mode and translation it
 * is entered with, the registers that all of them leave alone, and the one sequence of random
 * numbers that all draw from.
 */
final class StreamSetting {
  /** What a block is mostly about. */
  enum Profile {
    INTEGER,
    FLOAT,
    MEMORY,
    ATOMIC,
    SHORT,
    SYSTEM,
    MIXED,
    PAGING,
    /** Paging in VU and VS, and HS mode's accesses to a guest's memory. */
    GUEST
  }

  static final int U = 0;
  static final int S = 1;
  static final int M = 3;

  static final long SUM = 1L << 18;
  static final long MXR = 1L << 19;
  private static final long TVM = 1L << 20;
  static final long TW = 1L << 21;
  static final long TSR = 1L << 22;

  final Encodings encodings;
  final SplittableRandom random;
  final Profile profile;
  final int mode;
  final int levels;
  final int secondLevels;
  final int guestAccess;
  final long window;
  final long status;
  final int aligned;
  final int any;
  final int call;
  final int counter;

  /** An SC of another width than its LR may succeed or not (unpriv 13.2). */
  final boolean wideReservations;

  final boolean amos;

  StreamSetting(long seed, Encodings known) {
    encodings = known;
    random = new SplittableRandom(seed);
    profile = Profile.values()[random.nextInt(Profile.values().length)];
    guestAccess = profile == Profile.GUEST ? Math.max(0, random.nextInt(5) - 2) : 0;
    boolean paging = profile == Profile.PAGING || profile == Profile.GUEST;
    mode =
        switch (profile) {
          case PAGING -> random.nextInt(2);
          case GUEST -> guestAccess > 0 ? S : random.nextInt(2);
          case SYSTEM -> new int[] {U, S, M}[random.nextInt(3)];
          default -> M;
        };
    levels = paging ? 3 + random.nextInt(3) : 0;
    secondLevels = profile == Profile.GUEST ? 3 + random.nextInt(3) : 0;
    window = paging ? window() : 0;
    status = status();
    aligned = 8 + random.nextInt(8);
    any = other(random.nextInt(3) == 0 ? 2 : 8 + random.nextInt(8), aligned, aligned);
    call = other(2 + random.nextInt(30), aligned, any);
    counter = free(aligned, any, call);
    wideReservations = random.nextBoolean();
    // QEMU 7.2 does an AMO's load first, so that the second stage may refuse what the first
    // forbids.
    amos = levels == 0 || (secondLevels == 0 && random.nextBoolean());
  }

  private int other(int wanted, int a, int b) {
    int r = wanted;
    while (r == a || r == b) {
      r = 8 + random.nextInt(8);
    }
    return r;
  }

  private int free(int... taken) {
    while (true) {
      int r = 3 + random.nextInt(29);
      boolean clash = false;
      for (int t : taken) {
        clash |= t == r;
      }
      if (!clash) {
        return r;
      }
    }
  }

  private long window() {
    int bits = 12 + 9 * levels;
    while (true) {
      long va = random.nextLong() << 64 - bits >> 64 - bits & -65536L;
      if (random.nextInt(3) == 0) {
        va |= 0x1f0000; // so that the pages end where a 2 MiB page begins
      }
      long own = va >>> 28 << 28;
      if (own != 0x8000_0000L && (va & 0x3fffffff) < 0x3fc00000) {
        return va;
      }
    }
  }

  private long status() {
    long bits = 0;
    if (guestAccess > 0) {
      return SUM; // QEMU 7.2 looks at neither bit of vsstatus for hlv and hsv, and assumes this one
    }
    if (levels > 0) {
      bits |= random.nextLong() & (SUM | MXR);
    }
    if (mode != M && profile == Profile.SYSTEM) {
      bits |= random.nextLong() & (TVM | TW | TSR);
    }
    return bits;
  }

  // ------------------------------------------------------------ choices

  <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** An integer register that may be written. */
  int rd() {
    while (true) {
      int r = random.nextInt(32);
      if (writable(r)) {
        return r;
      }
    }
  }

  boolean writable(int r) {
    return r != aligned && r != any && r != call && r != counter;
  }

  int rs() {
    return random.nextInt(32);
  }

  static int withRd(int word, int rd) {
    return word & ~(31 << 7) | rd << 7;
  }

  int filled(Instruction i) {
    return i.match() | random.nextInt() & ~i.mask();
  }

  int pointer() {
    return random.nextInt(3) == 0 ? aligned : any;
  }

  int jumpRegister() {
    int r = rd();
    return r == 0 ? 1 : r;
  }

  int distinct(int a, int b) {
    while (true) {
      int r = rd();
      if (r != 0 && r != a && r != b) {
        return r;
      }
    }
  }

  static Item.Word word(int op, long... operands) {
    byte[] b = new Assembler(0).op(op, operands).toBytes();
    return new Item.Word(
        b[0] & 0xff | (b[1] & 0xff) << 8 | (b[2] & 0xff) << 16 | (b[3] & 0xff) << 24);
  }
}
