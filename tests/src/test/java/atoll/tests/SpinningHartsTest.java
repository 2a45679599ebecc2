package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.FairPolicy;
import atoll.kernel.Idle;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PcpuConfig;
import atoll.kernel.SchedulingPolicy;
import atoll.testkit.TestVm;
import atoll.testkit.VirtualTime;
import atoll.vmm.Outcome;
import atoll.vmm.VmConfig;
import java.util.Collections;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** More harts than physical CPUs, which wait for one another in loops: {@code guests/spin}. */
class SpinningHartsTest {
  private static final long SLICE = 4_000_000;

  /** Of the baton, past every hart: 100 for each of seven ways to wait. */
  private static final int ROUNDS = 700;

  /** Instructions that one look for the baton takes at most, in the interpreter. */
  private static final long LOOK = 1 << 14;

  private static VmConfig.Builder guest(Engine engine, int harts) {
    return VmConfig.builder(engine, TestVm.firmware("spin", "")).memory(64L << 20).cpus(harts);
  }

  /** Time stands still, so that no turn is ever over by itself. */
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void eachGivesWayToTheOneThatItWaitsFor(Engine engine) throws InterruptedException {
    int harts = 4;
    VirtualTime time = new VirtualTime();
    try (Microkernel board =
            new Microkernel(
                time, 1, () -> new FairPolicy(SLICE), new MachineMemory(256L << 20), time);
        TestVm vm = TestVm.start(guest(engine, harts), board, time)) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.console().text()).contains("4 harts: PASS").doesNotContain("FAIL");
      long handOvers = (long) ROUNDS * harts;
      assertThat(vm.statistics().instructions()).isLessThan(handOvers * harts * LOOK);
      assertThat(vm.statistics().exits().get(Exit.name(Exit.YIELD)).count())
          .isBetween(handOvers / 2, handOvers * harts);
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void aPoolOfTwoPhysicalCpusExecutesEight(Engine engine) throws InterruptedException {
    SchedulingPolicy pool = FairPolicy.ofPool(SLICE);
    try (Microkernel board =
            new Microkernel(
                Clock.host(),
                Collections.nCopies(2, PcpuConfig.of(pool)),
                new MachineMemory(256L << 20),
                Idle.PARKING);
        TestVm vm = TestVm.start(guest(engine, 8), board)) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.console().text()).contains("8 harts: PASS").doesNotContain("FAIL");
    }
  }
}
