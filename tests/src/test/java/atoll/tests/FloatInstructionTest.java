package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.CsrNumber;
import atoll.isa.Format;
import atoll.isa.Instruction;
import atoll.testkit.MachineFixture;
import atoll.tests.ExactFloat.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every floating-point instruction that computes: exact result, flags, every rounding mode, static
 * and dynamic, on special values and random ones.
 */
class FloatInstructionTest extends Conformance {
  private static final int RD = 10;
  private static final int RS1 = 11;
  private static final int RS2 = 12;
  private static final int RS3 = 13;
  private static final int DYNAMIC = 7;

  private static final long[] INTEGERS = {
    0,
    1,
    -1,
    2,
    3,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0001L,
    (1L << 24) + 1,
    (1L << 25) + 3,
    (1L << 53) + 1,
    (1L << 54) + 3,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -12345,
    0xffff_ff7f_ffff_ffffL
  };

  /** Special values of each format, as registers hold them, with some that are not boxed. */
  private static final long[] SINGLES =
      special(
          ExactFloat.Format.S,
          new long[] {
            0x3f800000, 0x3fc00000, 0x40490fdb, 0x00000001, 0x007fffff, 0x00800000, 0x00800001,
            0x7f7fffff, 0x4b000001, 0x4b7fffff, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000,
            0x5effffff, 0x5f000000, 0x5f7fffff, 0x3f000000, 0x3effffff, 0x3f7fffff, 0x40200000,
            0x33800000, 0x34000000, 0x7fc00000, 0x7fa00000, 0x7fc12345, 0x1fffffff, 0x60000000
          });

  private static final long[] DOUBLES =
      special(
          ExactFloat.Format.D,
          new long[] {
            0x3ff0000000000000L,
            0x3ff8000000000000L,
            0x400921fb54442d18L,
            1,
            0xfffffffffffffL,
            0x10000000000000L,
            0x10000000000001L,
            0x7fefffffffffffffL,
            0x4330000000000001L,
            0x41dfffffffc00000L,
            0x41e0000000000000L,
            0x41efffffffe00000L,
            0x41f0000000000000L,
            0x43dfffffffffffffL,
            0x43e0000000000000L,
            0x43efffffffffffffL,
            0x43f0000000000000L,
            0x3fe0000000000000L,
            0x3fdfffffffffffffL,
            0x3fefffffffffffffL,
            0x4004000000000000L,
            0x3ca0000000000000L,
            0x36a0000000000000L,
            0x380fffffffffffffL,
            0x47efffffe0000000L,
            0x47efffffefffffffL,
            0x47effffff0000000L,
            0x3e70000000000000L,
            0x40effc0000000000L,
            0x3f10000000000000L,
            0x7ff8000000000000L,
            0x7ff4000000000000L,
            0x7ff0000000000001L,
            0x5fefffffffffffffL,
            0x2000000000000000L
          });

  private static final long[] HALVES =
      special(
          ExactFloat.Format.H,
          new long[] {0x3c00, 0x3e00, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7e00, 0x7d00, 0x3555});

  private static long[] special(ExactFloat.Format f, long[] positive) {
    List<Long> all = new ArrayList<>(List.of(f.box(0), f.box(f.sign())));
    all.addAll(List.of(f.box(f.infinity()), f.box(f.infinity() | f.sign())));
    Random random = new Random(f.width());
    for (long v : positive) {
      all.add(f.box(v));
      all.add(f.box(v | f.sign()));
    }
    for (int i = 0; i < 6; i++) {
      all.add(f.box(random.nextLong() & f.mask()));
    }
    if (f != ExactFloat.Format.D) {
      all.add(0x3f800000L); // not boxed: a NaN (unpriv 21.2)
      all.add(0xffff_fffe_3f80_0000L);
    }
    return all.stream().mapToLong(Long::longValue).toArray();
  }

  static List<Instruction> instructions() {
    return Instruction.all().stream()
        .filter(i -> FloatReference.of(i.name()).isPresent())
        .filter(i -> i.is(Instruction.FP))
        .toList();
  }

