package atoll.engine.mmu;

import static atoll.engine.mmu.RegisteredTables.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.TableStatus;
import atoll.memory.MappedExtent;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a guest calls, in whatever order: no entry of a table leads out of the machine's own
 * memory, no writable one to a table, and what is counted is what is there.
 */
class DirectInvariantTest {
  private static final int STEPS = 6000;

  /** Pages that the guest plays with: from the end of the first piece into the second. */
  private static final int POOL = 24;

  private static final int FIRST_PAGE = 512 - POOL / 2;
  private static final int FRAMES = (int) (SIZE / PAGE);

  private Random random;
  private RegisteredTables m;

  /** By page, what a look at all tables finds. */
  private final int[] references = new int[FRAMES];

  private final int[] writers = new int[FRAMES];

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void noSequenceOfCallsBreaksWhatTablesPromise(long seed) {
    random = new Random(seed);
    int done = 0;
    int most = 0;
    try (RegisteredTables machine = new RegisteredTables()) {
      m = machine;
      for (int step = 0; step < STEPS; step++) {
        done += step() == TableStatus.DONE ? 1 : 0;
        if (step % 20 == 0) {
          most = Math.max(most, check());
        }
      }
    }
    assertThat(done).as("calls that were granted").isGreaterThan(STEPS / 10);
    assertThat(most).as("tables at one time").isGreaterThan(POOL / 4);
  }

  private long pool() {
    return page(FIRST_PAGE + random.nextInt(POOL));
  }

  private TableStatus step() {
    return switch (random.nextInt(12)) {
      case 0, 1 -> m.pin(pool(), random.nextInt(4));
      case 2 -> m.unpin(pool());
      case 3 -> scribble();
      default -> m.set(pool() + 8L * random.nextInt(512) + random.nextInt(2), value());
    };
  }

  /** A store by a device, which has an effect on what is no table. */
  private TableStatus scribble() {
    long page = pool();
    byte[] before = m.memory.read(page, (int) PAGE);
    m.memory.putLong(page + 8L * random.nextInt(512), random.nextBoolean() ? 0 : value());
    if (m.table(page)) {
      assertThat(m.memory.read(page, (int) PAGE)).isEqualTo(before);
    } else if (random.nextInt(3) == 0) {
      m.memory.write(page, new byte[(int) PAGE]);
    }
    return TableStatus.FOREIGN;
  }

  private long value() {
    long rights = random.nextInt(256) | Pte.V;
    return switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1, 2 -> m.entry(pool(), Pte.V);
      case 3, 4 -> m.entry(pool(), rights);
      case 5 -> m.entry(RAM + random.nextInt(2) * (2 * MIB), rights);
      case 6 -> m.entry((pool() & -0x10000L) + 0x8000, rights | Pte.N);
      case 7 -> m.entry(random.nextBoolean() ? WINDOW : READ_ONLY, rights);
      case 8 ->
          machineEntry(
              (random.nextBoolean() ? FIRST : SECOND) + 2 * MIB - PAGE + PAGE * random.nextInt(2),
              rights);
      default -> random.nextLong();
    };
  }

  /** Looks at every entry of every table; returns how many tables there are. */
  private int check() {
    Arrays.fill(references, 0);
    Arrays.fill(writers, 0);
    PageTypes types = m.tables.types();
    int tables = 0;
    for (int frame = 0; frame < FRAMES; frame++) {
      int level = types.level(frame);
      if (level != PageTypes.NO_TABLE) {
        tables++;
        for (int i = 0; i < 512; i++) {
          check(m.memory.getLong(page(frame) + 8L * i), level);
        }
      }
    }
    for (int frame = 0; frame < FRAMES; frame++) {
      compare(types, frame);
    }
    return tables;
  }

  private void check(long pte, int level) {
    if ((pte & Pte.V) == 0) {
      return;
    }
    long hpa = Pte.ppn(pte) << 12;
    if (!Pte.leaf(pte)) {
      int child = m.tables.map().machineFrame(hpa);
      assertThat(child).as("where a pointer leads").isNotNegative();
      assertThat(m.tables.types().level(child)).isEqualTo(level - 1);
      references[child]++;
      return;
    }
    long size = Pte.size(pte, level);
    assertThat(size).isPositive();
    hpa &= -size;
    MappedExtent extent = m.tables.map().extent(hpa, size);
    if (extent == null) {
      assertThat(hpa).as("what is not memory").isGreaterThanOrEqualTo(MachineMap.DEVICE);
      assertThat(m.memory.map().isFree(hpa - MachineMap.DEVICE, size)).isTrue();
    } else if ((pte & Pte.W) != 0) {
      assertThat(extent.writable()).isTrue();
      for (long done = 0; extent.ram() && done < size; done += PAGE) {
        writers[m.tables.map().machineFrame(hpa + done)]++;
      }
    }
  }

  private void compare(PageTypes types, int frame) {
    long hpa = m.machine(page(frame));
    if (types.level(frame) == PageTypes.NO_TABLE) {
      assertThat(references[frame]).as("references to no table").isZero();
      assertThat(types.mayBecomeTable(frame, hpa)).isEqualTo(writers[frame] == 0);
    } else {
      assertThat(writers[frame]).as("writable mappings of a table").isZero();
      assertThat(types.unused(frame)).isEqualTo(references[frame] == 0 && !types.pinned(frame));
    }
  }
}
