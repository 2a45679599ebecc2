package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.isa.Format;
import atoll.isa.Instruction;
import atoll.testkit.MachineFixture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every instruction that computes on integer registers, on edge values and random ones. */
class IntegerInstructionTest extends Conformance {
  private static final Set<Format> FORMATS =
      Set.of(Format.R, Format.I, Format.SHIFT, Format.UNARY, Format.U);

  private static final int RD = 12;
  private static final int RS1 = 10;
  private static final int RS2 = 11;

  private static final long[] VALUES = values();

  private static long[] values() {
    List<Long> all = new ArrayList<>();
    for (long v :
        new long[] {
          0,
          1,
          2,
          3,
          5,
          7,
          31,
          32,
          33,
          63,
          64,
          65,
          127,
          128,
          255,
          256,
          0x7fff,
          0x8000,
          0xffff,
          0x7fff_ffffL,
          0x8000_0000L,
          0xffff_ffffL,
          0x1_0000_0000L,
          0x5555_5555_5555_5555L,
          0x0123_4567_89ab_cdefL,
          Long.MAX_VALUE
        }) {
      all.add(v);
      all.add(~v);
    }
    Random random = new Random(1);
    for (int i = 0; i < 8; i++) {
      all.add(random.nextLong());
    }
    return all.stream().mapToLong(Long::longValue).toArray();
  }

  static List<Instruction> instructions() {
    return Instruction.all().stream()
        .filter(i -> FORMATS.contains(i.format()))
        .filter(i -> !i.is(Instruction.FP) && !i.name().equals("auipc"))
        .filter(i -> !i.extension().equals("H"))
        .toList();
  }

  @Test
  void everyIntegerInstructionHasADefinitionHere() {
    Set<String> missing = new TreeSet<>();
    instructions().forEach(i -> missing.add(i.name()));
    missing.removeAll(IntegerReference.all().keySet());
    assertThat(missing).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void anInstructionComputesWhatItsDefinitionSays(Instruction i) {
    switch (i.format()) {
      case R -> registers(i);
      case UNARY -> unary(i);
      case I -> immediates(i, new long[] {0, 1, 2, -1, 5, 0x7ff, -0x800, 0x555});
      case SHIFT -> immediates(i, shifts(i));
      default -> upper(i);
    }
  }

  private static long[] shifts(Instruction i) {
    boolean six = i.pattern().contains("shamt[5:0]");
    return six
        ? new long[] {0, 1, 7, 8, 31, 32, 33, 62, 63}
        : new long[] {0, 1, 7, 8, 15, 16, 30, 31};
  }

  private void registers(Instruction i) {
    OperandTable table = new OperandTable(m);
    for (long a : VALUES) {
      for (long b : VALUES) {
        table.add(a, b, b);
      }
    }
    run(i, table, RD, RS1, RS2);
  }

  private void unary(Instruction i) {
    run(i, values(0), RD, RS1);
  }

  private void immediates(Instruction i, long[] operands) {
    for (long immediate : operands) {
      run(i, values(immediate), RD, RS1, immediate);
    }
  }

  private void upper(Instruction i) {
    for (long immediate : new long[] {0, 1, 0x7ffff, 0x80000, 0xfffff}) {
      OperandTable table = new OperandTable(m);
      table.add(0, 0, immediate);
      run(i, table, RD, immediate);
    }
  }

  private OperandTable values(long second) {
    OperandTable table = new OperandTable(m);
    for (long a : VALUES) {
      table.add(a, 0, second);
    }
    return table;
  }

  private void run(Instruction i, OperandTable table, long... operands) {
    int word = ByteBuffer.wrap(bytes(i, operands)).order(ByteOrder.LITTLE_ENDIAN).getInt();
    table.run("ld a0, 0(t0)\nld a1, 8(t0)\n.word 0x%08x\nsd a2, 24(t0)".formatted(word));
    for (long[] row : table.rows()) {
      long expected = IntegerReference.all().get(i.name()).of(row[0], row[2]);
      if (row[3] != expected) {
        assertThat("%016x".formatted(row[3]))
            .as("%s 0x%x, 0x%x", i.name(), row[0], row[2])
            .isEqualTo("%016x".formatted(expected));
      }
    }
  }

  private void emit(Instruction i, long... operands) {
    m.memory().write(MachineFixture.CODE, bytes(i, operands));
  }

  private static byte[] bytes(Instruction i, long... operands) {
    return new Assembler(0).op(i.op(), operands).toBytes();
  }

  @Test
  void aDestinationMayBeOneOfTheSources() {
    for (Instruction i : instructions()) {
      if (i.format() == Format.R) {
        long expected = IntegerReference.all().get(i.name()).of(-77, 13);
        for (int rd : new int[] {RS1, RS2}) {
          emit(i, rd, RS1, RS2);
          m.x("a0", -77).x("a1", 13);
          m.hart().pc(MachineFixture.CODE);
          m.step();
          assertThat(m.hart().x(rd)).as(i.name()).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void registerZeroStaysZeroAsADestination() {
    for (Instruction i : instructions()) {
      switch (i.format()) {
        case R -> emit(i, 0, RS1, RS2);
        case UNARY -> emit(i, 0, RS1);
        case I, SHIFT -> emit(i, 0, RS1, 5);
        default -> emit(i, 0, 5);
      }
      m.x("a0", -1).x("a1", 3);
      m.hart().pc(MachineFixture.CODE);
      m.step();
      assertThat(m.hart().x(0)).as(i.name()).isZero();
      m.runToBreak("mv a2, zero");
      assertThat(m.x("a2")).as(i.name()).isZero();
    }
  }

  @Test
  void auipcAddsToItsOwnAddress() {
    m.runToBreak("auipc a0, 0; auipc a1, 0x7ffff; auipc a2, 0x80000; auipc a3, 0xfffff");
    assertThat(m.x("a0")).isEqualTo(MachineFixture.CODE);
    assertThat(m.x("a1")).isEqualTo(MachineFixture.CODE + 4 + 0x7ffff000L);
    assertThat(m.x("a2")).isEqualTo(MachineFixture.CODE + 8 - 0x80000000L);
    assertThat(m.x("a3")).isEqualTo(MachineFixture.CODE + 12 - 0x1000);
  }
}
