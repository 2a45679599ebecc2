package atoll.engine.interp;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.fpu.FpFlags;
import atoll.engine.fpu.FpUnit;
import atoll.engine.hart.SoftHart;
import atoll.engine.hart.SoftHartGroup;
import atoll.engine.mmu.Mstatus;
import atoll.engine.software.Interpreter;
import atoll.host.Clock;
import atoll.host.HostMemory;
import atoll.isa.Assembler;
import atoll.isa.Instruction;
import atoll.isa.Op;
import atoll.memory.GuestMemory;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * The interpreter's loop does floating-point arithmetic in place where it is sure of the flags; it
 * must agree with {@link FpUnit} in every bit and flag, whatever was raised before.
 */
class FloatInPlaceTest {
  private static final long RAM = 0x8000_0000L;
  private static final int CASES = 4000;
  private static final int[] OPS = {
    Op.FADD_D, Op.FSUB_D, Op.FMUL_D, Op.FDIV_D, Op.FSQRT_D, Op.FMADD_D, Op.FMSUB_D, Op.FNMSUB_D,
    Op.FNMADD_D, Op.FADD_S, Op.FSUB_S, Op.FMUL_S, Op.FDIV_S, Op.FMADD_S, Op.FMSUB_S, Op.FNMSUB_S,
    Op.FNMADD_S
  };

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);

  private static SoftHartGroup group(HostMemory host) {
    return new SoftHartGroup(
        new GuestMemory(RAM, host),
        Clock.host(),
        1,
        new Interpreter(),
        MmuKind.FOLDED,
        Paging.SV57);
  }

  @Test
  void theLoopComputesWhatTheUnitDoes() {
    try (HostMemory host = HostMemory.allocate(1 << 16);
        SoftHartGroup group = group(host)) {
      GuestMemory memory = group.memory().memory();
      SoftHart hart = group.client(0);
      for (int op : OPS) {
        memory.write(RAM, instruction(op));
        for (int i = 0; i < CASES; i++) {
          compare(hart, op, (i & 1) != 0 ? FpFlags.NX : 0);
        }
      }
    }
  }

  @Test
  void aChangeOfRoundingOrFlagsIsSeenByTheNextInstruction() {
    try (HostMemory host = HostMemory.allocate(1 << 16);
        SoftHartGroup group = group(host)) {
      GuestMemory memory = group.memory().memory();
      SoftHart hart = group.client(0);
      memory.write(
          RAM,
          Assembler.assemble(
              """
              fdiv.d ft3, ft1, ft2
              csrwi frm, 3
              fdiv.d ft4, ft1, ft2
              csrwi frm, 0
              csrwi fflags, 0
              fdiv.d ft5, ft1, ft2
              """,
              RAM));
      hart.enterMachine(RAM, 0, 0);
      hart.mstatus |= Mstatus.FS_DIRTY;
      hart.flags.bits = FpFlags.NX;
      hart.f(1, Double.doubleToRawLongBits(1));
      hart.f(2, Double.doubleToRawLongBits(3));
      hart.run(6);
      assertThat(hart.f(4)).as("1/3 rounded up").isEqualTo(hart.f(3) + 1);
      assertThat(hart.f(5)).as("1/3 rounded to nearest again").isEqualTo(hart.f(3));
      assertThat(hart.flags.bits).as("inexact raised anew").isEqualTo(FpFlags.NX);
    }
  }

  private static byte[] instruction(int op) {
    Assembler assembler = new Assembler(RAM);
    switch (Instruction.of(op).format()) {
      case R4 -> assembler.op(op, 4, 1, 2, 3);
      case UNARY_RM -> assembler.op(op, 4, 1);
      default -> assembler.op(op, 4, 1, 2);
    }
    return assembler.toBytes();
  }

  private void compare(SoftHart hart, int op, int raised) {
    hart.enterMachine(RAM, 0, 0);
    hart.mstatus |= Mstatus.FS_DIRTY;
    hart.flags.bits = raised;
    for (int r = 1; r <= 3; r++) {
      hart.f(r, operand(op));
    }
    long[] expected = Arrays.copyOf(hart.f, hart.f.length);
    FpFlags flags = new FpFlags();
    flags.bits = raised;
    FpUnit.execute(op, 4, 1, 2, 3, 0, new long[33], expected, flags);
    hart.run(1);
    assertThat(hart.f)
        .as("%s of %x, %x, %x", Instruction.of(op).name(), hart.f(1), hart.f(2), hart.f(3))
        .containsExactly(expected);
    assertThat(hart.flags.bits).as("flags of " + Instruction.of(op).name()).isEqualTo(flags.bits);
  }

  private long operand(int op) {
    return Instruction.of(op).extension().equals("D") ? doubleBits() : singleBits();
  }

  /** Any pattern, numbers near each other, and numbers whose results straddle the least normal. */
  private long doubleBits() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> Double.doubleToRawLongBits(random.nextDouble() * 4 - 2);
      case 2 -> random.nextLong() & 0x800f_ffff_ffff_ffffL | 510L + random.nextInt(6) << 52;
      default -> random.nextLong() & 0x800f_ffff_ffff_ffffL | (long) random.nextInt(4) << 52;
    };
  }

  private long singleBits() {
    int bits =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt();
          case 1 -> Float.floatToRawIntBits(random.nextFloat() * 4 - 2);
          case 2 -> random.nextInt() & 0x807f_ffff | 60 + random.nextInt(6) << 23;
          default -> random.nextInt() & 0x807f_ffff | random.nextInt(4) << 23;
        };
    return random.nextInt(50) == 0 ? bits & 0xffff_ffffL : bits | -1L << 32;
  }
}
