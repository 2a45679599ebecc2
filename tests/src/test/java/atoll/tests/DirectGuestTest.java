package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.host.Clock;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.kernel.SystemCalls;
import atoll.memory.GuestMemory;
import atoll.testkit.BareDomain;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Guests that register their page tables: one that works with them, and one that means harm. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class DirectGuestTest {
  @Parameter Engine engine;

  private TestVm start(String guest, int cpus, int mib, String arguments, MmuKind mmu) {
    return TestVm.start(
        engine, TestVm.supervisor(guest, arguments), cpus, mib, config -> config.mmu(mmu));
  }

  private void requireWork(String workload) throws InterruptedException {
    try (TestVm vm = start("direct", 1, 128, "workload=" + workload, MmuKind.DIRECT)) {
      Outcome outcome = vm.end(LIMIT);
      assertThat(vm.console().text()).contains("mmu: done");
      assertThat(outcome).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.statistics().mmu().exits().get("update")).isPositive();
      assertThat(vm.statistics().mmu().exits().get("pin")).isPositive();
      assertThat(vm.statistics().mmu().tableBytes()).isZero();
    }
  }

  @Test
  void processesForkAndCopyOnWriteAndEveryPageIsRight() throws InterruptedException {
    requireWork("fork rounds=12");
  }

  @Test
  void pagesAreFaultedInAndUnmappedAndEveryPageIsRight() throws InterruptedException {
    requireWork("mmap rounds=2");
  }

  @Test
  void addressSpacesTakeTurnsAndEveryPageIsRight() throws InterruptedException {
    requireWork("switch rounds=20");
  }

  /** The kernel then maps itself by small pages, whose tables are more than one call registers. */
  @Test
  void memoryThatLiesAstrayIsAsGood() throws InterruptedException {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 2);
        BareDomain first =
            new BareDomain(board, engine, "first", 1, Reservation.UNLIMITED, "1: j 1b")) {
      VmConfig.Builder config =
          VmConfig.builder(engine, TestVm.supervisor("direct", "workload=fork rounds=3"))
              .memory(128 << 20)
              .placements(List.of(new Placement(0, Reservation.UNLIMITED)))
              .mmu(MmuKind.DIRECT);
      try (TestVm vm = TestVm.start(config, board)) {
        assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
        assertThat(vm.statistics().mmu().exits().get("pin"))
            .as("a root for each of five spaces and its end, and the kernel's tables in parts")
            .isGreaterThan(5 + 3 + 1);
      }
      assertThat(first.memory().size()).isEqualTo(BareDomain.RAM_SIZE);
    }
  }

  @Test
  void aGuestForItSaysSoUnderAnotherTechnique() throws InterruptedException {
    try (TestVm vm = start("direct", 1, 128, "workload=fork", MmuKind.FOLDED)) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(6));
      assertThat(vm.console().text()).contains("does not register page tables");
    }
  }

  private static void requireContained(TestVm vm) throws InterruptedException {
    Outcome outcome = vm.end(LIMIT);
    assertThat(vm.console().text())
        .contains("verdict: CONTAINED")
        .doesNotContain("ESCAPE:", "defect");
    assertThat(outcome).isEqualTo(new Outcome.Poweroff(0));
  }

  @Test
  void nothingThatAnIntruderTriesOnTwoHartsGetsThrough() throws InterruptedException {
    try (TestVm vm = start("intruder", 2, 16, "rounds=2 seed=1", MmuKind.DIRECT)) {
      requireContained(vm);
      assertThat(vm.console().text()).containsPattern("race 400/400");
    }
  }

  /** Its pieces of machine memory lie around the neighbour's. */
  @Test
  void aNeighbourInTheMiddleOfItsMemoryKeepsItsDigest() throws InterruptedException {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 2)) {
      SystemCalls gap = board.createDomain("gap", (domain, reason, cause) -> {});
      gap.map(BareDomain.RAM, 4 << 20);
      try (BareDomain neighbour =
          new BareDomain(board, engine, "neighbour", 1, Reservation.UNLIMITED, "1: j 1b")) {
        int digest = fill(neighbour.memory());
        gap.unmap();
        neighbour.start();
        VmConfig.Builder config =
            VmConfig.builder(engine, TestVm.supervisor("intruder", "rounds=1 seed=7"))
                .memory(16 << 20)
                .memoryPolicy(MachineMemory.Policy.PAGED)
                .placements(List.of(new Placement(0, Reservation.UNLIMITED)))
                .mmu(MmuKind.DIRECT);
        try (TestVm vm = TestVm.start(config, board)) {
          requireContained(vm);
        }
        assertThat(digest(neighbour.memory())).isEqualTo(digest);
      } finally {
        gap.close();
      }
    }
  }

  private static int fill(GuestMemory memory) {
    byte[] bytes = new byte[(int) BareDomain.RAM_SIZE - 0x10000];
    new Random(5).nextBytes(bytes);
    memory.write(BareDomain.DATA, bytes);
    return digest(memory);
  }

  private static int digest(GuestMemory memory) {
    return Arrays.hashCode(memory.read(BareDomain.RAM, (int) BareDomain.RAM_SIZE));
  }

  @Test
  void anUnchangedGuestEndsWithASentence() throws InterruptedException {
    var boot = TestVm.supervisor("hostile", "rounds=1 seed=1");
    UnaryOperator<VmConfig.Builder> direct = config -> config.mmu(MmuKind.DIRECT);
    try (TestVm vm = TestVm.start(engine, boot, 1, 16, direct)) {
      assertThat(vm.end(LIMIT))
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed ->
                  assertThat(failed.reason())
                      .contains("without having registered its page tables", "'auto'"));
    }
  }
}
