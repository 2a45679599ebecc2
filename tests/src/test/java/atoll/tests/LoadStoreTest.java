package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.Instruction;
import atoll.isa.Op;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** Loads and stores (unpriv 2.6), misaligned ones done by the hart, and what lies outside RAM. */
class LoadStoreTest extends Conformance {
  /** A load: its width and how the value is extended. */
  private record Load(int size, LongUnaryOperator extend) {}

  private static final Map<Integer, Load> LOADS =
      Map.of(
          Op.LB, new Load(1, v -> (byte) v),
          Op.LH, new Load(2, v -> (short) v),
          Op.LW, new Load(4, v -> (int) v),
          Op.LD, new Load(8, v -> v),
          Op.LBU, new Load(1, v -> v & 0xff),
          Op.LHU, new Load(2, v -> v & 0xffff),
          Op.LWU, new Load(4, v -> v & 0xffff_ffffL));

  private static final Map<Integer, Integer> STORES =
      Map.of(Op.SB, 1, Op.SH, 2, Op.SW, 4, Op.SD, 8);

  private static final long PATTERN = 0x8182_8384_8586_8788L;
  private static final long PAGE = 4096;

  private void emit(int op, long... operands) {
    m.memory().write(MachineFixture.CODE, new Assembler(0).op(op, operands).toBytes());
    m.hart().pc(MachineFixture.CODE);
  }

  private long bytes(long address, int size) {
    long v = 0;
    for (int i = 0; i < size; i++) {
      v |= (m.memory().getByte(address + i) & 0xffL) << (8 * i);
    }
    return v;
  }

  private static List<Long> addresses() {
    List<Long> all = new ArrayList<>();
    for (long i = 0; i < 9; i++) {
      all.add(MachineFixture.DATA + i);
      all.add(MachineFixture.DATA + PAGE - i); // across the page's end
      all.add(MachineFixture.DATA + 64 - i); // across a cache line's end
    }
    return all;
  }

  @Test
  void loadsExtendWhatTheyReadAtEveryAlignment() {
    for (long i = 0; i < 2 * PAGE; i++) {
      m.memory().putByte(MachineFixture.DATA + i, (byte) (i * 73 + 129));
    }
    for (var load : LOADS.entrySet()) {
      for (long offset : new long[] {0, 1, -1, 2047, -2048}) {
        for (long address : addresses()) {
          emit(load.getKey(), 12, offset, 10);
          m.x("a0", address - offset).x("a2", 0x1234);
          m.step();
          long read = bytes(address, load.getValue().size);
          assertThat(m.x("a2"))
              .as("%s at %x", Instruction.of(load.getKey()).name(), address)
              .isEqualTo(load.getValue().extend.applyAsLong(read));
        }
      }
    }
  }

  @Test
  void storesWriteTheirBytesAndNoOthersAtEveryAlignment() {
    for (var store : STORES.entrySet()) {
      for (long offset : new long[] {0, 1, -1, 2047, -2048}) {
        for (long address : addresses()) {
          long zero = address - 16;
          m.memory().write(zero, new byte[40]);
          emit(store.getKey(), 11, offset, 10);
          m.x("a0", address - offset).x("a1", PATTERN);
          m.step();
          int size = store.getValue();
          long mask = size == 8 ? -1 : (1L << (8 * size)) - 1;
          assertThat(bytes(address, size)).isEqualTo(PATTERN & mask);
          assertThat(bytes(address - 8, 8)).isZero();
          assertThat(bytes(address + size, 8)).isZero();
        }
      }
    }
  }

  @Test
  void aLoadMayReplaceItsOwnBase() {
    m.memory().putLong(MachineFixture.DATA + 8, PATTERN);
    emit(Op.LD, 10, 8, 10);
    m.x("a0", MachineFixture.DATA);
    m.step();
    assertThat(m.x("a0")).isEqualTo(PATTERN);
  }

  @Test
  void aLoadToRegisterZeroStillFaults() {
    Trap t = runIn(M, "li a0, 0x1000; ld zero, 0(a0)");
    assertThat(t.cause()).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(t.tval()).isEqualTo(0x1000);
  }

