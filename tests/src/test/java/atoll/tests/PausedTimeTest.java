package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.isa.Assembler;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.VcpuState;
import atoll.testkit.TestVm;
import atoll.testkit.VirtualTime;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Guests see the platform's time, which stands still while all of them are paused. */
class PausedTimeTest {
  private static final long ENTRY = 0x8020_0000L;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration TICK = Duration.ofNanos(100);

  /**
   * Sets a timer to one second and the watchdog to sixteen. Then it reads the time for ever and,
   * for each byte typed, prints it, the date, how often the timer has fired, and how late that was;
   * at a 'w' it waits for the timer.
   */
  private static final String GUEST =
      """
      start:
        la t0, trap; csrw stvec, t0
        li s0, 0; li s1, -1
        csrr t0, time; li t1, 10000000; add s2, t0, t1; csrw stimecmp, s2
        li t0, 0x20; csrs sie, t0; csrsi sstatus, 2
        li s4, 0x102000; li t0, 0x16aa00b1; sw t0, 0x18(s4)
        li s5, 0x10000000; li s6, 0x101000
        li t0, 33; sb t0, 0(s5)
      loop:
        csrr t0, time
        lbu t1, 5(s5); andi t1, t1, 1; beqz t1, loop
        lbu t1, 0(s5); li t2, 119; beq t1, t2, sleep
        csrr a0, time; call hex
        lwu a0, 0(s6); lwu a1, 4(s6); slli a1, a1, 32; or a0, a0, a1; call hex
        mv a0, s0; call hex
        mv a0, s1; call hex
        li t0, 10; sb t0, 0(s5)
        j loop
      sleep:
        li t0, 46; sb t0, 0(s5)
      wait:
        wfi; beqz s0, wait
        j loop
      hex:
        li t2, 60
      digit:
        srl t3, a0, t2; andi t3, t3, 15; addi t3, t3, 48
        li t4, 58; bltu t3, t4, print
        addi t3, t3, 39
      print:
        sb t3, 0(s5)
        addi t2, t2, -4; bgez t2, digit
        li t3, 32; sb t3, 0(s5)
        ret
        .align 2
      trap:
        csrr t5, time; sub s1, t5, s2; addi s0, s0, 1
        li t6, -1; csrw stimecmp, t6
        sret
      """;

  private final VirtualTime time = new VirtualTime();
  private final Microkernel board = TestVm.board(time, 2);

  @AfterEach
  void close() {
    board.close();
  }

  /**
   * What a guest sees.
   *
   * @param time in ticks of 100 ns
   * @param date in nanoseconds since 1970
   * @param fired how often its timer has
   * @param lateness in ticks, of the last time
   */
  private record View(long time, long date, long fired, long lateness) {
    static View of(TestVm vm) throws InterruptedException {
      vm.console().type("?");
      String[] words = vm.console().await("\n", LIMIT).strip().split(" ", -1);
      return new View(number(words[0]), number(words[1]), number(words[2]), number(words[3]));
    }

    private static long number(String word) {
      return Long.parseUnsignedLong(word, 16);
    }
  }

