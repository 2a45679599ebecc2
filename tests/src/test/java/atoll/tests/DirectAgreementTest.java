package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.engine.TableStatus;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.DirectMachine;
import atoll.testkit.Engines;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Registered tables on every engine, and tables of the same pages that are changed by stores, come
 * to the same translations, faults, and accessed and dirty bits. What a call refuses, the other
 * machine does not store.
 */
class DirectAgreementTest {
  private static final int PAGES = 24;
  private static final int ACCESSES = 160;
  private static final long FRAMES = MachineFixture.DATA;
  private static final long BASE = 0x4000_0000L;
  private static final long MEGAPAGE = 1L << 21;
  private static final long NAPOT = 1L << 63;
  private static final long MPRV = 1L << 17;
  private static final long SUM = 1L << 18;
  private static final long MXR = 1L << 19;
  private static final long ADUE = 1L << 61;
  private static final long[] ODD = {1L << 54, 1L << 61, 3L << 61};

  /** What both machines have in common. */
  private interface Guest {
    MachineFixture m();

    /** Has an entry lead to RAM, or to a device if {@code gpa} is none; whether it was taken. */
    boolean map(long va, long gpa, long bits, int level);

    /** The entry as it is now, with guest-physical addresses. */
    long read(long va, int level);
  }

  private record Direct(DirectMachine machine) implements Guest {
    @Override
    public MachineFixture m() {
      return machine.m;
    }

    @Override
    public boolean map(long va, long gpa, long bits, int level) {
      long to = gpa >= MachineFixture.RAM ? gpa : gpa + DirectMachine.DEVICE - DirectMachine.OFFSET;
      return machine.map(va, to, bits, level) == TableStatus.DONE;
    }

    @Override
    public long read(long va, int level) {
      long pte = machine.tables.read(va, level);
      long hpa = (pte >>> 10 & (1L << 44) - 1) << 12;
      long gpa =
          hpa >= DirectMachine.DEVICE ? hpa - DirectMachine.DEVICE : hpa - DirectMachine.OFFSET;
      return pte == 0 ? 0 : PageTables.pte(gpa, pte & ~((1L << 54) - 1 & -1024));
    }
  }

  /** Takes what the other machine has taken. */
  private record Folded(MachineFixture m, PageTables tables, List<Boolean> taken) implements Guest {
    @Override
    public boolean map(long va, long gpa, long bits, int level) {
      boolean take = taken.removeFirst();
      if (take) {
        tables.map(va, gpa, bits, level);
      }
      return take;
    }

