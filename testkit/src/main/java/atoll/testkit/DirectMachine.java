package atoll.testkit;

import atoll.engine.DirectTables;
import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.engine.TableStatus;
import atoll.memory.MachineExtent;
import java.util.List;

/**
 * A machine with registered page tables, elsewhere on the board than in its own eyes, and a test
 * for its guest.
 */
public final class DirectMachine implements AutoCloseable {
  /** The machine's address of what has {@link MachineFixture#RAM}; aligned to a superpage. */
  public static final long BOARD = 0x2_4000_0000L;

  /** What to add to an address in RAM to get the machine's. */
  public static final long OFFSET = BOARD - MachineFixture.RAM;

  /** Set in the machine's address of a device. */
  public static final long DEVICE = 1L << 55;

  private static final long BATCH = MachineFixture.RAM + 0x8000;

  public final MachineFixture m;
  public final PageTables tables;
  private final int levels;

  /**
   * Makes one whose tables are not registered yet.
   *
   * @param levels 3, 4 or 5
   */
  public DirectMachine(Engine engine, int harts, int levels) {
    this.levels = levels;
    m =
        new MachineFixture(
            engine,
            harts,
            MmuKind.DIRECT,
            memory -> {},
            List.of(new MachineExtent(BOARD, MachineFixture.RAM_SIZE)));
    tables = PageTables.guest(m.memory(), levels, MachineFixture.TABLES, -OFFSET);
  }

  public DirectTables registry() {
    return m.group().directTables().orElseThrow();
  }

  /** Registers the tables. */
  public DirectMachine pin() {
    TableStatus status = registry().pin(m.hart(), MachineFixture.TABLES, levels - 1);
    if (status != TableStatus.DONE) {
      throw new AssertionError(status);
    }
    return this;
  }

  /** Changes one entry by a call. */
  public TableStatus set(long entry, long value) {
    m.memory().putLong(BATCH, entry);
    m.memory().putLong(BATCH + 8, value);
    return registry().update(m.hart(), BATCH, 1).status();
  }

  /** Changes the entry of a page by a call; RAM is meant by its own address. */
  public TableStatus map(long va, long gpa, long bits, int level) {
    return set(tables.entry(va, level), PageTables.pte(gpa + OFFSET, bits));
  }

  @Override
  public void close() {
    m.close();
  }
}