  @Test
  void accessesWhereNothingIsAreAccessFaultsWithTheAddressAsValue() {
    for (long address :
        new long[] {
          0, 0x1000, 0x7fff_fff8L, MachineFixture.RAM + MachineFixture.RAM_SIZE, 1L << 55, -8
        }) {
      Trap load = runIn(M, "li a0, %d; lw a1, 0(a0)".formatted(address));
      assertThat(load).isEqualTo(new Trap(Cause.LOAD_ACCESS_FAULT, load.epc(), address, M, M));
      assertThat(m.memory().getInt(load.epc()) & 0x7f).isEqualTo(0x03);
      Trap store = runIn(M, "li a0, %d; sw a1, 0(a0)".formatted(address));
      assertThat(store).isEqualTo(new Trap(Cause.STORE_ACCESS_FAULT, store.epc(), address, M, M));
      assertThat(m.memory().getInt(store.epc()) & 0x7f).isEqualTo(0x23);
    }
  }

  @Test
  void aFaultingLoadLeavesItsDestination() {
    m.x("a1", 77);
    runIn(M, "li a0, 0x1000; ld a1, 0(a0)");
    assertThat(m.x("a1")).isEqualTo(77);
  }

  @Test
  void devicesSeeEachAccessOnceWithItsWidth() {
    List<String> seen = new ArrayList<>();
    m.device((write, address, size, value) -> {
      seen.add("%s %x %d %x".formatted(write ? "w" : "r", address, size, write ? value : 0));
      return 0xf1f2_f3f4_f5f6_f7f8L & (size == 8 ? -1 : (1L << (8 * size)) - 1);
    });
    m.runToBreak(
        """
        li a0, 0x10000000
        li a1, 0x8182838485868788
        lb t0, 0(a0); lhu t1, 2(a0); lw t2, 4(a0); ld t3, 8(a0); lwu t4, 4(a0)
        sb a1, 1(a0); sh a1, 2(a0); sw a1, 4(a0); sd a1, 8(a0)
        flw ft0, 4(a0); fsw ft0, 4(a0)
        """);
    assertThat(seen)
        .containsExactly(
            "r 10000000 1 0",
            "r 10000002 2 0",
            "r 10000004 4 0",
            "r 10000008 8 0",
            "r 10000004 4 0",
            "w 10000001 1 88",
            "w 10000002 2 8788",
            "w 10000004 4 85868788",
            "w 10000008 8 8182838485868788",
            "r 10000004 4 0",
            "w 10000004 4 f5f6f7f8");
    assertThat(m.x("t0")).isEqualTo(-8);
    assertThat(m.x("t1")).isEqualTo(0xf7f8);
    assertThat(m.x("t2")).isEqualTo(0xffff_ffff_f5f6_f7f8L);
    assertThat(m.x("t3")).isEqualTo(0xf1f2_f3f4_f5f6_f7f8L);
    assertThat(m.x("t4")).isEqualTo(0xf5f6_f7f8L);
  }

  @Test
  void aMisalignedDeviceAccessIsAnExceptionAndReachesNoDevice() {
    List<Long> seen = new ArrayList<>();
    m.device((write, address, size, value) -> {
      seen.add(address);
      return 0;
    });
    // Device regions do not support misaligned access (priv 3.6.1): misaligned or access fault.
    Trap t = runIn(M, "li a0, 0x10000001; lw a1, 0(a0)");
    assertThat(t.cause()).isIn((long) Cause.LOAD_MISALIGNED, (long) Cause.LOAD_ACCESS_FAULT);
    assertThat(t.tval()).isEqualTo(0x10000001);
    t = runIn(M, "li a0, 0x10000001; sd a1, 0(a0)");
    assertThat(t.cause()).isIn((long) Cause.STORE_MISALIGNED, (long) Cause.STORE_ACCESS_FAULT);
    assertThat(seen).isEmpty();
  }

  @Test
  void anAccessThatBeginsInTheLastBytesOfRamFaultsAndWritesNothing() {
    long end = MachineFixture.RAM + MachineFixture.RAM_SIZE;
    m.memory().putInt(end - 4, 0x11223344);
    Trap t = runIn(M, "li a0, %d; li a1, -1; sd a1, 0(a0)".formatted(end - 4));
    assertThat(t.cause()).isEqualTo(Cause.STORE_ACCESS_FAULT);
    t = runIn(M, "li a0, %d; ld a1, 0(a0)".formatted(end - 4));
    assertThat(t.cause()).isEqualTo(Cause.LOAD_ACCESS_FAULT);
  }

  @Test
  void codeThatAStoreHasChangedRunsAsChangedAfterFenceI() {
    m.runToBreak(
        """
          la t0, patch
          li t1, 0x02a00513      # li a0, 42
          li a1, 2
        again:
        patch:
          li a0, 1
          addi a1, a1, -1
          sw t1, 0(t0)
          fence.i
          bnez a1, again
        """);
    assertThat(m.x("a0")).isEqualTo(42);
  }
}
