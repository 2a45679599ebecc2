package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import atoll.host.Clock;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.VcpuState;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A machine that is reset, paused and resumed by whoever owns it. */
class LifecycleTest {
  /** Each hart counts in a word of its own; hart 0 echoes what is typed and prints '!' first. */
  private static final String COUNTERS =
      """
        la t0, counters
        slli t1, a0, 3
        add t0, t0, t1
        li t4, UART
        bnez a0, count
        li t1, '!'
        sb t1, 0(t4)
      count:
        ld t1, 0(t0)
        addi t1, t1, 1
        sd t1, 0(t0)
        bnez a0, count
        lb t1, 5(t4)
        andi t1, t1, 1
        beqz t1, count
        lb t1, 0(t4)
        sb t1, 0(t4)
        j count
      .align 3
      counters: .dword 0, 0
      """;

  /** Prints, and tells whoever waits. */
  private static class Waiting extends Fixture.Console {
    @Override
    public synchronized void output(byte[] bytes, int offset, int length) {
      super.output(bytes, offset, length);
      notifyAll();
    }

    synchronized void await(String text) throws InterruptedException {
      while (!text().contains(text)) {
        wait();
      }
    }
  }

  private final Waiting console = new Waiting();
  private final Microkernel board = Microkernel.dedicated(Clock.host(), 4);
  private VirtualMachine vm;

  private void start(VmConfig.Builder config) {
    vm = VirtualMachine.create(config.console(console).build(), board);
    vm.start();
  }

  @AfterEach
  void close() {
    if (vm != null) {
      vm.close();
    }
    board.close();
  }

  private long count(int hart) {
    return vm.machine().harts().get(hart).hart().instructions();
  }

  /** Waits until a hart has executed something more. */
  private void awaitProgress(int hart) {
    long before = count(hart);
    while (count(hart) == before) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aMachineThatIsStoppedBeforeItsStartEndsAtOnceAndExecutesNothing()
      throws InterruptedException {
    vm = VirtualMachine.create(Fixture.machine(COUNTERS).console(console).build(), board);
    vm.stop();
    vm.start();
    assertThat(vm.awaitEnd(Fixture.LIMIT)).hasValue(new Outcome.Stopped());
    assertThat(vm.statistics().instructions()).isZero();
  }

  @Test
  void aMachineIsStartedOnce() {
    start(Fixture.machine(COUNTERS));
    assertThatIllegalStateException().isThrownBy(vm::start);
    vm.close();
    assertThatIllegalStateException().isThrownBy(vm::start);
  }

  @Test
  void aResetByTheOwnerEndsTheLife() throws InterruptedException {
    start(Fixture.machine(COUNTERS));
    vm.reset();
    assertThat(vm.awaitEnd(Fixture.LIMIT)).hasValue(new Outcome.Reset());
  }

  @Test
  void aVcpuThatIsHeldStandsStillWhileTheOtherGoesOn() throws InterruptedException {
    start(Fixture.machine(COUNTERS).cpus(2));
    console.await("!");
    awaitProgress(1);
    vm.pauseVcpu(1);
    awaitState(1, VcpuState.PAUSED);
    long still = count(1);
    awaitProgress(0);
    assertThat(count(1)).isEqualTo(still);
    vm.resumeVcpu(1);
    awaitProgress(1);
  }

  private void awaitState(int hart, VcpuState wanted) {
    while (vm.vcpus().get(hart).state() != wanted) {
      Thread.onSpinWait();
    }
  }

  @Test
  void resumingTheMachineLeavesAVcpuHeldThatIsHeldSingly() throws InterruptedException {
    start(Fixture.machine(COUNTERS).cpus(2));
    console.await("!");
    vm.pauseVcpu(1);
    vm.pause();
    vm.resumeVcpu(0);
    assertThat(vm.vcpus()).extracting(VcpuReport::state).containsOnly(VcpuState.PAUSED);
    vm.resume();
    awaitProgress(0);
    assertThat(vm.vcpus())
        .extracting(VcpuReport::state)
        .containsExactly(VcpuState.RUNNING, VcpuState.PAUSED);
    vm.resumeVcpu(1);
    awaitProgress(1);
  }

  @Test
  void aPausedMachineCanBeReset() throws InterruptedException {
    start(Fixture.machine(COUNTERS));
    console.await("!");
    vm.pause();
    vm.reset();
    assertThat(vm.awaitEnd(Fixture.LIMIT)).hasValue(new Outcome.Reset());
  }

  @Test
  void vcpusExecuteWhereTheyArePlaced() throws InterruptedException {
    start(
        Fixture.machine(COUNTERS)
            .cpus(2)
            .placements(
                List.of(
                    new Placement(3, Reservation.UNLIMITED),
                    new Placement(1, Reservation.UNLIMITED))));
    console.await("!");
    assertThat(vm.vcpus()).extracting(VcpuReport::pcpu).containsExactly(3, 1);
  }
}