    @Override
    public long read(long va, int level) {
      return tables.read(va, level);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void registeredTablesMeanWhatTheSameTablesDoOtherwise(int levels) {
    for (Engine engine : Engines.all()) {
      for (long seed = 1; seed <= 8; seed++) {
        List<Boolean> taken = new ArrayList<>();
        List<String> direct = direct(engine, levels, seed, taken);
        assertThat(taken).contains(true, false);
        assertThat(direct)
            .as("%s, %d levels, seed %d", engine.name(), levels, seed)
            .isEqualTo(folded(engine, levels, seed, taken))
            .anyMatch(line -> line.contains("= value"))
            .anyMatch(line -> line.contains("page fault"));
      }
    }
  }

  private static List<String> direct(Engine engine, int levels, long seed, List<Boolean> taken) {
    try (DirectMachine machine = new DirectMachine(engine, 1, levels)) {
      machine.tables.entry(BASE, 0);
      machine.pin();
      machine.m.openMemory();
      machine.m.csr(CsrNumber.SATP, machine.tables.satp(1));
      return observe(new Direct(machine), seed, taken);
    }
  }

  private static List<String> folded(Engine engine, int levels, long seed, List<Boolean> taken) {
    try (MachineFixture m = new MachineFixture(engine)) {
      PageTables tables = new PageTables(m.memory(), levels, MachineFixture.TABLES);
      tables.entry(BASE, 0);
      m.openMemory();
      m.csr(CsrNumber.SATP, tables.satp(1));
      return observe(new Folded(m, tables, new ArrayList<>(taken)), seed, new ArrayList<>());
    }
  }

  private static List<String> observe(Guest guest, long seed, List<Boolean> taken) {
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>();
    MachineFixture m = guest.m();
    m.csr(CsrNumber.MENVCFG, random.nextBoolean() ? ADUE : 0);
    for (int i = 0; i < PAGES; i++) {
      m.memory().putLong(FRAMES + i * 4096L, 0x1000 + i);
      taken.add(change(random, guest));
    }
    for (int i = 0; i < ACCESSES; i++) {
      if (random.nextInt(6) == 0) {
        taken.add(change(random, guest));
        m.runToBreak("sfence.vma");
      }
      lines.add(access(random, m));
    }
    for (int i = 0; i < PAGES; i++) {
      lines.add("entry %x".formatted(guest.read(BASE + i * 4096L, 0)));
    }
    lines.add("entry %x %x".formatted(megapage(guest, 1), megapage(guest, 2)));
    return lines;
  }

  private static long megapage(Guest guest, int n) {
    return guest.read(BASE + n * MEGAPAGE, 1);
  }

  /** Pages, blocks and megapages of data, of tables and of a device, right and wrong ones. */
  private static boolean change(Random random, Guest guest) {
    long bits = random.nextInt(256);
    bits |= random.nextInt(4) == 0 ? 0 : PageTables.V | PageTables.R;
    bits |= random.nextInt(12) == 0 ? ODD[random.nextInt(ODD.length)] : 0;
    if ((bits & 0xf) == PageTables.V) {
      bits |= PageTables.R; // a pointer would lead to data: no table for either
    }
    if (random.nextInt(5) == 0) {
      long megapage = BASE + MEGAPAGE * (1 + random.nextInt(2));
      long frame = random.nextBoolean() ? MachineFixture.RAM : MachineFixture.TABLES;
      return guest.map(megapage, random.nextInt(4) == 0 ? FRAMES : frame, bits, 1);
    }
    long va = BASE + random.nextInt(PAGES) * 4096L;
    return switch (random.nextInt(10)) {
      case 0 -> guest.map(va, 0x4000, bits, 0);
      case 1 -> guest.map(va, MachineFixture.TABLES + random.nextInt(3) * 4096L, bits, 0);
      case 2 -> guest.map(va, (FRAMES & -0x10000) + 0x8000, bits | NAPOT, 0);
      default -> guest.map(va, FRAMES + random.nextInt(PAGES) * 4096L, bits, 0);
    };
  }

  /** A load, a store or an atomic, aligned, misaligned or across two pages, in S or U mode. */
  private static String access(Random random, MachineFixture m) {
    boolean store = random.nextBoolean();
    long offset = random.nextInt(4) == 0 ? 4092 : random.nextInt(64);
    long va = BASE + random.nextInt(PAGES) * 4096L + offset;
    if (random.nextInt(4) == 0) { // beyond the tables and the code in the first megapage
      va = BASE + MEGAPAGE + 0x100000 + random.nextInt(PAGES * 512) * 8L;
    }
    long status =
        MPRV
            | (long) random.nextInt(2) << 11
            | (random.nextBoolean() ? SUM : 0)
            | (random.nextBoolean() ? MXR : 0);
    String text = store ? "sd a1, 0(a0)" : "ld a1, 0(a0)";
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) & ~(3L << 11 | SUM | MXR | MPRV));
    m.x("a0", va).x("a1", 0x5a5a).x("a2", status);
    Trap trap = m.code("csrs mstatus, a2; " + text + "; csrc mstatus, a2; ebreak").run();
    m.csr(CsrNumber.MSTATUS, m.csr(CsrNumber.MSTATUS) & ~MPRV);
    boolean same = trap.cause() != Cause.BREAKPOINT || m.x("a1") < 1 << 16; // no table's contents
    String result =
        trap.cause() == Cause.BREAKPOINT
            ? "value %x".formatted(same ? m.x("a1") : -1)
            : "%s at %x".formatted(Cause.exceptionName((int) trap.cause()), trap.tval());
    return "%s %x under %x = %s".formatted(text, va, status, result);
  }
}