  private TestVm start(Engine engine, String name, int pcpu) throws InterruptedException {
    byte[] code = Assembler.assemble(GUEST, ENTRY);
    Boot boot =
        new Boot.KernelBoot(Image.bytes(name, code), Optional.empty(), "", Optional.empty());
    VmConfig.Builder config =
        VmConfig.builder(engine, boot)
            .name(name)
            .memory(16 << 20)
            .placements(List.of(new Placement(pcpu, Reservation.UNLIMITED)));
    TestVm vm = TestVm.start(config, board, time);
    vm.console().await("!", LIMIT);
    return vm;
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void aPausedGuestSeesNoJumpAndNeitherTimerNorWatchdogIsEarlyOrLateByIt(Engine engine)
      throws InterruptedException {
    try (TestVm vm = start(engine, "alone", 0)) {
      time.advance(Duration.ofMillis(400));
      View before = View.of(vm);
      assertThat(before.time).isEqualTo(4_000_000);
      vm.machine().pause();
      time.advance(HOUR);
      vm.machine().resume();
      assertThat(View.of(vm)).isEqualTo(before);
      time.advance(Duration.ofMillis(600).minus(TICK));
      assertThat(View.of(vm).fired).isZero();
      time.advance(TICK);
      View fired = awaitTimer(vm);
      assertThat(fired.lateness).isZero();
      assertThat(fired.date - before.date).isEqualTo(Duration.ofMillis(600).toNanos());
      time.advance(Duration.ofSeconds(15).minusNanos(1));
      assertThat(View.of(vm).time).isEqualTo(159_999_999);
      time.advance(Duration.ofNanos(1));
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Watchdog());
    }
  }

  /** A running hart looks at its timers at times. */
  private static View awaitTimer(TestVm vm) throws InterruptedException {
    View view = View.of(vm);
    while (view.fired == 0) {
      view = View.of(vm);
    }
    return view;
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void aGuestThatWaitsForItsTimerWhenItIsPausedIsWokenAtItsTime(Engine engine)
      throws InterruptedException {
    try (TestVm vm = start(engine, "asleep", 0)) {
      vm.console().type("w");
      vm.console().await(".", LIMIT);
      await(vm, VcpuState.HALTED);
      vm.machine().pause();
      time.advance(HOUR);
      vm.machine().resume();
      time.advance(Duration.ofSeconds(1).minus(TICK));
      await(vm, VcpuState.HALTED);
      time.advance(TICK);
      assertThat(View.of(vm)).extracting(View::fired, View::lateness).containsExactly(1L, 0L);
    }
  }

  private static void await(TestVm vm, VcpuState state) {
    while (vm.machine().vcpus().getFirst().state() != state) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void pausingOneOfTwoGuestsStopsNobodysTimeAndPausingBothStopsIt(Engine engine)
      throws InterruptedException {
    try (TestVm first = start(engine, "first", 0);
        TestVm second = start(engine, "second", 1)) {
      first.machine().pause();
      time.advance(Duration.ofSeconds(15));
      assertThat(View.of(second).time).isEqualTo(150_000_000);
      second.machine().pause();
      time.advance(HOUR);
      first.machine().resume();
      assertThat(View.of(first).time).isEqualTo(150_000_000);
      time.advance(Duration.ofMillis(999));
      assertThat(View.of(first).time).isEqualTo(159_990_000);
      second.machine().resume();
      time.advance(Duration.ofSeconds(1)); // only the second has run for its 16 seconds now
      assertThat(second.end(LIMIT)).isEqualTo(new Outcome.Watchdog());
      assertThat(View.of(first).time).isEqualTo(169_990_000);
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void aMachineThatEndsBesideAPausedOneLeavesTimeStandingStill(Engine engine)
      throws InterruptedException {
    try (TestVm first = start(engine, "first", 0);
        TestVm second = start(engine, "second", 1)) {
      first.machine().pause();
      assertThat(board.clock().running()).isTrue();
      second.machine().stop();
      assertThat(second.end(LIMIT)).isEqualTo(new Outcome.Stopped());
      assertThat(board.clock().running()).isFalse();
      first.machine().stop();
      assertThat(first.end(LIMIT)).isEqualTo(new Outcome.Stopped());
      assertThat(board.clock().running()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void aResetOfAPausedMachineHasItsTimeGoOn(Engine engine) throws InterruptedException {
    try (TestVm vm = start(engine, "reset", 0)) {
      vm.machine().pause();
      time.advance(HOUR);
      vm.machine().reset();
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Reset());
    }
    try (TestVm vm = start(engine, "again", 0)) {
      time.advance(Duration.ofSeconds(2));
      assertThat(View.of(vm).time).isEqualTo(20_000_000);
    }
  }
}
