package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.engine.Hart;
import atoll.engine.MmuKind;
import atoll.host.Clock;
import atoll.kernel.Microkernel;
import atoll.memory.GuestMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The calls for registered page tables, with a hart's registers as a guest sets them. */
class SbiTablesTest {
  private static final int BASE = 0x10;
  private static final int PROBE = 3;
  private static final int DBCN = 0x4442434e;
  private static final long SUCCESS = 0;
  private static final long NOT_SUPPORTED = -2;
  private static final long INVALID_PARAM = -3;
  private static final long DENIED = -4;
  private static final long INVALID_ADDRESS = -5;
  private static final long ALREADY_AVAILABLE = -6;
  private static final long TABLE = Fixture.RAM + 0x40_0000;
  private static final long DATA = Fixture.RAM + 0x41_0000;
  private static final long BATCH = Fixture.RAM + 0x42_0000;
  private static final long RAM_END = Fixture.RAM + 64 * Fixture.MIB;
  private static final long READ = 0x43;
  private static final long READ_WRITE = 0xc7;

  private final Fixture.Console console = new Fixture.Console();
  private Microkernel board;
  private VirtualMachine vm;

  @BeforeEach
  void create() {
    board = Microkernel.dedicated(Clock.host(), 1);
    vm =
        VirtualMachine.create(
            Fixture.supervisor("j .").mmu(MmuKind.DIRECT).console(console).build(), board);
    hart().enterSupervisor(Fixture.RAM, 0, 0);
  }

  @AfterEach
  void close() {
    vm.close();
    board.close();
  }

  private Hart hart() {
    return vm.machine().harts().get(0).hart();
  }

  private GuestMemory memory() {
    return vm.machine().memory();
  }

  private long call(int extension, int function, long... arguments) {
    Hart hart = hart();
    for (int i = 0; i < arguments.length; i++) {
      hart.x(10 + i, arguments[i]);
    }
    hart.x(16, function);
    hart.x(17, extension);
    vm.machine().sbi().serve(new SbiCall(hart, vm.machine().harts().get(0).vcpu()));
    return hart.x(10);
  }

  private long tables(int function, long... arguments) {
    return call(SbiTables.ID, function, arguments);
  }

  private long value() {
    return hart().x(11);
  }

  private long machine(long gpa) {
    assertThat(tables(SbiTables.MACHINE_ADDRESS, gpa)).isEqualTo(SUCCESS);
    return value();
  }

  private long update(long... words) {
    for (int i = 0; i < words.length; i++) {
      memory().putLong(BATCH + 8L * i, words[i]);
    }
    return tables(SbiTables.UPDATE, BATCH, words.length / 2);
  }

  private long entry(long gpa, long bits) {
    return machine(gpa) >>> 12 << 10 | bits;
  }