  @Test
  void everyFloatingPointInstructionIsTestedHereOrAsLoadOrStore() {
    Set<String> missing = new TreeSet<>();
    Instruction.all().stream()
        .filter(i -> i.is(Instruction.FP) && i.format() != Format.FLI)
        .filter(i -> !i.is(Instruction.LOAD) && !i.is(Instruction.STORE))
        .forEach(i -> missing.add(i.name()));
    instructions().forEach(i -> missing.remove(i.name()));
    assertThat(missing).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void resultAndFlagsAreExact(Instruction i) {
    boolean rounds = i.pattern().contains(" rm ");
    int[] modes = rounds ? new int[] {0, 1, 2, 3, 4} : new int[] {0};
    for (int mode : modes) {
      sweep(i, mode, mode);
      if (rounds) {
        m.csr(CsrNumber.FRM, mode);
        sweep(i, DYNAMIC, mode);
        m.csr(CsrNumber.FRM, 0);
      }
    }
  }

  private void sweep(Instruction i, int field, int mode) {
    OperandTable boxed = new OperandTable(m);
    OperandTable raw = new OperandTable(m);
    for (long[] row : cases(i, mode)) {
      boolean narrow = source(i) == 's' && (row[0] & row[1] & row[2]) >> 32 == -1;
      (narrow ? boxed : raw).add(row[0], row[1], row[2]);
    }
    run(i, field, mode, boxed, "flw");
    run(i, field, mode, raw, "fld");
  }

  private static List<long[]> cases(Instruction i, int mode) {
    long[] a = operands(i);
    int count = sources(i);
    List<long[]> all = new ArrayList<>();
    Random random = new Random(mode);
    for (long x : a) {
      if (count == 1) {
        all.add(new long[] {x, -1, -1});
        continue;
      }
      for (long y : a) {
        all.add(new long[] {x, y, count == 2 ? -1 : x});
        if (count == 3) {
          all.add(new long[] {x, y, a[random.nextInt(a.length)]});
        }
      }
    }
    for (int n = 0; n < 2000 && count == 3; n++) {
      all.add(new long[] {pick(a, random), pick(a, random), pick(a, random)});
    }
    return all;
  }

  private static long pick(long[] values, Random random) {
    return values[random.nextInt(values.length)];
  }

  private static int sources(Instruction i) {
    return i.pattern().contains("fs3") ? 3 : i.pattern().contains("fs2") ? 2 : 1;
  }

  /** The precision of the source: s, d or h; i if that is an integer. */
  private static char source(Instruction i) {
    String name = i.name();
    if (i.pattern().contains(" rs1 ")) {
      return 'i';
    }
    return name.startsWith("fmv.x.") ? 'd' : name.charAt(name.length() - 1);
  }

  private static long[] operands(Instruction i) {
    return switch (source(i)) {
      case 'i' -> INTEGERS;
      case 's' -> SINGLES;
      case 'h' -> HALVES;
      default -> DOUBLES;
    };
  }

  /** The instruction with its registers and, if it has one, its rounding mode. */
  private static int word(Instruction i, int field) {
    int word = i.match() | RD << 7 | RS1 << 15;
    int count = sources(i);
    if (count >= 2) {
      word |= RS2 << 20;
    }
    if (count == 3) {
      word |= RS3 << 27;
    }
    return i.pattern().contains(" rm ") ? word | field << 12 : word;
  }

  /** Singles are loaded so that an engine may keep them as such, or as registers have them. */
  private void run(Instruction i, int field, int mode, OperandTable table, String load) {
    boolean toInteger = i.pattern().contains(" rd ");
    table.run(
        """
        ld x11, 0(t0)
        %1$s f11, 0(t0)
        %1$s f12, 8(t0)
        %1$s f13, 16(t0)
        csrwi fflags, 0
        .word 0x%2$08x
        frflags a2
        %3$s, 24(t0)
        sd a2, 32(t0)
        """
            .formatted(load, word(i, field), toInteger ? "sd x10" : "fsd f10"));
    for (long[] row : table.rows()) {
      Result expected = FloatReference.of(i.name()).orElseThrow().of(row[0], row[1], row[2], mode);
      if (row[3] != expected.bits() || row[4] != expected.flags()) {
        assertThat("%016x flags %02x".formatted(row[3], row[4]))
            .as("%s %x, %x, %x in mode %d by %s", i, row[0], row[1], row[2], mode, load)
            .isEqualTo("%016x flags %02x".formatted(expected.bits(), expected.flags()));
      }
    }
  }

  @Test
  void fliLoadsItsThirtyTwoConstants() {
    for (Instruction i : Instruction.all()) {
      if (i.format() == Format.FLI) {
        ExactFloat.Format f = i.name().endsWith(".s") ? ExactFloat.Format.S : ExactFloat.Format.D;
        for (int n = 0; n < 32; n++) {
          m.memory().putInt(MachineFixture.CODE, i.match() | RD << 7 | n << 15);
          m.hart().pc(MachineFixture.CODE);
          m.step();
          assertThat(m.hart().f(RD))
              .as("%s %d", i.name(), n)
              .isEqualTo(FloatReference.constant(f, n));
        }
      }
    }
    assertThat(m.csr(CsrNumber.FFLAGS)).isZero();
  }

  @Test
  void flagsAccrueUntilTheyAreWritten() {
    m.runToBreak(
        """
        fcvt.d.w ft0, zero
        li a0, 1
        fcvt.d.w ft1, a0
        fdiv.d ft2, ft1, ft0      # DZ
        frflags a1
        li a0, 3
        fcvt.d.w ft3, a0
        fdiv.d ft2, ft1, ft3      # NX
        frflags a2
        csrrwi a3, fflags, 0
        frflags a4
        """);
    assertThat(m.x("a1")).isEqualTo(ExactFloat.DZ);
    assertThat(m.x("a2")).isEqualTo(ExactFloat.DZ | ExactFloat.NX);
    assertThat(m.x("a3")).isEqualTo(ExactFloat.DZ | ExactFloat.NX);
    assertThat(m.x("a4")).isZero();
  }

  @Test
  void loadsBoxWhatIsNarrowAndStoresTakeTheLowBits() {
    m.memory().putLong(MachineFixture.DATA, 0x8182_8384_8586_8788L);
    m.runToBreak(
        """
        li a0, 0x80100000
        flh ft0, 0(a0)
        flw ft1, 0(a0)
        fld ft2, 0(a0)
        fsh ft2, 8(a0)
        fsw ft2, 16(a0)
        fsd ft1, 24(a0)
        fsd ft2, 35(a0)
        fld ft3, 35(a0)
        """);
    assertThat(m.hart().f(0)).isEqualTo(0xffff_ffff_ffff_8788L);
    assertThat(m.hart().f(1)).isEqualTo(0xffff_ffff_8586_8788L);
    assertThat(m.hart().f(2)).isEqualTo(0x8182_8384_8586_8788L);
    assertThat(m.hart().f(3)).isEqualTo(0x8182_8384_8586_8788L);
    assertThat(m.memory().getLong(MachineFixture.DATA + 8)).isEqualTo(0x8788);
    assertThat(m.memory().getLong(MachineFixture.DATA + 16)).isEqualTo(0x8586_8788L);
    assertThat(m.memory().getLong(MachineFixture.DATA + 24)).isEqualTo(0xffff_ffff_8586_8788L);
  }
}
