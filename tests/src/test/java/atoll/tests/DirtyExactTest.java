package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.MmuKind;
import atoll.engine.software.Interpreter;
import atoll.host.HostMemory;
import atoll.isa.CsrNumber;
import atoll.memory.DirtyPages;
import atoll.memory.GuestMemory;
import atoll.testkit.DirectMachine;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whoever copies the pages of each collection has, in the end, a copy of the memory: nothing that
 * was written is missed, however collections and stores interleave.
 */
class DirtyExactTest {
  private static final long VA = 0x4000_0000L;
  private static final long WINDOW = 0x0600_0000L;
  private static final int WINDOW_BYTES = 0x10000;
  private static final int PAGES = 64;
  private static final int COLLECTIONS = 150;
  private static final int MOST_HARTS = 3;

  /**
   * Stores of all forms to random places in its 64 pages, and into its own code and a window now
   * and then. s0 is the state of a generator of random numbers.
   */
  private static final String PROGRAM =
      """
      1: slli t0, s0, 13; xor s0, s0, t0; srli t0, s0, 7; xor s0, s0, t0
      slli t0, s0, 17; xor s0, s0, t0
      and t1, s0, s1; add t1, t1, a0
      andi t2, s0, 15
      beqz t2, 2f
      li t3, 1; beq t2, t3, 3f
      li t3, 2; beq t2, t3, 4f
      li t3, 3; beq t2, t3, 5f
      li t3, 4; beq t2, t3, 6f
      li t3, 5; beq t2, t3, 7f
      andi t1, t1, -8
      sd s0, 0(t1); sd s0, 64(t1); j 1b
      2: andi t1, t1, -8; amoadd.d t4, s0, (t1); j 1b
      3: andi t1, t1, -8; lr.d t4, (t1); sc.d t5, s0, (t1); j 1b
      4: cbo.zero (t1); j 1b
      5: sd s0, 0(t1); sh s0, 5(t1); j 1b
      6: fmv.d.x fa0, s0; fsd fa0, 0(t1); sb s0, 9(t1); j 1b
      7: sw zero, 0(a1); sd s0, 0(a2); j 1b
      """;

  static Stream<Arguments> machines() {
    return Engines.all().stream()
        .flatMap(engine ->
            Stream.of(MmuKind.values())
                .flatMap(mmu ->
                    IntStream.rangeClosed(1, MOST_HARTS)
                        .mapToObj(harts -> Arguments.of(engine, mmu, harts))));
  }

  @ParameterizedTest
  @MethodSource("machines")
  void aCopyOfTheLoggedPagesIsACopyOfTheMemory(Engine engine, MmuKind mmu, int harts)
      throws Exception {
    if (mmu == MmuKind.DIRECT) {
      try (DirectMachine direct = new DirectMachine(engine, harts, 3)) {
        map(direct.tables, DirectMachine.OFFSET, MachineFixture.TABLES);
        direct.pin();
        compare(direct.m, direct.tables, VA + 8);
      }
      return;
    }
    try (HostMemory shared = HostMemory.allocate(WINDOW_BYTES);
        MachineFixture m =
            new MachineFixture(
                engine, harts, mmu, memory -> memory.addWindow(WINDOW, shared, true))) {
      PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
      map(tables, 0, WINDOW);
      compare(m, tables, VA + (long) PAGES * 4096 + 8);
    }
  }

  /** Code and data, and a page of something else behind them. */
  private static void map(PageTables tables, long offset, long behind) {
    long data = PageTables.ALL & ~PageTables.X;
    for (int page = 0; page < PAGES; page++) {
      tables.map(VA + page * 4096L, MachineFixture.DATA + page * 4096L + offset, data);
    }
    if (behind == WINDOW) {
      tables.map(VA + PAGES * 4096L, WINDOW, data);
    }
    for (long at = MachineFixture.CODE; at < MachineFixture.CODE + 0x2000; at += 4096) {
      tables.map(at, at + offset, PageTables.ALL);
    }
  }

