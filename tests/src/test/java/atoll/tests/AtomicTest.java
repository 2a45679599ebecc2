package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.Instruction;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The A extension on one hart (unpriv 13); between harts see the litmus guest. */
class AtomicTest extends Conformance {
  private static final long[] VALUES = {
    0,
    1,
    -1,
    2,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    Long.MIN_VALUE,
    Long.MAX_VALUE,
    0x0123_4567_89ab_cdefL,
    0xfedc_ba98_7654_3210L
  };

  private static final Map<String, BinaryOperator<BigInteger>> DEFINITIONS =
      Map.of(
          "amoswap", (memory, register) -> register,
          "amoadd", BigInteger::add,
          "amoxor", BigInteger::xor,
          "amoand", BigInteger::and,
          "amoor", BigInteger::or,
          "amomin", BigInteger::min,
          "amomax", BigInteger::max,
          "amominu", BigInteger::min,
          "amomaxu", BigInteger::max);

  static List<Instruction> amos() {
    return Instruction.all().stream().filter(i -> i.name().startsWith("amo")).toList();
  }

  /** The operand as the operation sees it: 32 or 64 bits, signed or not. */
  private static BigInteger operand(Instruction i, long v) {
    boolean unsigned = i.name().contains("u.");
    long narrow = word(i) ? (int) v : v;
    BigInteger signed = BigInteger.valueOf(narrow);
    return unsigned && narrow < 0
        ? signed.add(BigInteger.ONE.shiftLeft(word(i) ? 32 : 64))
        : signed;
  }

  private static boolean word(Instruction i) {
    return i.name().endsWith(".w");
  }

  private void emit(int op, long... operands) {
    m.memory().write(MachineFixture.CODE, new Assembler(0).op(op, operands).toBytes());
    m.hart().pc(MachineFixture.CODE);
  }

  @ParameterizedTest
  @MethodSource("amos")
  void anAmoReturnsTheOldValueAndStoresTheResult(Instruction i) {
    for (int ordering = 0; ordering < 4; ordering++) {
      amo(m, i, ordering);
    }
    try (MachineFixture two = new MachineFixture(engine, 2)) {
      amo(two, i, 0);
    }
  }

