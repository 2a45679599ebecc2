package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostMemory;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.memory.MachineExtent;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A machine's memory map changes while no hart executes: what is gone faults precisely, what is new
 * can be used, and nothing of before is remembered.
 */
class MapChangeTest extends Translated {
  private static final long EXTRA = 0x9000_0000L;
  private static final long WINDOW = 0x0600_0000L;
  private static final long BYTES = 0x4000;
  private static final long VA = 0x4000_0000L;
  private static final long WINDOW_VA = 0x4100_0000L;
  private static final long NEXT = MachineFixture.CODE + 0x2000;
  private static final int HOT = 3000;

  private final HostMemory one = HostMemory.allocate(BYTES);
  private final HostMemory two = HostMemory.allocate(BYTES);

  @BeforeEach
  void mapWhatMayBeThere() {
    translate(3);
    tables.map(MachineFixture.RAM, MachineFixture.RAM, PageTables.ALL, 2);
    for (long at = 0; at < BYTES; at += 4096) {
      tables.map(VA + at, EXTRA + at, PageTables.ALL);
      tables.map(WINDOW_VA + at, WINDOW + at, PageTables.ALL);
    }
    flush();
  }

  @AfterEach
  void giveBack() {
    one.close();
    two.close();
  }

  private void addRam(HostMemory ram) {
    m.memory().addRam(EXTRA, ram, List.of(new MachineExtent(EXTRA, BYTES)));
  }

  private Trap run(String source) {
    return m.code(source + "\n ebreak").enter(S).runHot();
  }

  private void runToBreak(String source) {
    assertThat(run(source).cause()).isEqualTo(Cause.BREAKPOINT);
  }

  private void requireFault(Trap trap, long cause, long address) {
    assertThat(trap.cause()).isEqualTo(cause);
    assertThat(trap.tval()).isEqualTo(address);
  }

  /**
   * Stores, loads and calls there until all of it is in TLBs and translated, and leaves the hart in
   * S mode at an endless loop.
   */
  private void use() {
    m.place(EXTRA + 0x1000, "addi a3, a3, 1\n ret");
    m.x("a3", 0).x("a4", 0);
    m.code(
            """
            li a0, 0x40000000; li t0, %d; li t2, 0x40002ffc
            1: sd t0, 0(a0); ld a2, 0(a0); amoadd.w a2, t0, (a0); sd t0, 0(t2)
            li t1, 0x1000; add t1, t1, a0; jalr t1
            addi t0, t0, -1; bnez t0, 1b
            li a4, 1
            2: j 2b
            """
                .formatted(HOT))
        .enter(S);
    while (m.x("a4") == 0) {
      m.hart().run(10_000);
    }
    assertThat(m.x("a3")).isEqualTo(HOT);
  }

  /** Goes on in S mode at a place of its own, with nothing that would flush a TLB. */
  private Trap goOn(String source) {
    m.place(NEXT, source + "\n ebreak");
    m.hart().pc(NEXT);
    return m.runHot();
  }

  @Test
  void whatIsNotMappedYetFaultsAndWhatIsAddedIsReadWrittenAndExecuted() {
    requireFault(run("li a0, 0x40000000; ld a1, 0(a0)"), Cause.LOAD_ACCESS_FAULT, VA);
    requireFault(run("li a0, 0x40000000; jr a0"), Cause.INSTRUCTION_ACCESS_FAULT, VA);
    addRam(one);
    use();
    assertThat(m.memory().contains(EXTRA, BYTES)).isTrue();
  }

  static List<Arguments> accesses() {
    return List.of(
        Arguments.of("ld a1, 0(a0)", Cause.LOAD_ACCESS_FAULT, VA),
        Arguments.of("sd a1, 0(a0)", Cause.STORE_ACCESS_FAULT, VA),
        Arguments.of("amoadd.w a1, a1, (a0)", Cause.STORE_ACCESS_FAULT, VA),
        Arguments.of("sd a1, 0(t2)", Cause.STORE_ACCESS_FAULT, VA + 0x2ffc),
        Arguments.of("jr t1", Cause.INSTRUCTION_ACCESS_FAULT, VA + 0x1000));
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void whatIsRemovedFaultsPreciselyHoweverHotItWas(String access, long cause, long address) {
    addRam(one);
    use();
    m.memory().remove(EXTRA);
    requireFault(goOn(access), cause, address);
    if (cause != Cause.INSTRUCTION_ACCESS_FAULT) {
      assertThat(m.csr(CsrNumber.MEPC)).isEqualTo(NEXT);
    }
    assertThat(one.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 0x2ffc)).isEqualTo(1);
  }