  private static void compare(MachineFixture m, PageTables tables, long elsewhere)
      throws Exception {
    m.place(MachineFixture.CODE, PROGRAM);
    AtomicBoolean over = new AtomicBoolean();
    Copy copy = new Copy(m.memory());
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> running = new ArrayList<>();
      for (Hart hart : m.group().harts()) {
        prepare(hart, tables, elsewhere);
        running.add(threads.submit(() -> run(hart, over)));
      }
      try {
        for (int i = 0; i < COLLECTIONS; i++) {
          copy.follow();
        }
      } finally {
        over.set(true);
      }
      for (Future<?> end : running) {
        end.get();
      }
    }
    copy.follow();
    copy.requireEqual();
    for (Hart hart : m.group().harts()) {
      assertThat(hart.instructions()).isGreaterThan(10_000);
      assertThat(hart.traps().exceptions(2)).isZero();
    }
  }

  private static void prepare(Hart hart, PageTables tables, long elsewhere) {
    hart.csr(CsrNumber.PMPADDR0 + 15, -1L >>> 10);
    hart.csr(CsrNumber.PMPCFG0 + 2, 0x1fL << 56);
    hart.enterSupervisor(MachineFixture.CODE, VA, MachineFixture.CODE + 0x0f00);
    hart.csr(CsrNumber.SSTATUS, 1L << 13);
    hart.csr(CsrNumber.SATP, tables.satp(1));
    hart.x(8, 0x9e37_79b9_7f4a_7c15L * (hart.id() + 1));
    hart.x(9, (PAGES - 1) * 4096L + 3967);
    hart.x(12, elsewhere);
  }

  private static void run(Hart hart, AtomicBoolean over) {
    while (!over.get() || hart.instructions() <= 10_000) {
      hart.run(5000);
    }
  }

  /** A copy of a machine's memory that follows its log. */
  static final class Copy {
    private final GuestMemory memory;
    private final byte[] ram;
    private final byte[] window = new byte[WINDOW_BYTES];
    private long pages;

    Copy(GuestMemory memory) {
      this.memory = memory;
      memory.log().start();
      ram = memory.read(memory.base(), Math.toIntExact(memory.size()));
    }

    void follow() {
      DirtyPages dirty = memory.log().collect();
      pages += dirty.count();
      dirty.forEach(gpa -> {
        boolean isRam = memory.contains(gpa, 1);
        byte[] to = isRam ? ram : window;
        int at = Math.toIntExact(gpa - (isRam ? memory.base() : WINDOW));
        System.arraycopy(memory.read(gpa, 4096), 0, to, at, 4096);
      });
    }

    /** Compares; nothing runs. */
    void requireEqual() {
      assertThat(pages).isPositive();
      assertThat(memory.read(memory.base(), ram.length)).isEqualTo(ram);
      if (memory.map().hasWindows()) {
        assertThat(memory.read(WINDOW, WINDOW_BYTES)).isEqualTo(window);
      }
    }
  }

  static Stream<Engine> engines() {
    return Engines.all().stream();
  }

  /** In all modes and address spaces, with nested guests, self-modifying code and interrupts. */
  @ParameterizedTest
  @MethodSource("engines")
  void theLogOfARandomProgramHasWhatDiffersAndNothingThatWasNotWritten(Engine engine) {
    try (LockStepMachine logged = new LockStepMachine(engine);
        LockStepMachine other = new LockStepMachine(new Interpreter())) {
      HotProgram.load(20_261_129, logged, other);
      Copy copy = new Copy(logged.memory());
      for (int round = 0; round < 300; round++) {
        logged.run(3000 + round % 7);
        other.run(3000 + round % 7);
        copy.follow();
        copy.requireEqual();
        assertThat(logged.agrees(other)).as("round %d", round).isTrue();
      }
      assertThat(logged.firstDifferenceInMemory(other)).isEqualTo(-1);
    }
  }
}