  private static void amo(MachineFixture machine, Instruction i, int ordering) {
    OperandTable table = new OperandTable(machine);
    for (long old : VALUES) {
      for (long register : VALUES) {
        table.add(old, register, 0x5a5a);
      }
    }
    byte[] code = new Assembler(0).op(i.op(), 12, 11, 10, ordering).toBytes();
    int word = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).getInt();
    table.run(
        """
        mv a0, t0
        ld a3, 0(t0)
        ld a1, 8(t0)
        .word 0x%08x
        sd a2, 24(t0)
        ld a4, 0(t0)
        sd a4, 32(t0)
        sd a3, 0(t0)
        """
            .formatted(word));
    String name = i.name().substring(0, i.name().indexOf('.'));
    for (long[] row : table.rows()) {
      long old = row[0];
      long expected = DEFINITIONS.get(name).apply(operand(i, old), operand(i, row[1])).longValue();
      long stored = word(i) ? old & ~0xffff_ffffL | expected & 0xffff_ffffL : expected;
      assertThat(row[3]).isEqualTo(word(i) ? (int) old : old);
      assertThat(row[4]).as("%s %x %x", i.name(), old, row[1]).isEqualTo(stored);
    }
  }

  @ParameterizedTest
  @MethodSource("amos")
  void anAmoMayUseOneRegisterForAllThreeOperands(Instruction i) {
    m.memory().putLong(MachineFixture.DATA, 7);
    emit(i.op(), 10, 10, 10);
    m.x("a0", MachineFixture.DATA);
    m.step();
    assertThat(m.x("a0")).isEqualTo(7);
  }

  @ParameterizedTest
  @MethodSource("amos")
  void aMisalignedAmoTrapsAsAStoreAndWritesNothing(Instruction i) {
    // Without Zama16b a misaligned AMO is a misaligned or an access fault of a store (unpriv 13.4).
    long address = MachineFixture.DATA + (word(i) ? 2 : 4);
    emit(i.op(), 12, 11, 10);
    m.x("a0", address).x("a1", -1).x("a2", 99);
    Trap t = m.run();
    assertThat(t).isEqualTo(new Trap(Cause.STORE_MISALIGNED, MachineFixture.CODE, address, M, M));
    assertThat(m.memory().getLong(MachineFixture.DATA)).isZero();
    assertThat(m.x("a2")).isEqualTo(99);
  }

  @ParameterizedTest
  @MethodSource("amos")
  void anAmoWhereNothingIsTrapsAsAStore(Instruction i) {
    emit(i.op(), 12, 11, 10);
    m.x("a0", 0x1000);
    assertThat(m.run())
        .isEqualTo(new Trap(Cause.STORE_ACCESS_FAULT, MachineFixture.CODE, 0x1000, M, M));
  }

  @Test
  void storeConditionalSucceedsAfterItsLoadReserved() {
    m.runToBreak(
        """
        li a0, 0x80100000
        li a1, 0x1122334455667788
        sd a1, 0(a0)
        lr.d a2, (a0)
        addi a3, a2, 1
        sc.d a4, a3, (a0)
        ld a5, 0(a0)
        lr.w a6, (a0)
        sc.w a7, zero, (a0)
        ld t0, 0(a0)
        """);
    assertThat(m.x("a2")).isEqualTo(0x1122334455667788L);
    assertThat(m.x("a4")).isZero();
    assertThat(m.x("a5")).isEqualTo(0x1122334455667789L);
    assertThat(m.x("a6")).isEqualTo(0x55667789);
    assertThat(m.x("a7")).isZero();
    assertThat(m.x("t0")).isEqualTo(0x1122334400000000L);
  }

  @Test
  void loadReservedSignExtendsAWord() {
    m.runToBreak("li a0, 0x80100000; li a1, -2; sd a1, 0(a0); lr.w.aqrl a2, (a0)");
    assertThat(m.x("a2")).isEqualTo(-2);
  }

  @Test
  void storeConditionalWithoutAReservationFailsAndStoresNothing() {
    m.runToBreak("li a0, 0x80100000; li a1, 5; sc.d a2, a1, (a0); ld a3, 0(a0)");
    assertThat(m.x("a2")).isNotZero();
    assertThat(m.x("a3")).isZero();
  }

  @Test
  void everyStoreConditionalEndsTheReservation() {
    m.runToBreak(
        """
        li a0, 0x80100000
        lr.d a1, (a0)
        sc.d a2, a1, (a0)
        sc.d a3, a1, (a0)
        lr.d a1, (a0)
        addi a4, a0, 1024
        sc.d a5, a1, (a4)   # elsewhere: fails
        sc.d a6, a1, (a0)   # and the reservation is gone
        """);
    assertThat(m.x("a2")).isZero();
    assertThat(m.x("a3")).isNotZero();
    assertThat(m.x("a5")).isNotZero();
    assertThat(m.x("a6")).isNotZero();
  }

  @Test
  void aSecondLoadReservedReplacesTheFirst() {
    m.runToBreak(
        """
        li a0, 0x80100000
        addi a1, a0, 1024
        lr.d zero, (a0)
        lr.d zero, (a1)
        sc.d a2, zero, (a0)
        lr.d zero, (a0)
        lr.d zero, (a1)
        sc.d a3, zero, (a1)
        """);
    assertThat(m.x("a2")).isNotZero();
    assertThat(m.x("a3")).isZero();
  }

  @Test
  void aStoreByTheSameHartDoesNotMakeStoreConditionalFailForEver() {
    // Permitted either way (unpriv 13.2); what must hold is that the pair is exact afterwards.
    m.runToBreak(
        """
        li a0, 0x80100000
        li a3, 9
        again:
        lr.d a1, (a0)
        addi a1, a1, 1
        sc.d a2, a1, (a0)
        bnez a2, again
        ld a4, 0(a0)
        """);
    assertThat(m.x("a4")).isEqualTo(1);
  }

  @Test
  void misalignedReservationsTrap() {
    assertThat(runIn(M, "li a0, 0x80100004; lr.d a1, (a0)"))
        .returns((long) Cause.LOAD_MISALIGNED, Trap::cause)
        .returns(0x80100004L, Trap::tval);
    assertThat(runIn(M, "li a0, 0x80100002; lr.w a1, (a0)"))
        .returns((long) Cause.LOAD_MISALIGNED, Trap::cause);
    assertThat(runIn(M, "li a0, 0x80100004; sc.d a1, a1, (a0)"))
        .returns((long) Cause.STORE_MISALIGNED, Trap::cause)
        .returns(0x80100004L, Trap::tval);
  }

  @Test
  void loadReservedWhereNothingIsFaultsAsALoad() {
    assertThat(runIn(M, "li a0, 0x1000; lr.w a1, (a0)").cause()).isEqualTo(Cause.LOAD_ACCESS_FAULT);
  }

  @Test
  void aDeviceRegionSupportsNeitherAmosNorReservations() {
    // The board's device regions are AMONone and RsrvNone (priv 3.6.3).
    m.device((write, address, size, value) -> 0);
    assertThat(runIn(M, "li a0, 0x10000000; amoadd.w a1, a1, (a0)").cause())
        .isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(runIn(M, "li a0, 0x10000000; lr.w a1, (a0)").cause())
        .isEqualTo(Cause.LOAD_ACCESS_FAULT);
  }

  @Test
  void waitingOnAReservationEnds() {
    m.runToBreak("li a0, 0x80100000; wrs.nto; wrs.sto; lr.d a1, (a0); wrs.sto");
    assertThat(m.hart().pc()).isEqualTo(MachineFixture.MACHINE_TRAP);
  }
}
