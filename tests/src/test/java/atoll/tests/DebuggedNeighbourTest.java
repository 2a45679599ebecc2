package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Advance;
import atoll.engine.Engine;
import atoll.engine.StopPoints;
import atoll.isa.Assembler;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.VcpuState;
import atoll.testkit.TestVm;
import atoll.testkit.VirtualTime;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import atoll.vmm.MachineDebug;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest beside one that is being debugged computes the same, and is as little late. */
class DebuggedNeighbourTest {
  private static final long ENTRY = 0x8020_0000L;
  private static final int STEPS = 40;
  private static final Duration PERIOD = Duration.ofMillis(1);
  private static final Advance FREELY = new Advance.Freely();
  private static final Advance STEP = new Advance.Step(0, 0, false);

  /**
   * Prints a dot, waits for the next millisecond since the beginning, adds up how late it is, and
   * hashes memory; at last it prints the digest and the sum.
   */
  private static final String WORKER =
      """
        csrr s2, time
        li s0, 0; li s1, 0; li s3, %d
        li s5, 0x10000000; li s6, 0x80300000
        li t0, 0x20; csrw sie, t0
      next:
        li t1, 10000; add s2, s2, t1; csrw stimecmp, s2
        li t0, 46; sb t0, 0(s5)
      wait:
        wfi; csrr t0, time; bltu t0, s2, wait
        sub t0, t0, s2; add s1, s1, t0
        li t2, 512; mv t3, s6
      word:
        ld t4, 0(t3); slli t5, s0, 5; sub s0, t5, s0; add s0, s0, t4; addi s0, s0, 7
        sd s0, 0(t3); addi t3, t3, 8; addi t2, t2, -1; bnez t2, word
        addi s3, s3, -1; bnez s3, next
        mv a0, s0; call hex
        mv a0, s1; call hex
        li t0, 10; sb t0, 0(s5)
      end:
        wfi; j end
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
      """
          .formatted(STEPS);

  /** Memory, a device and the time, for ever; what is debugged. */
  private static final String LOOP =
      """
        li a1, 0x80300000; li s5, 0x10000000
      1: addi a0, a0, 1; sd a0, 0(a1); lbu a2, 5(s5); csrr a3, time; j 1b
      """;

  private static TestVm start(
      Microkernel board, VirtualTime time, Engine engine, String name, int pcpu, String source) {
    Boot boot =
        new Boot.KernelBoot(
            Image.bytes(name, Assembler.assemble(source, ENTRY)),
            Optional.empty(),
            "",
            Optional.empty());
    VmConfig.Builder config =
        VmConfig.builder(engine, boot)
            .name(name)
            .memory(16 << 20)
            .placements(List.of(new Placement(pcpu, Reservation.UNLIMITED)));
    return TestVm.start(config, board, time);
  }

  /** What is done between two periods of the worker. */
  private interface Meanwhile {
    void happens(TestVm other) throws InterruptedException;
  }

  /** What the worker prints. */
  private static String run(Engine engine, Meanwhile meanwhile) throws InterruptedException {
    VirtualTime time = new VirtualTime();
    try (Microkernel board = TestVm.board(time, 2);
        TestVm worker = start(board, time, engine, "worker", 0, WORKER);
        TestVm other = start(board, time, engine, "other", 1, LOOP)) {
      for (int step = 0; step < STEPS; step++) {
        worker.console().await(".", LIMIT);
        meanwhile.happens(other);
        while (worker.machine().vcpus().getFirst().state() != VcpuState.HALTED) {
          Thread.onSpinWait();
        }
        time.advance(PERIOD);
      }
      return worker.console().await("\n", LIMIT);
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void whatItComputesAndHowLateItIsAreTheSameWithAndWithoutADebugger(Engine engine)
      throws InterruptedException {
    String alone = run(engine, other -> {});
    Semaphore stops = new Semaphore(0);
    String beside = run(engine, other -> debug(other.machine().debug(), stops));
    assertThat(alone.strip()).matches("[0-9a-f]{16} 0{16}");
    assertThat(beside).isEqualTo(alone);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void aNeighbourThatADebuggerHoldsAllTheTimeChangesNothing(Engine engine)
      throws InterruptedException {
    String alone = run(engine, other -> {});
    assertThat(run(engine, other -> other.machine().debug().halt())).isEqualTo(alone);
  }

  /** Breakpoints, steps by both ways, registers, memory. */
  private static void debug(MachineDebug debug, Semaphore stops) throws InterruptedException {
    debug.onStop(stops::release);
    debug.halt();
    long loop = debug.register(0, "pc") & -4096L;
    StopPoints.Breakpoint inTheLoop =
        new StopPoints.Breakpoint(loopBegin(debug, loop), OptionalLong.empty());
    StopPoints.Watchpoint itsWord = new StopPoints.Watchpoint(0x8030_0000L, 8, false, true);
    debug.stopPoints(new StopPoints(List.of(inTheLoop), List.of(itsWord)));
    for (int i = 0; i < 4; i++) {
      goOn(debug, FREELY, stops);
    }
    for (int i = 0; i < 12; i++) {
      if (!debug.step(0, true)) {
        goOn(debug, STEP, stops);
      }
    }
    debug.register(0, "a0", 1);
    assertThat(debug.read(0, MachineDebug.AddressKind.VIRTUAL, ENTRY, 64)).hasSize(64);
    debug.stopPoints(StopPoints.NONE);
    debug.proceed(Map.of(0, FREELY), Optional.of(0));
  }

  /** Where the first instruction of the loop is, by its bytes. */
  private static long loopBegin(MachineDebug debug, long page) {
    byte[] code = debug.read(0, MachineDebug.AddressKind.VIRTUAL, page, 64);
    byte[] addi = Assembler.assemble("addi a0, a0, 1", page);
    for (int at = 0; at + addi.length <= code.length; at += 2) {
      if (Arrays.equals(code, at, at + addi.length, addi, 0, addi.length)) {
        return page + at;
      }
    }
    throw new AssertionError("no loop");
  }

  private static void goOn(MachineDebug debug, Advance how, Semaphore stops)
      throws InterruptedException {
    debug.proceed(Map.of(0, how), Optional.of(0));
    stops.acquire();
    debug.halt();
    assertThat(debug.stop()).isPresent();
  }
}