  @Test
  void onlyAMachineWithTheTechniqueHasTheExtension() {
    assertThat(call(BASE, PROBE, SbiTables.ID)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(1);
    vm.close();
    vm = VirtualMachine.create(Fixture.supervisor("j .").build(), board);
    hart().enterSupervisor(Fixture.RAM, 0, 0);
    assertThat(call(BASE, PROBE, SbiTables.ID)).isEqualTo(SUCCESS);
    assertThat(value()).isZero();
    assertThat(tables(SbiTables.PIN, TABLE, 0)).isEqualTo(NOT_SUPPORTED);
  }

  @Test
  void theIdIsInTheFirmwaresSpaceByTheImplementationsId() {
    call(BASE, 1);
    assertThat(SbiTables.ID).isEqualTo(0x0a00_0000 | value() & 0xff_ffff);
  }

  @Test
  void machineAddressesAndRunsAreTold() {
    long first = machine(Fixture.RAM);
    assertThat(machine(Fixture.RAM + 0x1234)).isEqualTo(first + 0x1234);
    assertThat(tables(SbiTables.CONTIGUOUS, Fixture.RAM + 4096)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(64 * Fixture.MIB - 4096);
    assertThat(machine(0x1000_0000L)).isEqualTo(1L << 55 | 0x1000_0000L);
    for (int function : new int[] {SbiTables.MACHINE_ADDRESS, SbiTables.CONTIGUOUS}) {
      assertThat(tables(function, 1L << 55)).isEqualTo(INVALID_ADDRESS);
      assertThat(tables(function, -1)).isEqualTo(INVALID_ADDRESS);
    }
  }

  @Test
  void pagesArePinnedByAddressAndLevel() {
    assertThat(tables(SbiTables.PIN, TABLE, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isZero();
    assertThat(tables(SbiTables.PIN, TABLE, 0)).isEqualTo(ALREADY_AVAILABLE);
    assertThat(tables(SbiTables.PIN, TABLE, 1)).isEqualTo(DENIED);
    assertThat(tables(SbiTables.PIN, DATA, 5)).isEqualTo(INVALID_PARAM);
    assertThat(tables(SbiTables.PIN, DATA, -1)).isEqualTo(INVALID_PARAM);
    for (long page : new long[] {TABLE + 8, RAM_END, 0, 0x1000_0000L, -4096}) {
      assertThat(tables(SbiTables.PIN, page, 0)).isEqualTo(INVALID_ADDRESS);
      assertThat(tables(SbiTables.UNPIN, page)).isEqualTo(INVALID_ADDRESS);
    }
    assertThat(tables(SbiTables.UNPIN, DATA)).isEqualTo(DENIED);
    assertThat(tables(SbiTables.UNPIN, TABLE)).isEqualTo(SUCCESS);
    assertThat(value()).isZero();
    assertThat(tables(SbiTables.UNPIN, TABLE)).isEqualTo(DENIED);
    assertThat(tables(SbiTables.SETTLE)).isEqualTo(SUCCESS);
    assertThat(tables(6)).isEqualTo(NOT_SUPPORTED);
    assertThat(tables(-1)).isEqualTo(NOT_SUPPORTED);
  }

  @Test
  void largeTreesArePinnedInPartsAndLetGoInParts() {
    for (int i = 0; i < 60; i++) {
      memory().putLong(TABLE + 8L * i, entry(DATA + 0x10_0000 + i * 4096L, 1));
    }
    assertThat(tables(SbiTables.PIN, TABLE, 1)).isEqualTo(SUCCESS);
    assertThat(value()).as("call again").isEqualTo(1);
    for (int calls = 0; value() == 1; calls++) {
      assertThat(tables(SbiTables.PIN, TABLE, 1)).isEqualTo(SUCCESS);
      assertThat(calls).isLessThan(20);
    }
    assertThat(tables(SbiTables.UNPIN, TABLE)).isEqualTo(SUCCESS);
    assertThat(value()).as("more to settle").isEqualTo(1);
    for (int calls = 0; value() == 1; calls++) {
      assertThat(tables(SbiTables.SETTLE)).isEqualTo(SUCCESS);
      assertThat(calls).isLessThan(20);
    }
    memory().putLong(DATA + 0x10_0000 + 59 * 4096L, 7);
    assertThat(memory().getLong(DATA + 0x10_0000 + 59 * 4096L)).isEqualTo(7);
  }

  @Test
  void anUpdateThatIsRefusedComesWithTheNumberOfThoseBefore() {
    tables(SbiTables.PIN, TABLE, 0);
    assertThat(update(TABLE, entry(DATA, READ_WRITE), TABLE + 8, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(2);
    assertThat(update(TABLE, entry(DATA, READ), TABLE, entry(TABLE, READ_WRITE))).isEqualTo(DENIED);
    assertThat(value()).isEqualTo(1);
    assertThat(memory().getLong(TABLE)).isEqualTo(entry(DATA, READ));
    assertThat(update(TABLE, 1)).as("a pointer at the last level").isEqualTo(INVALID_PARAM);
    long foreign = machine(RAM_END - 4096) + 4096 >>> 2 | READ;
    assertThat(update(TABLE, foreign)).isEqualTo(INVALID_ADDRESS);
    assertThat(update(DATA, 0)).as("an entry of no table").isEqualTo(DENIED);
    assertThat(update(TABLE + 4, 0)).isEqualTo(INVALID_ADDRESS);
  }

  @Test
  void batchesAreBoundedAndLieInRam() {
    assertThat(tables(SbiTables.UPDATE, BATCH, 513)).isEqualTo(INVALID_PARAM);
    assertThat(tables(SbiTables.UPDATE, BATCH, Long.MIN_VALUE)).isEqualTo(INVALID_PARAM);
    assertThat(tables(SbiTables.UPDATE, RAM_END - 16, 2)).isEqualTo(INVALID_ADDRESS);
    assertThat(tables(SbiTables.UPDATE, 0, 1)).isEqualTo(INVALID_ADDRESS);
    assertThat(tables(SbiTables.UPDATE, BATCH + 1, 1)).isEqualTo(INVALID_ADDRESS);
    assertThat(tables(SbiTables.UPDATE, RAM_END, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isZero();
  }

  @Test
  void theConsoleDoesNotReadIntoATable() {
    tables(SbiTables.PIN, TABLE, 0);
    for (int polls = 0; polls < 1000 && console.type("x") == 0; polls++) {
      call(DBCN, 1, 8, DATA, 0);
    }
    assertThat(call(DBCN, 1, 8, TABLE, 0)).isEqualTo(SUCCESS);
    assertThat(memory().getLong(TABLE)).isZero();
  }

  @Test
  void callsAreCountedByWhatTheyAsk() {
    machine(Fixture.RAM);
    tables(SbiTables.PIN, TABLE, 0);
    update(TABLE, 0);
    update(TABLE, 0);
    assertThat(vm.statistics().mmu().exits())
        .containsEntry("lookup", 1L)
        .containsEntry("pin", 1L)
        .containsEntry("update", 2L);
    assertThat(vm.statistics().sbiCalls()).containsEntry("TABLES", 4L);
  }

  @Test
  void firmwareCannotHaveIt() {
    assertThatThrownBy(() -> Fixture.machine("j .").mmu(MmuKind.DIRECT).build())
        .isInstanceOf(VmException.class)
        .hasMessageContaining("machine mode")
        .hasMessageContaining("'direct'");
  }
}
