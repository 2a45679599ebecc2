package atoll.engine.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.TableReply;
import atoll.engine.TableStatus;
import atoll.engine.hart.SoftHart;
import atoll.engine.hart.SoftHartGroup;
import atoll.engine.software.Interpreter;
import atoll.host.Clock;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import atoll.memory.MachineExtent;
import atoll.memory.PageGuards;
import java.util.List;
import java.util.Optional;

/**
 * A machine under {@link MmuKind#DIRECT} whose RAM is in two pieces that are in the other order on
 * the board, with a window to read and one to write. Tests are its guest.
 */
final class RegisteredTables implements AutoCloseable {
  static final long MIB = 1 << 20;
  static final long RAM = 0x8000_0000L;
  static final long SIZE = 4 * MIB;
  static final long PAGE = 4096;

  /** Where the first half of RAM is on the board; the second is before it. */
  static final long FIRST = 0x4000_0000L;

  static final long SECOND = 0x1000_0000L;
  static final long WINDOW = 0x3000_0000L;
  static final long READ_ONLY = 0x3010_0000L;
  static final long WINDOW_SIZE = 0x10000;
  static final long DEVICE = 0x1000_0000L;

  static final long RW = Pte.V | Pte.R | Pte.W | Pte.A | Pte.D;
  static final long R = Pte.V | Pte.R | Pte.A | Pte.D;

  /** Batches of updates; not used otherwise. */
  private static final long BATCH = RAM + SIZE - 16 * PAGE;

  private final HostMemory ram = HostMemory.allocate(SIZE);
  private final HostMemory shared = HostMemory.allocate(2 * WINDOW_SIZE);
  private final HostMemory other = HostMemory.allocate(WINDOW_SIZE);
  final GuestMemory memory =
      new GuestMemory(
          RAM,
          ram,
          List.of(new MachineExtent(FIRST, 2 * MIB), new MachineExtent(SECOND, 2 * MIB)),
          bytes -> Optional.empty());
  final SoftHartGroup group;
  final ValidatedTables tables;

  RegisteredTables() {
    memory.addWindow(
        WINDOW, shared, true, List.of(new MachineExtent(0x7000_0000L, 2 * WINDOW_SIZE)));
    memory.addWindow(
        READ_ONLY, other, false, List.of(new MachineExtent(0x7100_0000L, WINDOW_SIZE)));
    group =
        new SoftHartGroup(memory, Clock.host(), 2, new Interpreter(), MmuKind.DIRECT, Paging.SV57);
    tables = group.memory().direct().orElseThrow();
  }

  SoftHart hart() {
    return group.client(0);
  }

  /** The machine's address of a guest-physical one. */
  long machine(long gpa) {
    return tables.map().hostPhysical(gpa);
  }

  /** An entry that leads to a guest-physical address. */
  long entry(long gpa, long bits) {
    return machineEntry(machine(gpa), bits);
  }

  static long machineEntry(long hpa, long bits) {
    return hpa >>> 12 << Pte.PPN_SHIFT | bits;
  }

  /** Whether the page at a guest-physical address is a table, which nothing else may write to. */
  boolean table(long gpa) {
    boolean table = tables.types().level(tables.map().frame(gpa)) != PageTypes.NO_TABLE;
    int reasons = memory.guards().reasons(memory.map().frame(gpa));
    assertThat((reasons & PageGuards.REGISTERED) != 0).isEqualTo(table);
    return table;
  }

  /** The n-th page of RAM. */
  static long page(int n) {
    return RAM + n * PAGE;
  }

  TableStatus pin(long gpa, long level) {
    return tables.pin(hart(), gpa, level);
  }

  TableStatus unpin(long gpa) {
    return tables.unpin(hart(), gpa);
  }

  /** Applies updates, given as entry and value by turns. */
  TableReply update(long... words) {
    for (int i = 0; i < words.length; i++) {
      memory.putLong(BATCH + 8L * i, words[i]);
    }
    return tables.update(hart(), BATCH, words.length / 2);
  }

  /** One update; what became of it. */
  TableStatus set(long gpa, long value) {
    return update(gpa, value).status();
  }

  @Override
  public void close() {
    group.close();
    ram.close();
    shared.close();
    other.close();
  }
}
