package atoll.tests;

import atoll.engine.Hart;
import atoll.isa.Assembler;
import atoll.isa.CsrNumber;
import atoll.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A guest that never ends, from a seed: units that are repeated until they are hot, in all modes,
 * address spaces and states that a dispatcher puts them in.
 */
final class HotProgram {
  /** What units load registers from: floating-point and integer values near which things change. */
  static final long TABLE = HotSpace.DATA;

  private static final int TABLE_BYTES = 4096;
  private static final long DESCRIPTORS = HotSpace.RAM + 0x8000;

  /** Bytes from one descriptor to the next; their fields are {@link #describe}'s. */
  private static final long DESCRIPTOR = 256;

  private static final int CODE_BYTES = 0x60000;
  private static final long ADUE_PBMTE = 3L << 61;
  private static final long STCE = 1L << 63;
  private static final long CACHE_BLOCKS = 0xf0;
  private static final long MPV = 1L << 39;
  private static final long GUEST_TRAPS = 7L << 20;
  private static final long SPVP = 1L << 8;

  /** Of two physical regions, all but their locks, which nothing could open again. */
  private static final int OPEN = 0x1f1f;

  private final SplittableRandom random;
  private final GuestMemory memory;
  private final HotSpace space;
  private final List<HotUnit> units = new ArrayList<>();

  private HotProgram(long seed, GuestMemory memory) {
    random = new SplittableRandom(seed);
    this.memory = memory;
    memory.write(TrapHandlers.ORIGIN, TrapHandlers.code());
    space = new HotSpace(random, memory);
    fillData();
    placeUnits();
    describe();
  }

  /**
   * Puts the program of a seed into two machines alike, each about to execute its first
   * instruction.
   */
  static void load(long seed, LockStepMachine one, LockStepMachine other) {
    new HotProgram(seed, one.memory());
    byte[] all = one.memory().read(LockStepMachine.RAM, (int) LockStepMachine.SIZE);
    other.memory().write(LockStepMachine.RAM, all);
    start(one.hart());
    start(other.hart());
  }

  private static void start(Hart hart) {
    hart.enterMachine(TrapHandlers.dispatcher(), 0, 0);
    hart.csr(CsrNumber.MTVEC, TrapHandlers.ORIGIN);
    hart.csr(CsrNumber.STVEC, TrapHandlers.SUPERVISOR);
    hart.csr(CsrNumber.VSTVEC, TrapHandlers.SUPERVISOR);
    hart.csr(CsrNumber.MSTATEEN0, -1);
    hart.csr(CsrNumber.HSTATEEN0, -1);
    hart.csr(CsrNumber.HCOUNTEREN, -1);
    hart.csr(CsrNumber.PMPADDR0 + 15, -1L >>> 10);
    hart.csr(CsrNumber.PMPCFG0 + 2, 0x1fL << 56);
    hart.csr(CsrNumber.MCOUNTEREN, -1);
    hart.csr(CsrNumber.SCOUNTEREN, -1);
    hart.csr(CsrNumber.SENVCFG, CACHE_BLOCKS);
  }

  private void fillData() {
    for (long at = TABLE; at < HotSpace.TABLES; at += 8) {
      memory.putLong(at, at < TABLE + TABLE_BYTES || random.nextInt(4) == 0 ? value() : 0);
    }
    for (long at = HotSpace.UPPER; at < HotSpace.UPPER + 0x10000; at += 8) {
      memory.putLong(at, value());
    }
  }

  private long value() {
    long bits = random.nextLong();
    return switch (random.nextInt(12)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> 1L << random.nextInt(64);
      case 3 -> (int) bits;
      case 4 -> Double.doubleToRawLongBits(random.nextInt(200) - 100);
      case 5 -> floating(bits, 52, 0x7ff);
      case 6, 7 -> floating(bits & 0xffff_ffffL, 23, 0xff) | -1L << 32;
      case 8 -> Float.floatToRawIntBits(random.nextInt(200) - 100) | -1L << 32;
      case 9 -> Double.doubleToRawLongBits(random.nextDouble() * 4 - 2);
      case 10 -> floating(bits & 0xffff, 10, 0x1f) | -1L << 16;
      default -> bits;
    };
  }

