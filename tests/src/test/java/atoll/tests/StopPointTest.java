package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.cpu.Exit;
import atoll.engine.AddressTranslation;
import atoll.engine.Advance;
import atoll.engine.StopCause;
import atoll.engine.StopPoints;
import atoll.engine.StopPoints.Breakpoint;
import atoll.engine.StopPoints.Watchpoint;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a debugger can ask of a hart: to stop here and there, and to go on one by one. */
class StopPointTest extends Conformance {
  private static final long CODE = MachineFixture.CODE;
  private static final long DATA = MachineFixture.DATA;
  private static final Advance FREELY = new Advance.Freely();
  private static final Advance STEP = new Advance.Step(0, 0, false);

  private void breakAt(long... addresses) {
    m.group()
        .stopPoints(
            new StopPoints(
                Arrays.stream(addresses)
                    .mapToObj(address -> new Breakpoint(address, OptionalLong.empty()))
                    .toList(),
                List.of()));
  }

  private void watch(long address, long length, boolean loads, boolean stores) {
    m.group()
        .stopPoints(
            new StopPoints(List.of(), List.of(new Watchpoint(address, length, loads, stores))));
  }

  private void step() {
    m.hart().advance(STEP, false);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Stepped());
  }

  // ------------------------------------------------------------ breakpoints

  @Test
  void aHartStopsBeforeTheInstructionAndLeavesMemoryAlone() {
    m.code("li a0, 1; li a0, 2; li a0, 3; ebreak");
    byte[] before = m.memory().read(CODE, 16);
    breakAt(CODE + 4);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    assertThat(m.hart().pc()).isEqualTo(CODE + 4);
    assertThat(m.x("a0")).isEqualTo(1);
    assertThat(m.memory().read(CODE, 16)).isEqualTo(before);
  }

  @Test
  void aHartThatIsNotLetPastStopsThereAgainAndOtherwiseGoesOn() {
    m.code("li a0, 1; li a0, 2; li a0, 3; ebreak");
    breakAt(CODE + 4, CODE + 8);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    m.hart().advance(FREELY, false);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    assertThat(m.hart().pc()).isEqualTo(CODE + 4);
    m.hart().advance(FREELY, true);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    assertThat(m.hart().pc()).isEqualTo(CODE + 8);
    m.hart().advance(FREELY, true);
    assertThat(m.run().cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a0")).isEqualTo(3);
  }

  @Test
  void codeThatIsHotStopsToo() {
    m.code("li a0, 0; li a1, 200000; 1: addi a0, a0, 1; bne a0, a1, 1b; ebreak");
    m.runHot();
    m.hart().pc(CODE);
    breakAt(CODE + 12);
    for (int round = 0; round < 3; round++) {
      assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
      assertThat(m.x("a0")).isEqualTo(round);
      m.hart().advance(FREELY, true);
    }
    m.group().stopPoints(StopPoints.NONE);
    m.runHot();
    assertThat(m.x("a0")).isEqualTo(200_000);
  }

  @Test
  void aBreakpointThatIsRemovedAndSetAgainIsMetAgain() {
    m.code("1: addi a0, a0, 1; j 1b");
    for (int round = 0; round < 5; round++) {
      breakAt(CODE + 4);
      m.hart().advance(FREELY, true);
      assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
      m.group().stopPoints(StopPoints.NONE);
      m.hart().advance(FREELY, false);
      assertThat(m.hart().run(5000)).isEqualTo(Exit.BUDGET);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {4092, 4094})
  void anInstructionAtThePagesEndIsOne(long offset) {
    long at = CODE + offset;
    m.place(at, ".option norvc; addi a0, a0, 7; addi a0, a0, 7; ebreak");
    m.hart().pc(at);
    m.runToBreak("nop");
    m.hart().pc(at);
    breakAt(at);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    m.hart().advance(FREELY, true);
    assertThat(m.run().epc()).isEqualTo(at + 8);
    assertThat(m.x("a0")).isEqualTo(14);
  }

  @Test
  void codeThatIsWrittenOverStillStops() {
    int loadImmediate = 0x513; // li a0, the upper 12 bits
    m.x("a1", CODE + 8).x("a2", loadImmediate | 2 << 20);
    m.code("sw a2, 0(a1); fence.i; li a0, 1; ebreak");
    m.run();
    assertThat(m.x("a0")).isEqualTo(2);
    breakAt(CODE + 8);
    m.x("a2", loadImmediate | 3 << 20);
    m.hart().pc(CODE);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    m.hart().advance(FREELY, true);
    m.run();
    assertThat(m.x("a0")).isEqualTo(3);
  }

  @Test
  void aPageOfWhichOnlyAPartMayBeExecutedStopsToo() {
    m.code("li a0, 1; li a0, 2; ecall");
    m.enter(S);
    m.csr(CsrNumber.PMPADDR0, CODE + 0x100 >> 2);
    m.csr(CsrNumber.PMPCFG0, 0x0f); // up to there
    m.csr(CsrNumber.PMPADDR0 + 1, CODE + 0x200 >> 2);
    m.csr(CsrNumber.PMPCFG0, 0x0b0f);
    breakAt(CODE + 4);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    assertThat(m.x("a0")).isEqualTo(1);
    m.hart().advance(FREELY, true);
    assertThat(m.run().cause()).isEqualTo(Cause.ECALL_S);
  }

  @Test
  void onlyTheAddressSpaceCountsThatIsNamed() {
    m.openMemory();
    PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
    tables.map(CODE, CODE, PageTables.ALL | PageTables.U);
    m.csr(CsrNumber.MEDELEG, 0);
    m.code("li a0, 1; li a0, 2; ecall");
    for (int asid = 1; asid <= 2; asid++) {
      m.csr(CsrNumber.SATP, tables.satp(asid));
      m.hart().pc(CODE);
      m.enter(U);
      m.group()
          .stopPoints(
              new StopPoints(
                  List.of(new Breakpoint(CODE + 4, OptionalLong.of(tables.satp(2)))), List.of()));
      m.hart().advance(FREELY, false);
      if (asid == 1) {
        assertThat(m.run().cause()).isEqualTo(Cause.ECALL_U);
      } else {
        assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
      }
    }
  }

  @Test
  void stopPointsCannotChangeWhileAHartExecutes() {
    m.device((write, address, size, value) -> 0);
    m.code("nop");
    m.group().stopPoints(StopPoints.NONE); // it does not execute
    assertThatThrownBy(() -> new Watchpoint(0, 0, true, true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // ------------------------------------------------------------ watchpoints

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sb a1, 3(a0)",
        "sh a1, 2(a0)",
        "sw a1, 0(a0)",
        "sd a1, -4(a0)",
        "c.sw a1, 0(a0)",
        "fsw fa0, 0(a0)",
        "amoadd.w a1, a1, (a0)",
        "sc.w a1, a1, (a0)",
        "cbo.zero (a0)"
      })
  void aStoreStopsBeforeItIsDone(String store) {
    m.x("a0", DATA + 4).x("a1", 0x55).code("nop; " + store + "; ebreak");
    m.csr(CsrNumber.MENVCFG, 0xf0);
    m.run();
    byte[] before = m.memory().read(DATA, 16);
    m.x("a0", DATA + 4).x("a1", 0x77);
    m.hart().pc(CODE);
    watch(DATA + 7, 1, false, true);
    boolean reaches = !store.contains("sd"); // which ends at DATA + 7
    assertThat(m.runToStop()).isEqualTo(new StopCause.Watchpoint(DATA + 7, true));
    assertThat(reaches || m.hart().pc() == CODE + 4).isTrue();
    assertThat(m.memory().read(DATA, 16)).isEqualTo(before);
    m.hart().advance(FREELY, true);
    assertThat(m.run().cause()).isEqualTo(Cause.BREAKPOINT);
  }

  @Test
  void loadsAreWatchedOnlyIfTheyAreMeant() {
    m.x("a0", DATA).code("lw a1, 0(a0); sw a1, 0(a0); lw a1, 8(a0); ebreak");
    watch(DATA, 4, false, true);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Watchpoint(DATA, true));
    assertThat(m.hart().pc()).isEqualTo(CODE + 4);
    m.hart().pc(CODE);
    watch(DATA, 4, true, false);
    m.hart().advance(FREELY, false);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Watchpoint(DATA, false));
    assertThat(m.hart().pc()).isEqualTo(CODE);
    watch(DATA + 8, 4, true, true);
    m.hart().advance(FREELY, false);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Watchpoint(DATA + 8, false));
    assertThat(m.hart().pc()).isEqualTo(CODE + 8);
  }

  @Test
  void neighboursInThePageAreNotMet() {
    m.x("a0", DATA).code("li a2, 3000; 1: sd a2, 0(a0); addi a2, a2, -1; bnez a2, 1b; ebreak");
    watch(DATA + 8, 8, true, true);
    assertThat(m.run().cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.memory().getLong(DATA)).isEqualTo(1);
  }

  @Test
  void anAccessAcrossPagesIsMetInEither() {
    m.x("a0", DATA + 4093).x("a1", -1).code("sd a1, 0(a0); ebreak");
    m.run();
    for (long at : new long[] {DATA + 4095, DATA + 4096}) {
      m.hart().pc(CODE);
      watch(at, 1, false, true);
      m.hart().advance(FREELY, false);
      assertThat(m.runToStop()).isEqualTo(new StopCause.Watchpoint(at, true));
    }
  }

  @Test
  void hotLoopsAreWatchedFromTheMomentOn() {
    m.x("a0", DATA).code("li a2, 100000; 1: sd a2, 0(a0); addi a2, a2, -1; bnez a2, 1b; ebreak");
    m.runHot();
    m.hart().pc(CODE);
    watch(DATA, 8, false, true);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Watchpoint(DATA, true));
    assertThat(m.memory().getLong(DATA)).isEqualTo(1);
    m.group().stopPoints(StopPoints.NONE);
    m.hart().advance(FREELY, true);
    assertThat(m.runHot().cause()).isEqualTo(Cause.BREAKPOINT);
  }

  @Test
  void aDevicesRegisterCanBeWatched() {
    m.device((write, address, size, value) -> 0x33);
    m.x("a0", 0x1000_0000L).code("lw a1, 0(a0); ebreak");
    watch(0x1000_0000L, 4, true, false);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Watchpoint(0x1000_0000L, false));
    m.hart().advance(FREELY, true);
    m.run();
    assertThat(m.x("a1")).isEqualTo(0x33);
  }

  // ------------------------------------------------------------ steps

  @Test
  void aStepIsOneInstructionOfWhateverKind() {
    m.device((write, address, size, value) -> 0x44);
    m.x("a0", 0x1000_0000L)
        .x("a1", DATA)
        .code(
            "li a2, 1; lw a3, 0(a0); sw a3, 4(a0); sd a2, 0(a1); csrw mscratch, a2; wfi; j 1f; nop; 1: nop");
    long[] expected = {4, 8, 12, 16, 20, 24, 32, 36};
    for (long offset : expected) {
      step();
      assertThat(m.hart().pc()).isEqualTo(CODE + offset);
    }
    assertThat(m.x("a3")).isEqualTo(0x44);
    assertThat(m.hart().instructions()).isEqualTo(expected.length);
  }

  @Test
  void aStepIntoATrapEndsAtItsHandler() {
    m.code("ecall");
    step();
    assertThat(m.hart().pc()).isEqualTo(MachineFixture.MACHINE_TRAP);
    assertThat(m.csr(CsrNumber.MCAUSE)).isEqualTo(Cause.ECALL_M);
  }

  @Test
  void aStepOverAnAccessThatNoDeviceAnswersEndsAtTheHandler() {
    m.x("a0", 0x1000_0000L).code("lw a1, 0(a0)");
    step();
    assertThat(m.csr(CsrNumber.MCAUSE)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(m.hart().pc()).isEqualTo(MachineFixture.MACHINE_TRAP);
  }

  @Test
  void interruptsWaitDuringAStepUnlessTheyAreWanted() {
    m.code("nop; nop; nop");
    m.csr(CsrNumber.MIE, 1 << 3);
    setStatus(1 << 3);
    m.hart().raise(3, true);
    step();
    assertThat(m.hart().pc()).isEqualTo(CODE + 4);
    m.hart().advance(new Advance.Step(0, 0, true), false);
    m.runToStop();
    assertThat(m.csr(CsrNumber.MCAUSE)).isEqualTo(Cause.INTERRUPT | 3);
  }

  @Test
  void aRangeIsLeftByItsEndOrAtABreakpoint() {
    m.code("li a2, 5; 1: addi a2, a2, -1; bnez a2, 1b; li a3, 9; nop");
    m.hart().advance(new Advance.Step(CODE, CODE + 12, false), false);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Stepped());
    assertThat(m.hart().pc()).isEqualTo(CODE + 12);
    assertThat(m.x("a2")).isZero();
    m.hart().pc(CODE);
    breakAt(CODE + 8);
    m.hart().advance(new Advance.Step(CODE, CODE + 12, false), false);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    assertThat(m.hart().pc()).isEqualTo(CODE + 8);
  }

  @Test
  void aStepMeetsAWatchpointBeforeItsAccess() {
    m.x("a0", DATA).x("a1", 5).code("sd a1, 0(a0); nop");
    watch(DATA, 8, false, true);
    m.hart().advance(STEP, false);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Watchpoint(DATA, true));
    assertThat(m.memory().getLong(DATA)).isZero();
    m.hart().advance(STEP, true);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Stepped());
    assertThat(m.memory().getLong(DATA)).isEqualTo(5);
  }

  // ------------------------------------------------------------ registers and tables

  @Test
  void registersHaveTheNamesThatDebuggersUse() {
    m.hart().register("fa0", 5);
    assertThat(m.hart().register("f10")).isEqualTo(5);
    assertThat(m.hart().register("priv")).isEqualTo(3);
    assertThat(m.hart().register("virt")).isZero();
    m.hart().register("priv", 1);
    assertThat(m.hart().privilege()).isEqualTo(1);
    assertThatThrownBy(() -> m.hart().register("priv", 2)).hasMessageContaining("mode 2");
    assertThat(m.hart().csrs()).contains(CsrNumber.SATP, CsrNumber.HGATP, CsrNumber.PMPADDR0);
  }

  @Test
  void translationShowsTheWalkAndChangesNothing() {
    PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
    tables.map(0x4000_0000L, DATA, PageTables.V | PageTables.R | PageTables.A);
    m.csr(CsrNumber.SATP, tables.satp(0));
    assertThat(m.hart().translate(0x4000_0008L).physical()).hasValue(0x4000_0008L);
    m.code("nop").enter(S);
    long walks = m.hart().tableWalks();
    AddressTranslation found = m.hart().translate(0x4000_0008L);
    assertThat(found.physical()).hasValue(DATA + 8);
    assertThat(found.steps()).extracting(AddressTranslation.Step::level).containsExactly(2, 1, 0);
    AddressTranslation none = m.hart().translate(0x4000_1000L);
    assertThat(none.physical()).isEmpty();
    assertThat(none.obstacle()).isEqualTo("the entry is not valid");
    assertThat(m.hart().translate(1L << 50).obstacle()).contains("is not one of SV39");
    assertThat(m.hart().tableWalks()).isEqualTo(walks);
    assertThat(m.hart().mappings(10))
        .singleElement()
        .satisfies(range -> {
          assertThat(range.virtual()).isEqualTo(0x4000_0000L);
          assertThat(range.physical()).isEqualTo(DATA);
          assertThat(range.bytes()).isEqualTo(4096);
        });
  }

  @Test
  void aFaultInTheGuestIsTheGuests() {
    m.code("nop; .word 0; nop");
    breakAt(CODE + 4);
    assertThat(m.runToStop()).isEqualTo(new StopCause.Breakpoint());
    m.hart().advance(FREELY, true);
    Trap trap = m.run();
    assertThat(trap.cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    assertThat(trap.epc()).isEqualTo(CODE + 4);
  }
}
