package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Hart;
import atoll.host.Clock;
import atoll.isa.CsrNumber;
import atoll.kernel.Microkernel;
import atoll.memory.DirtyPages;
import atoll.memory.GuestMemory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls the SBI of a machine that does not run, with its harts' registers as a guest sets them. */
class SbiTest {
  private static final int BASE = 0x10;
  private static final int TIME = 0x54494d45;
  private static final int IPI = 0x735049;
  private static final int RFENCE = 0x52464e43;
  private static final int HSM = 0x48534d;
  private static final int SRST = 0x53525354;
  private static final int DBCN = 0x4442434e;
  private static final int PMU = 0x504d55;

  private static final long SUCCESS = 0;
  private static final long NOT_SUPPORTED = -2;
  private static final long INVALID_PARAM = -3;
  private static final long INVALID_ADDRESS = -5;
  private static final long ALREADY_AVAILABLE = -6;
  private static final long ALREADY_STARTED = -7;
  private static final long ALREADY_STOPPED = -8;

  private static final long UNTOUCHED = 0x1234_5678;
  private static final long SSIP = 1 << 1;
  private static final long STIP = 1 << 5;

  private final Fixture.Console console = new Fixture.Console();
  private Microkernel board;
  private VirtualMachine vm;
  private Machine machine;

  @BeforeEach
  void create() {
    board = Microkernel.dedicated(Clock.host(), 3);
    vm = VirtualMachine.create(Fixture.supervisor("j .").cpus(3).console(console).build(), board);
    machine = vm.machine();
    hart(0).enterSupervisor(Fixture.RAM, 0, 0);
    state(0, HartTable.STARTED);
  }

  @AfterEach
  void close() {
    vm.close();
    board.close();
  }

  private Hart hart(int id) {
    return machine.harts().get(id).hart();
  }

  private void state(int hart, int state) {
    machine.harts().get(hart).state().set(state);
  }

  private void startOthers() {
    state(1, HartTable.STARTED);
    state(2, HartTable.STARTED);
  }

  private boolean interrupted(int hart) {
    return (hart(hart).csr(CsrNumber.MIP) & SSIP) != 0;
  }

  private GuestMemory memory() {
    return machine.memory();
  }

  /** Calls from hart 0; returns a0. */
  private long call(int extension, int function, long... arguments) {
    Hart hart = hart(0);
    hart.x(11, UNTOUCHED);
    for (int i = 0; i < arguments.length; i++) {
      hart.x(10 + i, arguments[i]);
    }
    hart.x(16, function);
    hart.x(17, extension);
    machine.sbi().serve(new SbiCall(hart, machine.harts().get(0).vcpu()));
    return hart.x(10);
  }

  private long value() {
    return hart(0).x(11);
  }

