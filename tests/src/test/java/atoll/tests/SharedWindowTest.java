package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.host.HostMemory;
import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that two machines share: data for both, code and page tables for neither. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class SharedWindowTest {
  private static final long WINDOW = 0x0600_0000L;
  private static final long OTHER_WINDOW = 0x0700_0000L;
  private static final long READ_ONLY = 0x0a00_0000L;
  private static final int TURNS = 400_000;

  @Parameter Engine engine;

  private final HostMemory shared = HostMemory.allocate(8192);
  private MachineFixture m;
  private MachineFixture other;

  @BeforeEach
  void makeTwoMachines() {
    m =
        new MachineFixture(
            engine,
            1,
            memory -> {
              memory.addWindow(WINDOW, shared, true);
              memory.addWindow(READ_ONLY, shared, false);
            });
    other = new MachineFixture(engine, 1, memory -> memory.addWindow(OTHER_WINDOW, shared, true));
  }

  @AfterEach
  void close() {
    m.close();
    other.close();
    shared.close();
  }

  @Test
  void storesOfOneMachineAreLoadsOfTheOther() {
    m.x("a0", WINDOW).runToBreak("li a1, 77\n sd a1, 8(a0)\n sb a1, 2047(a0)");
    other.x("a0", OTHER_WINDOW).runToBreak("ld a2, 8(a0)\n lbu a3, 2047(a0)");
    assertThat(other.x("a2")).isEqualTo(77);
    assertThat(other.x("a3")).isEqualTo(77);
  }

  @Test
  void accessAcrossPagesOfAWindowWorks() {
    m.x("a0", WINDOW + 4092).runToBreak("li a1, 0x12345678\n slli a1, a1, 16\n sd a1, 0(a0)");
    m.x("a0", READ_ONLY + 4092).runToBreak("ld a2, 0(a0)");
    assertThat(m.x("a2")).isEqualTo(0x1234_5678_0000L);
  }

  @Test
  void hlvxReadsWindowsNoMoreThanFetchesDo() {
    shared.segment().setAtIndex(ValueLayout.JAVA_INT, 1023, 77);
    for (long window : new long[] {WINDOW, READ_ONLY}) {
      for (long offset : new long[] {0, 4092, 4094}) {
        m.reset();
        m.openMemory();
        Trap t = m.x("a0", window + offset).code("hlvx.wu a1, (a0)\n ebreak").run();
        assertThat(t.cause()).isEqualTo(Cause.LOAD_ACCESS_FAULT);
        assertThat(t.tval()).isEqualTo(window + offset);
      }
      m.x("a0", window + 4092).runToBreak("hlv.w a1, (a0)");
      assertThat(m.x("a1")).isEqualTo(77);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sd a1, 0(a0)",
        "sb a1, 0(a0)",
        "amoadd.w a2, a1, (a0)",
        "lr.w a2, (a0)\n sc.w a2, a1, (a0)",
        "cbo.zero (a0)"
      })
  void storeToAReadOnlyWindowIsAnAccessFaultAndChangesNothing(String store) {
    m.x("a0", WINDOW).runToBreak("li a1, 5\n sd a1, 0(a0)");
    m.x("a0", READ_ONLY).code("ld a3, 0(a0)\n" + store + "\n ebreak");
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(trap.tval()).isEqualTo(READ_ONLY);
    assertThat(m.x("a3")).isEqualTo(5);
    assertThat(shared.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(5);
  }

  @Test
  void codeInAWindowIsNotExecuted() {
    m.memory().write(WINDOW, Assembler.assemble("li a2, 1\n ebreak"));
    m.x("a2", 0).code("li a1, 0x06000000\n jr a1");
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
    assertThat(trap.tval()).isEqualTo(WINDOW);
    assertThat(m.x("a2")).isZero();
  }

  @Test
  void pageTableInAWindowIsAnAccessFault() {
    long leaf = (MachineFixture.RAM >>> 12) << 10 | PageTables.ALL;
    m.memory().putLong(WINDOW + 8 * 2, leaf); // a gigapage at the address of RAM
    m.csr(CsrNumber.SATP, 8L << 60 | WINDOW >>> 12);
    m.code("ebreak").enter(1);
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
  }

  /** Two machines of one hart each: without real atomics some of the additions would be lost. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "amoadd.d a2, a1, (a0)",
        "1: lr.d a2, (a0)\n addi a2, a2, 1\n sc.d a3, a2, (a0)\n bnez a3, 1b"
      })
  void atomicsOfTwoMachinesDoNotLoseUpdates(String add) throws Exception {
    var barrier = new CyclicBarrier(2);
    Thread first = adding(m, WINDOW, add, barrier);
    Thread second = adding(other, OTHER_WINDOW, add, barrier);
    first.join();
    second.join();
    assertThat(shared.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(2L * TURNS);
  }

  private Thread adding(MachineFixture machine, long window, String add, CyclicBarrier barrier) {
    machine.code("li a1, 1\n 9: " + add + "\n addi a4, a4, -1\n bnez a4, 9b\n ebreak");
    machine.x("a0", window).x("a4", TURNS);
    return Thread.ofPlatform()
        .start(() -> {
          try {
            barrier.await();
            Trap end = machine.runHot();
            assertThat(end.cause()).isEqualTo(Cause.BREAKPOINT);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }
}
