package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * {@code hlv}, {@code hlvx} and {@code hsv}: a guest's memory as the guest sees it (priv 18.3.1).
 */
class GuestAccessTest extends Virtualized {
  private static final long VALUE = 0x8182_8384_8586_8788L;

  @BeforeEach
  void makeTheGuest() {
    virtualizeWithPage(3, 3);
    m.memory().putLong(FRAME + 64, VALUE);
    m.x("a0", VA + 64);
    m.csr(CsrNumber.HSTATUS, SPVP);
  }

  private Trap inHypervisor(String source) {
    backToMachine();
    clearStatus(MPV);
    m.code(source + "; ebreak").enter(S);
    return m.run();
  }

  @Test
  void loadsExtendTheirValueAsTheirNamesSay() {
    String[] loads = {
      "hlv.b", "hlv.bu", "hlv.h", "hlv.hu", "hlvx.hu", "hlv.w", "hlv.wu", "hlvx.wu", "hlv.d"
    };
    long[] values = {
      (byte) VALUE,
      VALUE & 0xff,
      (short) VALUE,
      VALUE & 0xffff,
      VALUE & 0xffff,
      (int) VALUE,
      VALUE & 0xffff_ffffL,
      VALUE & 0xffff_ffffL,
      VALUE
    };
    for (int i = 0; i < loads.length; i++) {
      Trap t = inHypervisor(loads[i] + " a1, (a0)");
      assertThat(t.cause()).as(loads[i]).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("a1")).as(loads[i]).isEqualTo(values[i]);
    }
  }

  @Test
  void storesWriteTheirWidthAndNothingElse() {
    String[] stores = {"hsv.b", "hsv.h", "hsv.w", "hsv.d"};
    for (int i = 0; i < stores.length; i++) {
      m.memory().putLong(FRAME + 64, VALUE);
      m.x("a1", 0x1122_3344_5566_7788L);
      assertThat(inHypervisor(stores[i] + " a1, (a0)").cause()).isEqualTo(Cause.BREAKPOINT);
      long mask = i == 3 ? -1 : (1L << 8 * (1 << i)) - 1;
      assertThat(m.memory().getLong(FRAME + 64))
          .as(stores[i])
          .isEqualTo(VALUE & ~mask | 0x1122_3344_5566_7788L & mask);
    }
  }

  @Test
  void theyActAsTheModeThatSpvpNames() {
    for (boolean userPage : new boolean[] {false, true}) {
      first.map(VA, GUEST_PAGE, userPage ? ALL | PageTables.U : ALL);
      for (boolean supervisor : new boolean[] {false, true}) {
        for (long sum : new long[] {0, SUM}) {
          m.csr(CsrNumber.HSTATUS, supervisor ? SPVP : 0);
          m.csr(CsrNumber.VSSTATUS, sum);
          fence();
          boolean allowed = supervisor ? !userPage || sum != 0 : userPage;
          assertThat(inHypervisor("hlv.d a1, (a0)").cause())
              .isEqualTo(allowed ? Cause.BREAKPOINT : Cause.LOAD_PAGE_FAULT);
          assertThat(inHypervisor("hlvx.wu a1, (a0)").cause())
              .isEqualTo(allowed ? Cause.BREAKPOINT : Cause.LOAD_PAGE_FAULT);
          assertThat(inHypervisor("hsv.d a1, (a0)").cause())
              .isEqualTo(allowed ? Cause.BREAKPOINT : Cause.STORE_PAGE_FAULT);
        }
      }
    }
  }

  @Test
  void machineModeMayUseThemAndUserModeWhereHuSaysSo() {
    m.code("hlv.d a1, (a0); ebreak").run();
    assertThat(m.x("a1")).isEqualTo(VALUE);
    for (String access : new String[] {"hlv.d a1, (a0)", "hlvx.wu a1, (a0)", "hsv.d a1, (a0)"}) {
      m.csr(CsrNumber.HSTATUS, SPVP);
      m.code(access + "; ebreak").enter(U);
      assertThat(m.run().cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      m.csr(CsrNumber.HSTATUS, SPVP | HU);
      m.code(access + "; ebreak").enter(U);
      assertThat(m.run().cause()).isEqualTo(Cause.BREAKPOINT);
    }
    m.code("hfence.vvma a0, a1; ebreak").enter(U);
    assertThat(m.run().cause()).as("fences not even then").isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void hlvxNeedsExecutePermissionAtBothStagesAndNoOther() {
    long executable = PageTables.V | PageTables.X | PageTables.A;
    long readable = PageTables.V | PageTables.R | PageTables.A;
    for (boolean firstExecutes : new boolean[] {false, true}) {
      for (boolean secondExecutes : new boolean[] {false, true}) {
        first.map(VA, GUEST_PAGE, firstExecutes ? executable : readable);
        second.map(GUEST_PAGE, FRAME, PageTables.U | (secondExecutes ? executable : readable));
        fence();
        Trap t = inHypervisor("hlvx.wu a1, (a0)");
        assertThat(t.cause())
            .isEqualTo(
                !firstExecutes
                    ? Cause.LOAD_PAGE_FAULT
                    : secondExecutes ? Cause.BREAKPOINT : Cause.LOAD_GUEST_PAGE_FAULT);
        if (firstExecutes && !secondExecutes) {
          assertThat(outcome(t))
              .isEqualTo(
                  new Outcome(
                      Cause.LOAD_GUEST_PAGE_FAULT, VA + 64, true, GUEST_PAGE + 64, 0x683045f3L));
        }
      }
    }
  }

  @Test
  void whatHlvxHasReadAnOrdinaryLoadMayStillNot() {
    first.map(VA, GUEST_PAGE, PageTables.V | PageTables.X | PageTables.A);
    fence();
    assertThat(inHypervisor("hlvx.wu a1, (a0); hlv.w a1, (a0)").epc())
        .isEqualTo(MachineFixture.CODE + 4);
  }

  @Test
  void faultsTellTheHypervisorAsAGuestsOwnWould() {
    delegate();
    second.map(GUEST_PAGE, FRAME, 0);
    fence();
    assertThat(outcome(inHypervisor("hlv.d a1, (a0)")))
        .isEqualTo(
            new Outcome(Cause.LOAD_GUEST_PAGE_FAULT, VA + 64, true, GUEST_PAGE + 64, 0x6c0045f3L));
    assertThat(m.csr(CsrNumber.HSTATUS) & SPV).as("the trap came from HS").isZero();
    assertThat(outcome(inHypervisor("hsv.b a1, (a0)")))
        .isEqualTo(
            new Outcome(Cause.STORE_GUEST_PAGE_FAULT, VA + 64, true, GUEST_PAGE + 64, 0x62b04073L));
    backToMachine();
    first.map(VA, 0, 0);
    fence();
    assertThat(outcome(inHypervisor("hlv.d a1, (a0)")))
        .isEqualTo(new Outcome(Cause.LOAD_PAGE_FAULT, VA + 64, true, 0, 0));
  }

  @Test
  void devicesAnswerThemTooButForHlvx() {
    m.device(
        (write, address, size, value) -> address == 0x1000_0000L ? 0x85 : MachineFixture.FAULT);
    second.map(GUEST_PAGE, 0x1000_0000L, GUEST_ALL);
    fence();
    m.x("a0", VA);
    inHypervisor("hlv.b a1, (a0)");
    assertThat(m.x("a1")).isEqualTo((byte) 0x85);
    assertThat(outcome(inHypervisor("hlvx.hu a1, (a0)")))
        .as("nothing there may be executed")
        .isEqualTo(new Outcome(Cause.LOAD_ACCESS_FAULT, VA, true, 0, 0));
    assertThat(inHypervisor("hsv.w a1, (a0)").cause()).isEqualTo(Cause.BREAKPOINT);
    m.x("a0", VA + 8);
    assertThat(outcome(inHypervisor("hlv.b a1, (a0)")))
        .as("no device there")
        .isEqualTo(new Outcome(Cause.LOAD_ACCESS_FAULT, VA + 8, true, 0, 0));
  }

  @Test
  void theHypervisorsOwnAccessesAreItsOwnAgainAfterwards() {
    m.memory().putLong(FRAME + 128, 42);
    m.x("a3", FRAME + 128);
    inHypervisor("hlv.d a1, (a0); ld a2, 0(a3)");
    assertThat(m.x("a2")).isEqualTo(42);
    assertThat(m.x("a1")).isEqualTo(VALUE);
  }

  @Test
  void misalignedAccessesAcrossTwoPagesWork() {
    first.map(VA + 4096, GUEST_PAGE + 4096, ALL);
    second.map(GUEST_PAGE + 4096, FRAME + 8192, GUEST_ALL);
    fence();
    m.memory().putInt(FRAME + 4092, 0x11223344);
    m.memory().putInt(FRAME + 8192, 0x55667788);
    m.x("a0", VA + 4092);
    inHypervisor("hlv.d a1, (a0)");
    assertThat(m.x("a1")).isEqualTo(0x5566_7788_1122_3344L);
    m.x("a1", -1L);
    inHypervisor("hsv.d a1, (a0)");
    assertThat(m.memory().getInt(FRAME + 4092)).isEqualTo(-1);
    assertThat(m.memory().getInt(FRAME + 8192)).isEqualTo(-1);
  }

  @Test
  void aStoreIntoCodeThatTheHypervisorRunsIsSeen() {
    long code = MachineFixture.RAM + 0x50000;
    second.map(GUEST_PAGE, code & -4096, GUEST_ALL);
    fence();
    // Runs it, replaces its first instruction by li a5, 2, and runs it again.
    m.x("a0", VA).x("a1", 0x0020_0793).x("s1", code);
    m.place(code, "li a5, 1; ret");
    Trap t =
        m.code("jalr ra, 0(s1); mv a4, a5; hsv.w a1, (a0); fence.i; jalr ra, 0(s1); ebreak").run();
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a4")).isEqualTo(1);
    assertThat(m.x("a5")).isEqualTo(2);
  }
}