  /** A number whose exponent is at the edge of its range or near one, more often than not. */
  private long floating(long bits, int fraction, long exponents) {
    long exponent =
        switch (random.nextInt(6)) {
          case 0 -> 0;
          case 1 -> exponents;
          case 2 -> 1;
          case 3 -> exponents - 1;
          case 4 -> exponents / 2 + random.nextInt(3) - 1;
          default -> bits >>> fraction & exponents;
        };
    long kept = bits & ~(exponents << fraction);
    if (random.nextInt(4) == 0) {
      kept &= ~((1L << fraction) - 1);
    }
    return kept | exponent << fraction;
  }

  private void placeUnits() {
    Assembler returns = new Assembler(HotSpace.CODE);
    for (int i = 0; i < 64; i++) {
      returns.data(Assembler.assemble("c.jr ra"));
    }
    memory.write(HotSpace.CODE, returns.toBytes());
    long at = HotSpace.CODE + 0x100;
    for (int i = 3 + random.nextInt(8); i > 0; i--) {
      at += 2L * random.nextInt(random.nextInt(6) == 0 ? 4096 : 32);
      HotUnit unit = HotUnit.place(random, space, at, HotSpace.CODE);
      if (at + unit.code().length > HotSpace.CODE + CODE_BYTES) {
        return;
      }
      memory.write(at, unit.code());
      at += unit.code().length;
      units.add(unit);
    }
  }

  /** The dispatcher's ring of descriptors: each unit several times, mostly as it is meant. */
  private void describe() {
    int count = units.size() * 3;
    for (int i = 0; i < count; i++) {
      long next = DESCRIPTORS + (i + 1) % count * DESCRIPTOR;
      describe(DESCRIPTORS + i * DESCRIPTOR, next, units.get(random.nextInt(units.size())));
    }
    memory.putLong(TrapHandlers.VARIABLES + TrapHandlers.NEXT, DESCRIPTORS);
  }

  private void describe(long at, long next, HotUnit unit) {
    int mode = random.nextInt(8) == 0 ? new int[] {0, 1, 3}[random.nextInt(3)] : unit.mode();
    boolean translated = random.nextInt(4) != 0;
    long offset = translated && mode == 0 ? space.userOffset() : 0;
    boolean guest = mode != 3 && random.nextInt(3) == 0;
    long satp = translated ? space.satp() : 0;
    long status = status(unit, mode);
    long[] fields = {
      next,
      unit.entry() + offset,
      guest ? status | MPV : status,
      guest && random.nextBoolean() ? space.satp() : guest ? 0 : satp,
      8L << random.nextInt(8),
      unit.fcsr(),
      random.nextLong() & 0xf0b5ff,
      random.nextLong() & 0x222,
      random.nextLong() & 0x6ee | 0x800,
      unit.end() + offset,
      ADUE_PBMTE & random.nextLong() | (random.nextBoolean() ? STCE : 0) | CACHE_BLOCKS,
      10L << random.nextInt(8),
      random.nextInt(3) == 0 ? 1 : 0,
      guest ? satp : random.nextBoolean() ? space.satp() : 0,
      space.hgatp(),
      random.nextInt(4) == 0 ? 0 : random.nextLong() & 0xb1ff,
      random.nextLong() & 0x444,
      random.nextInt(3) == 0 ? random.nextLong() & 0x444 : 0,
      status(unit, mode),
      ADUE_PBMTE & random.nextLong() | (random.nextBoolean() ? STCE : 0) | CACHE_BLOCKS,
      random.nextLong() & (SPVP | GUEST_TRAPS),
      dataAddress() >>> 2,
      dataAddress() >>> 2,
      mode != 3 && random.nextInt(4) == 0 ? random.nextInt(0x10000) & OPEN : 0,
    };
    for (int i = 0; i < fields.length; i++) {
      memory.putLong(at + 8L * i, fields[i]);
    }
  }

  private long dataAddress() {
    return HotSpace.DATA + random.nextInt((int) (HotSpace.TABLES - HotSpace.DATA));
  }

  private long status(HotUnit unit, int mode) {
    long floatingPoint = random.nextInt(24) == 0 ? 0 : 1 + random.nextInt(3);
    long interrupts = random.nextLong() & 0xa2;
    long rights = random.nextInt(3) == 0 ? random.nextLong() & 0xc0000 : 0;
    return unit.status() | (long) mode << 11 | floatingPoint << 13 | interrupts | rights;
  }
}