  @Test
  void baseTellsVersionAndWhatThereIs() {
    assertThat(call(BASE, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(0x200_0000);
    assertThat(call(BASE, 1)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(0x41544f4c);
    for (int present : new int[] {BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN, PMU, 0, 8}) {
      call(BASE, 3, present);
      assertThat(value()).as("probe of 0x%x", present).isEqualTo(1);
    }
    for (int absent : new int[] {9, 0x53555350, 0x43505043, 0x4e41434c, 0x535441, -1}) {
      assertThat(call(BASE, 3, absent)).isEqualTo(SUCCESS);
      assertThat(value()).as("probe of 0x%x", absent).isZero();
    }
    assertThat(call(BASE, 4)).isEqualTo(SUCCESS);
    assertThat(call(BASE, 7)).isEqualTo(NOT_SUPPORTED);
  }

  @Test
  void unknownExtensionsAndFunctionsAreNotSupportedAndCounted() {
    assertThat(call(0x12345, 0)).isEqualTo(NOT_SUPPORTED);
    assertThat(value()).isZero();
    for (int extension : new int[] {TIME, IPI, RFENCE, HSM, SRST, DBCN, PMU}) {
      assertThat(call(extension, 99)).as("0x%x", extension).isEqualTo(NOT_SUPPORTED);
    }
    assertThat(vm.statistics().sbiCalls()).containsEntry("unknown", 1L).containsEntry("PMU", 1L);
  }

  @Test
  void timerIsPendingFromItsTimeOnAndNotBefore() {
    assertThat(call(TIME, 0, 0)).isEqualTo(SUCCESS);
    assertThat(hart(0).csr(CsrNumber.SIP) & STIP).isEqualTo(STIP);
    assertThat(call(TIME, 0, -1)).isEqualTo(SUCCESS);
    assertThat(hart(0).csr(CsrNumber.SIP) & STIP).isZero();
  }

  @Test
  void interProcessorInterruptReachesThoseInTheMask() {
    startOthers();
    assertThat(call(IPI, 0, 0b11, 1)).isEqualTo(SUCCESS);
    assertThat(interrupted(0)).isFalse();
    assertThat(interrupted(1)).isTrue();
    assertThat(interrupted(2)).isTrue();
  }

  @Test
  void hartMasksAreValidated() {
    startOthers();
    for (int extension : new int[] {IPI, RFENCE}) {
      assertThat(call(extension, 0, 0b1000, 0)).isEqualTo(INVALID_PARAM);
      assertThat(call(extension, 0, 1, 3)).isEqualTo(INVALID_PARAM);
      assertThat(call(extension, 0, 1, -2)).isEqualTo(INVALID_PARAM);
      assertThat(call(extension, 0, 1, Long.MAX_VALUE)).isEqualTo(INVALID_PARAM);
      assertThat(call(extension, 0, Long.MIN_VALUE, 0)).isEqualTo(INVALID_PARAM);
      assertThat(call(extension, 0, 0, 5)).isEqualTo(SUCCESS);
      assertThat(call(extension, 0, 0xff, -1)).isEqualTo(SUCCESS);
    }
  }

  /** All calls with a mask: extension, function. */
  private static final int[][] MASKED = {
    {IPI, 0},
    {RFENCE, 0},
    {RFENCE, 1},
    {RFENCE, 2},
    {RFENCE, 3},
    {RFENCE, 4},
    {RFENCE, 5},
    {RFENCE, 6}
  };

  @Test
  void aHartThatIsNotAvailableMakesAMaskInvalidAndNobodyIsReached() {
    for (int hidden : new int[] {HartTable.STOPPED, HartTable.START_PENDING}) {
      state(1, hidden);
      state(2, HartTable.STARTED);
      for (int[] masked : MASKED) {
        for (long[] mask : new long[][] {{0b10, 0}, {0b111, 0}, {0b1, 1}, {0b11, 1}}) {
          assertThat(call(masked[0], masked[1], mask[0], mask[1], 0, -1, 0))
              .as(
                  "0x%x %d mask %d from %d, state %d",
                  masked[0], masked[1], mask[0], mask[1], hidden)
              .isEqualTo(INVALID_PARAM);
          assertThat(value()).isZero();
        }
        assertThat(call(masked[0], masked[1], 0b1, 2, 0, -1, 0)).isEqualTo(SUCCESS);
      }
    }
    assertThat(interrupted(0)).isFalse();
    assertThat(interrupted(1)).isFalse();
  }

  @Test
  void aMaskNamesHartsThatSleep() {
    state(1, HartTable.SUSPENDED);
    for (int[] masked : MASKED) {
      assertThat(call(masked[0], masked[1], 0b11, 0, 0, -1, 0)).isEqualTo(SUCCESS);
    }
    assertThat(interrupted(1)).isTrue();
  }

  @Test
  void allHartsAreThoseThatAreAvailable() {
    state(2, HartTable.SUSPENDED);
    for (int[] masked : MASKED) {
      for (long mask : new long[] {0, 0b10, -1}) {
        assertThat(call(masked[0], masked[1], mask, -1, 0, -1, 0)).isEqualTo(SUCCESS);
      }
    }
    assertThat(interrupted(0)).isTrue();
    assertThat(interrupted(1)).as("it is stopped").isFalse();
    assertThat(interrupted(2)).isTrue();
  }

  @Test
  void anEmptyMaskIsNobodyWhateverItsBase() {
    for (int[] masked : MASKED) {
      for (long base : new long[] {0, 1, 3, 64, -2, Long.MIN_VALUE}) {
        assertThat(call(masked[0], masked[1], 0, base, 0, -1, 0)).isEqualTo(SUCCESS);
      }
    }
    assertThat(interrupted(0)).isFalse();
  }

  @Test
  void fencesTakeEveryRange() {
    startOthers();
    for (long[] range :
        new long[][] {
          {0, 0},
          {0, -1},
          {4096, 8192},
          {3, 5},
          {-4096, 8192},
          {0, Long.MAX_VALUE},
          {0x7fff_ffff_ffff_f000L, 1},
          {Long.MAX_VALUE, 1},
          {Long.MAX_VALUE, Long.MAX_VALUE},
          {Long.MIN_VALUE, 0},
          {Long.MIN_VALUE, Long.MIN_VALUE},
          {-1, 1},
          {-1, -1},
          {4096, -1},
          {4096, -4096}
        }) {
      assertThat(call(RFENCE, 1, 0b111, 0, range[0], range[1])).isEqualTo(SUCCESS);
      for (int function : new int[] {2, 3, 5}) { // with an ASID or a VMID
        assertThat(call(RFENCE, function, 0b111, 0, range[0], range[1], 7)).isEqualTo(SUCCESS);
      }
      for (int function : new int[] {4, 6}) {
        assertThat(call(RFENCE, function, 0b111, 0, range[0], range[1])).isEqualTo(SUCCESS);
      }
      assertThat(call(6, 0, 0, range[0], range[1])).isEqualTo(SUCCESS);
      assertThat(call(7, 0, 0, range[0], range[1], -1)).isEqualTo(SUCCESS);
    }
    assertThat(call(RFENCE, 7, 1, 0, 0, 0)).isEqualTo(NOT_SUPPORTED);
  }

  @Test
  void hartsAreStartedOnceAndAtAnAddressInRam() {
    assertThat(call(HSM, 2, 1)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(1);
    assertThat(call(HSM, 0, 3, Fixture.RAM, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(HSM, 0, -1, Fixture.RAM, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(HSM, 0, 1, 0x1000, 0)).isEqualTo(INVALID_ADDRESS);
    assertThat(call(HSM, 0, 1, Fixture.RAM + 64 * Fixture.MIB, 0)).isEqualTo(INVALID_ADDRESS);
    assertThat(call(HSM, 0, 1, Fixture.RAM + 2 * Fixture.MIB, 0)).isEqualTo(SUCCESS);
    assertThat(call(HSM, 0, 1, Fixture.RAM + 2 * Fixture.MIB, 0)).isEqualTo(ALREADY_AVAILABLE);
    assertThat(call(HSM, 2, 1)).isEqualTo(SUCCESS);
    assertThat(value()).isIn(0L, 2L);
    assertThat(call(HSM, 2, 9)).isEqualTo(INVALID_PARAM);
  }

  @Test
  void typesOfSuspensionAreValidated() {
    assertThat(call(HSM, 3, 1)).isEqualTo(INVALID_PARAM);
    assertThat(call(HSM, 3, 0x1000_0000)).isEqualTo(NOT_SUPPORTED);
    assertThat(call(HSM, 3, 0x8000_0001L)).isEqualTo(INVALID_PARAM);
    assertThat(call(HSM, 3, 0x9000_0000L)).isEqualTo(NOT_SUPPORTED);
    assertThat(call(HSM, 3, 0x8000_0000L, 0x10, 0)).isEqualTo(INVALID_ADDRESS);
  }

  @Test
  void resetTypesAndReasonsAreValidated() {
    assertThat(call(SRST, 0, 3, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(SRST, 0, 0xe000_0000L, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(SRST, 0, 0xf000_0000L, 0)).isEqualTo(NOT_SUPPORTED);
    assertThat(call(SRST, 0, 0, 2)).isEqualTo(INVALID_PARAM);
    assertThat(call(SRST, 0, 0, 0xe000_0000L)).isEqualTo(NOT_SUPPORTED);
  }

  @Test
  void debugConsoleWritesFromGuestMemory() {
    memory().write(Fixture.RAM, "hello".getBytes(StandardCharsets.US_ASCII));
    assertThat(call(DBCN, 0, 5, Fixture.RAM, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(5);
    assertThat(call(DBCN, 2, '!')).isEqualTo(SUCCESS);
    assertThat(console.text()).isEqualTo("hello!");
  }

  @Test
  void debugConsoleMovesAtMostOnePageAndSaysSo() {
    assertThat(call(DBCN, 0, 1 << 20, Fixture.RAM, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(4096);
  }

  @Test
  void debugConsoleRefusesWhatIsNotRam() {
    long end = Fixture.RAM + 64 * Fixture.MIB;
    for (long[] buffer :
        new long[][] {
          {1, 0, 0},
          {2, end - 1, 0},
          {-1, Fixture.RAM, 0},
          {1, Fixture.RAM, 1},
          {Long.MAX_VALUE, Fixture.RAM, 0},
          {1, -1, 0}
        }) {
      assertThat(call(DBCN, 0, buffer)).isEqualTo(INVALID_PARAM);
      assertThat(call(DBCN, 1, buffer)).isEqualTo(INVALID_PARAM);
    }
  }

  @Test
  void debugConsoleReadsWhatWasTyped() {
    assertThat(call(DBCN, 1, 8, Fixture.RAM, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isZero();
    for (int polls = 0; polls < 1000 && console.type("x") == 0; polls++) {
      call(DBCN, 1, 8, Fixture.RAM, 0);
      assertThat(value()).isZero();
    }
    memory().log().start();
    assertThat(call(DBCN, 1, 8, Fixture.RAM, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(1);
    assertThat(memory().getByte(Fixture.RAM)).isEqualTo((byte) 'x');
    DirtyPages dirty = memory().log().collect();
    assertThat(dirty.count()).isEqualTo(1);
    assertThat(dirty.contains(Fixture.RAM)).isTrue();
  }

  @Test
  void legacyCallsLeaveA1Alone() {
    assertThat(call(1, 0, 'A')).isZero();
    assertThat(value()).isEqualTo(UNTOUCHED);
    assertThat(console.text()).isEqualTo("A");
    assertThat(call(2, 0)).isEqualTo(-1);
    assertThat(call(0, 0, -1)).isZero();
  }

  @Test
  void legacyMasksFollowTheSameRule() {
    state(2, HartTable.STARTED);
    for (int extension = 4; extension <= 7; extension++) {
      for (long mask : new long[] {0b10, 0b111, 0b1000, -1}) {
        memory().putLong(Fixture.RAM + 64, mask);
        assertThat(call(extension, 0, Fixture.RAM + 64, 0, -1, 0)).isEqualTo(INVALID_PARAM);
        assertThat(value()).as("a1 is left alone but for the argument").isZero();
      }
      memory().putLong(Fixture.RAM + 64, 0b100);
      assertThat(call(extension, 0, Fixture.RAM + 64, 0, -1, 0)).isEqualTo(SUCCESS);
      assertThat(call(extension, 0, 1, 0, -1, 0)).as("nothing can be read").isEqualTo(SUCCESS);
    }
    assertThat(interrupted(1)).isFalse();
  }

  @Test
  void legacyMaskIsReadFromMemory() {
    startOthers();
    memory().putLong(Fixture.RAM + 64, 0b100);
    assertThat(call(4, 0, Fixture.RAM + 64)).isZero();
    assertThat(hart(1).csr(CsrNumber.MIP) & SSIP).isZero();
    assertThat(hart(2).csr(CsrNumber.MIP) & SSIP).isEqualTo(SSIP);
    assertThat(call(4, 0, 0)).isZero();
    assertThat(hart(0).csr(CsrNumber.MIP) & SSIP).isEqualTo(SSIP);
    assertThat(call(3, 0)).isEqualTo(1);
    assertThat(call(3, 0)).isZero();
  }

  @Test
  void fixedCountersAreCycleAndInstret() {
    assertThat(call(PMU, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(19);
    assertThat(call(PMU, 1, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(63 << 12 | 0xc00);
    assertThat(call(PMU, 1, 1)).isEqualTo(INVALID_PARAM);
    assertThat(call(PMU, 1, 2)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(63 << 12 | 0xc02);
    assertThat(call(PMU, 1, 3)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(Long.MIN_VALUE);
    assertThat(call(PMU, 1, 19)).isEqualTo(INVALID_PARAM);
  }

  @Test
  void countersAreConfiguredStartedAndStoppedOnce() {
    assertThat(call(PMU, 2, 0, 0b101, 0, 2, 0)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(2);
    assertThat(call(PMU, 2, 0, 0b101, 0, 2, 0)).isEqualTo(NOT_SUPPORTED);
    assertThat(call(PMU, 3, 2, 1, 1, 1000)).isEqualTo(SUCCESS);
    assertThat(hart(0).csr(CsrNumber.INSTRET)).isBetween(999L, 1001L);
    assertThat(call(PMU, 3, 2, 1, 0, 0)).isEqualTo(ALREADY_STARTED);
    assertThat(call(PMU, 4, 2, 1, 1)).isEqualTo(SUCCESS);
    assertThat(hart(0).csr(CsrNumber.MCOUNTINHIBIT)).isEqualTo(0b100);
    assertThat(call(PMU, 4, 2, 1, 0)).isEqualTo(ALREADY_STOPPED);
    assertThat(call(PMU, 2, 0, 0b100, 0, 2, 0)).isEqualTo(SUCCESS);
  }

  @Test
  void firmwareCounterCountsSentInterrupts() {
    int ipiSent = 15 << 16 | 6;
    assertThat(call(PMU, 2, 0, -1L >>> 45, 0b110, ipiSent, 0)).isEqualTo(SUCCESS);
    long counter = value();
    assertThat(counter).isGreaterThanOrEqualTo(3);
    call(IPI, 0, 1, 0);
    call(IPI, 0, 1, 0);
    assertThat(call(PMU, 5, counter)).isEqualTo(SUCCESS);
    assertThat(value()).isEqualTo(2);
    assertThat(call(PMU, 4, counter, 1, 0)).isEqualTo(SUCCESS);
    call(IPI, 0, 1, 0);
    call(PMU, 5, counter);
    assertThat(value()).isEqualTo(2);
    assertThat(call(PMU, 6, counter)).isEqualTo(SUCCESS);
    assertThat(value()).isZero();
  }

  @Test
  void badCounterNumbersAndEventsAreRefused() {
    assertThat(call(PMU, 2, 0, -1, 0, 2, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(PMU, 2, 0, 0b101, 0, 3, 0)).isEqualTo(NOT_SUPPORTED);
    assertThat(call(PMU, 2, 3, 1, 0, 15 << 16 | 99, 0)).isEqualTo(NOT_SUPPORTED);
    assertThat(call(PMU, 3, 0, 0b10, 0, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(PMU, 3, -1, 1, 0, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(PMU, 3, Long.MAX_VALUE, 0b11, 0, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(PMU, 5, 0)).isEqualTo(INVALID_PARAM);
    assertThat(call(PMU, 5, 99)).isEqualTo(INVALID_PARAM);
    assertThat(call(PMU, 7, -1, -1, 0)).isEqualTo(NOT_SUPPORTED);
  }
}