  @Test
  void aHartThatStandsInWhatIsRemovedFaultsAtItsNextInstruction() {
    addRam(one);
    m.place(EXTRA, "1: addi a3, a3, 1\n j 1b");
    m.code("li a0, 0x40000000; jr a0").enter(S);
    for (int i = 0; i < 100; i++) {
      m.hart().run(1000);
    }
    long pc = m.hart().pc();
    assertThat(pc).isBetween(VA, VA + 8);
    long done = m.x("a3");
    m.memory().remove(EXTRA);
    requireFault(m.run(), Cause.INSTRUCTION_ACCESS_FAULT, pc);
    assertThat(m.x("a3")).isEqualTo(done);
  }

  @Test
  void otherMemoryInItsPlaceIsSeenAtOnce() {
    addRam(one);
    use();
    m.memory().remove(EXTRA);
    addRam(two);
    m.place(EXTRA + 0x1000, "addi a3, a3, 2\n ret");
    m.memory().putLong(EXTRA, 0x77);
    m.x("a3", 0);
    assertThat(goOn("ld a2, 0(a0); sd a2, 8(a0); jalr t1").cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.memory().getLong(EXTRA + 8)).isEqualTo(0x77);
    assertThat(m.x("a2")).isEqualTo(0x77);
    assertThat(m.x("a3")).isEqualTo(2);
  }

  @Test
  void storesIntoCodeInAddedRamAreSeen() {
    addRam(one);
    use();
    m.x("a3", 0).x("a4", 0x00368693); // addi a3, a3, 3
    assertThat(goOn("jalr t1; sw a4, 0(t1); jalr t1").cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a3")).isEqualTo(4);
  }

  @Test
  void aWindowIsAddedAndRemovedToo() {
    String add = "li a0, 0x41000000; ld a2, 0(a0); addi a2, a2, 1; sd a2, 0(a0)";
    requireFault(run(add), Cause.LOAD_ACCESS_FAULT, WINDOW_VA);
    m.memory().addWindow(WINDOW, one, true);
    runToBreak(add);
    m.memory().remove(WINDOW);
    requireFault(run(add), Cause.LOAD_ACCESS_FAULT, WINDOW_VA);
    m.memory().addWindow(WINDOW, two, false);
    requireFault(run(add), Cause.STORE_ACCESS_FAULT, WINDOW_VA);
    m.memory().remove(WINDOW);
    m.memory().addWindow(WINDOW, one, true);
    runToBreak(add);
    assertThat(m.memory().getLong(WINDOW)).isEqualTo(2);
  }

  @Test
  void aReservationDoesNotOutliveTheMapThatItWasMadeIn() {
    m.memory().addWindow(WINDOW, one, true);
    m.code("li a0, 0x41000000; lr.d a1, (a0); li a4, 1\n 2: j 2b").x("a4", 0).enter(S);
    while (m.x("a4") == 0) {
      m.hart().run(1000);
    }
    m.memory().remove(WINDOW);
    m.memory().addWindow(WINDOW, one, true);
    goOn("sc.d a2, a0, (a0)");
    assertThat(m.x("a2")).isEqualTo(1);
    assertThat(m.memory().getLong(WINDOW)).isZero();
  }

  @Test
  void theMapDoesNotChangeWhileAHartExecutes() throws InterruptedException {
    m.code("li a0, 0x80100000\n li a1, 1\n 1: sd a1, 0(a0)\n j 1b");
    Thread hart = Thread.ofPlatform().start(() -> m.hart().run(Long.MAX_VALUE));
    try {
      while (m.memory().getLong(FRAME) != 1) {
        Thread.onSpinWait();
      }
      assertThatThrownBy(() -> m.memory().addWindow(WINDOW, one, true))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("while hart 0 executes");
    } finally {
      m.hart().kick();
      hart.join();
    }
    assertThat(m.memory().map().isFree(WINDOW, BYTES)).isTrue();
    m.memory().addWindow(WINDOW, one, true);
  }

  /** What was translated for a hart that had its memory to itself does not do any more. */
  @Test
  void atomicsThatWereHotBeforeTheMemoryWasSharedLoseNoUpdates() throws Exception {
    int turns = 3_000_000;
    CyclicBarrier barrier = new CyclicBarrier(2);
    try (MachineFixture other = new MachineFixture(engine, 1, mmu(), memory -> {})) {
      for (MachineFixture each : List.of(m, other)) {
        each.code("9: amoadd.d a2, a1, (a0)\n addi a4, a4, -1\n bnez a4, 9b\n ebreak");
        each.x("a0", MachineFixture.DATA).x("a1", 1).x("a4", HOT).runHot();
        each.memory().addWindow(WINDOW, one, true);
        each.x("a0", WINDOW).x("a4", turns).hart().pc(MachineFixture.CODE);
      }
      FutureTask<Trap> second =
          new FutureTask<>(() -> {
            barrier.await();
            return other.runHot();
          });
      Thread.ofPlatform().start(second);
      barrier.await();
      m.runHot();
      second.get();
      assertThat(m.memory().getLong(WINDOW)).isEqualTo(2L * turns);
    }
  }
}
