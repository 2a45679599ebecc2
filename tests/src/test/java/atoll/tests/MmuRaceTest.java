package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.MmuKind;
import atoll.engine.PostedFence;
import atoll.engine.RemoteFence;
import atoll.isa.CsrNumber;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One hart changes tables that another is using. */
class MmuRaceTest {
  /** The techniques for guests that change tables by stores. */
  private static final Set<MmuKind> UNCHANGED = EnumSet.complementOf(EnumSet.of(MmuKind.DIRECT));

  private static final long VA = 0x4000_0000L;
  private static final long FRAMES = MachineFixture.DATA;

  /** The newest version that has been fenced; the reader may see a newer one. */
  private static final long FENCED = MachineFixture.DATA + 0x10000;

  private static final long READER = MachineFixture.CODE + 0x1000;
  private static final int VERSIONS = 400;
  private static final long MPRV_AS_SUPERVISOR = 1L << 17 | 1L << 11;

  static Stream<Arguments> machines() {
    return Engines.all().stream()
        .flatMap(engine -> UNCHANGED.stream().map(mmu -> Arguments.of(engine, mmu)));
  }

  @ParameterizedTest
  @MethodSource("machines")
  void afterAFenceNoHartSeesTheOldPage(Engine engine, MmuKind mmu) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    try (MachineFixture m = new MachineFixture(engine, 2, mmu, memory -> {});
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      PageTables tables = new PageTables(m.memory(), 3, MachineFixture.TABLES);
      tables.map(VA, FRAMES, PageTables.V | PageTables.R | PageTables.W);
      Hart reader = prepare(m, tables);
      Future<Long> rounds = thread.submit(() -> read(reader, over));
      try {
        for (int version = 1; version <= VERSIONS; version++) {
          change(m, tables, version);
        }
      } finally {
        over.set(true);
      }
      assertThat(rounds.get()).as("loads by the reader, -1 if one was stale").isPositive();
      assertThat(reader.x(13)).as("the versions that it has seen").isLessThanOrEqualTo(VERSIONS);
    }
  }

  /** Both harts set accessed and dirty bits by themselves, in the entry that is being changed. */
  private static Hart prepare(MachineFixture m, PageTables tables) {
    Hart reader = m.group().harts().get(1);
    m.place(
        READER,
        """
        1: ld a2, 0(a0); fence r, r
        csrs mstatus, a4; ld a3, 0(a1); csrc mstatus, a4
        bltu a3, a2, 2f
        addi a5, a5, 1; j 1b
        2: ebreak
        """);
    for (Hart hart : m.group().harts()) {
      hart.csr(CsrNumber.PMPADDR0 + 15, -1L >>> 10);
      hart.csr(CsrNumber.PMPCFG0 + 2, 0x1fL << 56);
      hart.csr(CsrNumber.MENVCFG, 1L << 61);
      hart.csr(CsrNumber.SATP, tables.satp(1));
    }
    reader.pc(READER);
    reader.x(10, FENCED);
    reader.x(11, VA);
    reader.x(14, MPRV_AS_SUPERVISOR);
    return reader;
  }

  /** Runs the reader; returns how often it has looked, or -1 if it has seen what was fenced off. */
  private static long read(Hart reader, AtomicBoolean over) {
    while (!over.get() || reader.x(15) == 0) {
      reader.run(2000);
      if (reader.pc() == MachineFixture.MACHINE_TRAP) {
        return -1;
      }
    }
    return reader.x(15);
  }

  /** Writes a version into the frame that is not mapped, maps it, and fences the reader. */
  private static void change(MachineFixture m, PageTables tables, int version) {
    long frame = FRAMES + version % 2 * 4096L;
    long entry = PageTables.pte(frame, PageTables.V | PageTables.R | PageTables.W);
    m.x("a0", frame).x("a1", version).x("a2", tables.entry(VA, 0)).x("a3", entry);
    m.runToBreak("sd a1, 0(a0); fence w, w; sd a3, 0(a2); fence");
    PostedFence fence = m.group().postFence(2, new RemoteFence.Address(VA, 4096, -1));
    while (!fence.arrived()) {
      Thread.onSpinWait();
    }
    m.memory().putLong(FENCED, version);
  }
}
