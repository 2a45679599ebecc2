package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.software.Translator;
import atoll.host.Clock;
import atoll.kernel.Microkernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class VirtualMachineTest {
  private static final String POWEROFF =
      """
      poweroff:
        li t0, FINISHER
        li t1, 0x5555
        sw t1, 0(t0)
        j .
      """;

  private static final String LOOP = "li t2, 100000; 1: addi t2, t2, -1; bnez t2, 1b\n" + POWEROFF;

  private static Fixture.Run run(VmConfig.Builder config) throws InterruptedException {
    return Fixture.run(config.build());
  }

  @Test
  void supervisorGuestEndsThroughTheFinisherWithItsCode() throws InterruptedException {
    Fixture.Run run =
        run(Fixture.supervisor("li t0, FINISHER; li t1, 0x2a3333; sw t1, 0(t0); j ."));
    assertThat(run.outcome()).isEqualTo(new Outcome.Poweroff(42));
    assertThat(run.statistics().exits().get("mmio-write").count()).isEqualTo(1);
  }

  @Test
  void guestFindsHartIdAndDeviceTreeInItsRegisters() throws InterruptedException {
    Fixture.Run run =
        run(
            Fixture.supervisor(
                """
                  bnez a0, bad
                  lw t2, 0(a1)
                  li t3, 0xffffffffedfe0dd0  # the magic number, big-endian
                  bne t2, t3, bad
                """
                    + POWEROFF
                    + "bad: li t0, FINISHER; li t1, 0x13333; sw t1, 0(t0)"));
    assertThat(run.outcome()).isEqualTo(new Outcome.Poweroff(0));
  }

  @Test
  void uartPrints() throws InterruptedException {
    var console = new Fixture.Console();
    run(Fixture.supervisor("li t0, UART; li t1, 'A'; sb t1, 0(t0)\n" + POWEROFF).console(console));
    assertThat(console.text()).isEqualTo("A");
  }

  @Test
  void shutdownBySbiIsAPoweroffAndByLegacyCallToo() throws InterruptedException {
    String srst = "li a7, 0x53525354; li a6, 0; li a0, 0; li a1, 0; ecall; j .";
    assertThat(run(Fixture.supervisor(srst)).outcome()).isEqualTo(new Outcome.Poweroff(0));
    assertThat(run(Fixture.supervisor("li a7, 8; ecall; j .")).outcome())
        .isEqualTo(new Outcome.Poweroff(0));
  }

  @Test
  void shutdownForASystemFailureIsAPanic() throws InterruptedException {
    String srst = "li a7, 0x53525354; li a6, 0; li a0, 1; li a1, 1; ecall; j .";
    assertThat(run(Fixture.supervisor(srst)).outcome()).isEqualTo(new Outcome.Panic());
  }

  @Test
  void resetEndsTheLife() throws InterruptedException {
    String reset = "li t0, FINISHER; li t1, 0x7777; sw t1, 0(t0); j .";
    assertThat(run(Fixture.supervisor(reset)).outcome()).isEqualTo(new Outcome.Reset());
    String srst = "li a7, 0x53525354; li a6, 0; li a0, 2; li a1, 0; ecall; j .";
    assertThat(run(Fixture.supervisor(srst)).outcome()).isEqualTo(new Outcome.Reset());
  }

  @Test
  void accessThatMeetsNothingIsAPreciseFaultAndCounted() throws InterruptedException {
    Fixture.Run run =
        run(
            Fixture.supervisor(
                """
                  la t0, handler
                  csrw stvec, t0
                  li t2, 0x40000000
                fault:
                  ld t3, 0(t2)
                  j .
                .align 2
                handler:
                  csrr t0, scause
                  li t1, 5
                  bne t0, t1, .
                  csrr t0, stval
                  bne t0, t2, .
                  csrr t0, sepc
                  la t1, fault
                  bne t0, t1, .
                """
                    + POWEROFF));
    assertThat(run.outcome()).isEqualTo(new Outcome.Poweroff(0));
    assertThat(run.statistics().unmapped()).isEqualTo(1);
    assertThat(run.statistics().lastUnmapped())
        .contains("load of 8 bytes at 0x40000000", "vm/cpu0", "pc 0x802000");
    assertThat(run.statistics().exceptions()).containsEntry("load access fault", 1L);
  }

  @Test
  void firmwareEntersAllHartsInMachineMode() throws InterruptedException {
    Fixture.Run run =
        run(
            Fixture.machine(
                    """
                      csrr t0, mhartid
                      bne t0, a0, .
                      ld t1, 0(a2)
                      li t2, 0x4942534f
                      bne t1, t2, .
                      la t1, here
                      li t2, 1
                      amoadd.w t2, t2, (t1)
                      bnez t0, .
                    1:
                      lw t2, 0(t1)
                      li t3, 3
                      bne t2, t3, 1b
                    """
                        + POWEROFF
                        + "here: .word 0")
                .cpus(3));
    assertThat(run.outcome()).isEqualTo(new Outcome.Poweroff(0));
  }

  /** The comparator is written by another hart, and the one that waits must hear of it. */
  @Test
  void machineTimerWakesAHartThatWaits() throws InterruptedException {
    Fixture.Run run =
        run(
            Fixture.machine(
                    """
                      li t0, 0x80
                      csrw mie, t0
                      beqz a0, first
                      wfi
                      csrr t0, mip
                      andi t0, t0, 0x80
                      beqz t0, .
                    """
                        + POWEROFF
                        + """
                        first:
                          li t1, 300000
                        1:
                          addi t1, t1, -1
                          bnez t1, 1b
                          li t0, 0x2004008  # mtimecmp of hart 1
                          sd zero, 0(t0)
                          j .
                        """)
                .cpus(2));
    assertThat(run.outcome()).isEqualTo(new Outcome.Poweroff(0));
  }

  @Test
  void supervisorTimerEndsAWaitAndTheWaitCostsNoExits() throws InterruptedException {
    Fixture.Run run =
        run(
            Fixture.supervisor(
                """
                  li t0, 0x20
                  csrw sie, t0
                  rdtime a0
                  li t1, 300000  # 30 ms
                  add a0, a0, t1
                  li a7, 0x54494d45
                  li a6, 0
                  ecall
                1:
                  wfi
                  csrr t0, sip
                  andi t0, t0, 0x20
                  beqz t0, 1b
                """
                    + POWEROFF));
    assertThat(run.outcome()).isEqualTo(new Outcome.Poweroff(0));
    var halts = run.statistics().exits().get("halt");
    assertThat(halts.count()).isBetween(1L, 10L);
    assertThat(halts.nanos()).isGreaterThan(20_000_000);
  }

  /** Hart 0 starts the others, each of which suspends itself, is woken, counts, and stops. */
  @Test
  void hartsAreStartedSuspendedWokenStoppedAndStartedAgain() throws InterruptedException {
    Fixture.Run run =
        run(
            Fixture.supervisor(
                    """
                      .equ HSM, 0x48534d
                      li s0, 1  # hart
                    next:
                      li s1, 3  # rounds
                    start:
                      mv a0, s0
                      la a1, other
                      li a2, 77
                      li a7, HSM
                      li a6, 0
                      ecall
                      bnez a0, .
                    suspended:
                      mv a0, s0
                      li a6, 2
                      ecall
                      li t0, 4
                      bne a1, t0, suspended
                      li a0, 1
                      mv a1, s0
                      li a7, 0x735049
                      li a6, 0
                      ecall
                      bnez a0, .
                      li a7, HSM
                    stopped:
                      mv a0, s0
                      li a6, 2
                      ecall
                      li t0, 1
                      bne a1, t0, stopped
                      addi s1, s1, -1
                      bnez s1, start
                      addi s0, s0, 1
                      li t0, 3
                      bne s0, t0, next
                      la t0, count
                      lw t0, 0(t0)
                      li t1, 6
                      bne t0, t1, .
                    """
                        + POWEROFF
                        + """
                        other:
                          li t0, 77
                          bne a1, t0, .
                          li t0, 2
                          csrw sie, t0
                          li a0, 0x80000000  # non-retentive
                          la a1, resumed
                          li a2, 88
                          li a7, HSM
                          li a6, 3
                          ecall
                          j .
                        resumed:
                          li t0, 88
                          bne a1, t0, .
                          la t0, count
                          li t1, 1
                          amoadd.w t1, t1, (t0)
                          li a7, HSM
                          li a6, 1
                          ecall
                          j .
                        .align 3
                        count: .word 0
                        """)
                .cpus(3));
    assertThat(run.outcome()).isEqualTo(new Outcome.Poweroff(0));
    assertThat(run.statistics().sbiCalls()).containsKeys("HSM", "IPI");
  }

  @Test
  void retentiveSuspensionReturnsWithSuccess() throws InterruptedException {
    Fixture.Run run =
        run(
            Fixture.supervisor(
                """
                  li t0, 0x20
                  csrw sie, t0
                  rdtime a0
                  li t1, 10000
                  add a0, a0, t1
                  li a7, 0x54494d45
                  li a6, 0
                  ecall
                  li s0, 99
                  li a0, 0
                  li a7, 0x48534d
                  li a6, 3
                  ecall
                  bnez a0, .
                  li t0, 99
                  bne s0, t0, .
                """
                    + POWEROFF));
    assertThat(run.outcome()).isEqualTo(new Outcome.Poweroff(0));
    assertThat(run.statistics().exits().get("halt").count()).isPositive();
  }

  @Test
  void consoleThatThrowsEndsTheMachineWithTheReasonAndItsRegisters() throws InterruptedException {
    var console =
        new Fixture.Console() {
          @Override
          public synchronized void output(byte[] bytes, int offset, int length) {
            throw new IllegalStateException("the paper is out");
          }
        };
    Fixture.Run run =
        run(Fixture.supervisor("li s0, 4711; li t0, UART; sb zero, 0(t0); j .").console(console));
    assertThat(run.outcome()).isInstanceOf(Outcome.Failed.class);
    Outcome.Failed failed = (Outcome.Failed) run.outcome();
    assertThat(failed.reason()).contains("vm/cpu0", "the paper is out");
    assertThat(failed.cause().orElseThrow()).hasMessage("the paper is out");
    assertThat(failed.harts().getFirst().registers()).containsEntry("s0", 4711L);
    assertThat(failed.harts().getFirst().toString()).contains("hart 0", "pc 00000000802");
  }

  @Test
  void aHartWhoseTrapsLeadNowhereEndsTheMachine() throws InterruptedException {
    Fixture.Run run = run(Fixture.machine("li t0, 0x40000000; ld t1, 0(t0); j ."));
    assertThat(run.outcome()).isInstanceOf(Outcome.Failed.class);
    Outcome.Failed failed = (Outcome.Failed) run.outcome();
    assertThat(failed.reason())
        .contains(
            "vm/cpu0: its traps lead nowhere",
            "load access fault (cause 5) at pc 0x8000000",
            "address 0x40000000, in M mode",
            "then instruction access fault (cause 1) at pc 0x0");
    assertThat(failed.harts().getFirst().registers()).containsEntry("t0", 0x4000_0000L);
  }

  @Test
  void soDoesAKernelWithoutATrapVector() throws InterruptedException {
    assertThat(run(Fixture.supervisor("li t0, 0x40000000; jr t0")).outcome().toString())
        .contains(
            "vm/cpu0: its traps lead nowhere: instruction access fault (cause 1) at pc 0x40000000",
            "in S mode, then instruction access fault (cause 1) at pc 0x0");
  }

  @Test
  void oneOfSeveralHartsIsEnough() throws InterruptedException {
    String second = "csrr t0, mhartid; beqz t0, 1f; .word 0; 1: wfi; j 1b";
    assertThat(run(Fixture.machine(second).cpus(2)).outcome().toString())
        .contains("vm/cpu1: its traps lead nowhere", "illegal instruction", "instruction 0x0");
  }

  @Test
  void aMachineThatIsToldToGoesOnAndTellsOnce() throws InterruptedException {
    BlockingQueue<String> notices = new LinkedBlockingQueue<>();
    VmConfig config =
        Fixture.machine(".word 0")
            .onTrapLoop(VmConfig.OnTrapLoop.REPORT)
            .notices(notices::add)
            .build();
    Fixture.Run run =
        Fixture.run(
            config,
            vm -> {
              try {
                assertThat(notices.take())
                    .contains(
                        "hart 0 makes no progress and keeps running",
                        "illegal instruction",
                        "in M mode");
                long then = vm.statistics().exceptions().get("instruction access fault");
                while (vm.statistics().exceptions().get("instruction access fault") == then) {
                  Thread.onSpinWait();
                }
                vm.stop();
                return vm;
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
    assertThat(notices).isEmpty();
  }

  @Test
  void spinningMachineIsPausedResumedAndStopped() throws InterruptedException {
    Fixture.Run run =
        Fixture.run(
            Fixture.supervisor("1: addi s0, s0, 1; j 1b").build(),
            vm -> {
              try {
                vm.pause();
                long held = vm.values().registers().getFirst().registers().get("s0");
                assertThat(vm.values().registers().getFirst().registers())
                    .containsEntry("s0", held);
                vm.resume();
                while (vm.values().registers().getFirst().registers().get("s0") == held) {
                  Thread.onSpinWait();
                }
                vm.stop();
                return vm;
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
  }

  @Test
  void machineThatWasNeverStartedGivesEverythingBack() {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 1)) {
      VmConfig config = Fixture.supervisor("j .").build();
      try (VirtualMachine vm = VirtualMachine.create(config, board)) {
        assertThat(vm.statistics().instructions()).isZero();
        assertThat(board.memory().usage().used()).isEqualTo(64 * Fixture.MIB);
      }
      assertThat(board.memory().usage().used()).isZero();
    }
  }

  @Test
  void moreCpusThanTheBoardHasAreRefusedAndNothingIsKept() {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 2)) {
      VmConfig config = Fixture.supervisor("j .").cpus(3).build();
      assertThatThrownBy(() -> VirtualMachine.create(config, board))
          .isInstanceOf(VmException.class)
          .hasMessageContainingAll("3 CPUs", "2 physical CPUs");
      assertThat(board.memory().usage().used()).isZero();
    }
  }

  @Test
  void configurationIsValidated() {
    assertThatThrownBy(() -> Fixture.supervisor("j .").cpus(33).build())
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("1 to 32", "33");
    assertThatThrownBy(() -> Fixture.supervisor("j .").memory(1000).build())
        .isInstanceOf(VmException.class)
        .hasMessageContaining("1000");
    assertThatThrownBy(() -> Fixture.supervisor("j .").memory(1L << 50).build())
        .isInstanceOf(VmException.class);
  }

  @Test
  void hundredMachinesLeaveNothingBehind() throws InterruptedException {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 2)) {
      for (int i = 0; i < 100; i++) {
        VmConfig config = Fixture.supervisor(POWEROFF).cpus(2).build();
        try (VirtualMachine vm = VirtualMachine.create(config, board)) {
          vm.start();
          assertThat(vm.awaitEnd(Fixture.LIMIT)).hasValue(new Outcome.Poweroff(0));
        }
      }
      assertThat(board.memory().usage().used()).isZero();
      assertThat(board.memory().usage().allocations()).isEqualTo(100);
    }
  }

  /** Each has memory for TLBs and code of its own, which must go with it. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void machinesThatTranslateLeaveNoMappingsBehind() throws InterruptedException, IOException {
    assumeTrue(Translator.unavailable().isEmpty(), "the translator cannot run here");
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 2)) {
      translate(board, 3);
      long before = mappings();
      translate(board, 40);
      assertThat(mappings() - before).isLessThan(40);
    }
  }

  private static void translate(Microkernel board, int machines) throws InterruptedException {
    for (int i = 0; i < machines; i++) {
      VmConfig config =
          Fixture.config(
                  new Translator(), Fixture.kernel(Elf.of(LOOP, Fixture.RAM + 2 * Fixture.MIB)))
              .cpus(2)
              .build();
      try (VirtualMachine vm = VirtualMachine.create(config, board)) {
        vm.start();
        assertThat(vm.awaitEnd(Fixture.LIMIT)).hasValue(new Outcome.Poweroff(0));
        assertThat(vm.statistics().translation().blocks()).isPositive();
      }
    }
  }

  private static long mappings() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.count();
    }
  }

  /** Allwinner's watchdog with 0.5 s, the shortest that it has; the guest never restarts it. */
  @Test
  void aGuestThatForgetsItsWatchdogHasFailed() throws InterruptedException {
    String forgetful = "li t0, 0x102000\n li t1, 0x16aa0001\n sw t1, 0x18(t0)\n j .";
    assertThat(run(Fixture.machine(forgetful)).outcome()).isEqualTo(new Outcome.Watchdog());
  }

  @Test
  void aWatchdogArmedFromTheStartNeedsNothingOfTheGuest() throws InterruptedException {
    VmConfig.Builder config = Fixture.supervisor("j .").watchdog(Duration.ofMillis(50));
    assertThat(run(config).outcome()).isEqualTo(new Outcome.Watchdog());
  }
}
