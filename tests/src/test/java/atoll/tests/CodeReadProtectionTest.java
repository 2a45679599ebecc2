package atoll.tests;

import static atoll.tests.PmpEntries.R;
import static atoll.tests.PmpEntries.RIGHTS;
import static atoll.tests.PmpEntries.W;
import static atoll.tests.PmpEntries.X;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import atoll.testkit.Trap;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * {@code hlvx} asks both stages of translation for execution alone, and physical memory for reading
 * and execution (priv 18.3.1): PMP entries beside what is cached of either.
 */
class CodeReadProtectionTest extends Virtualized {
  private static final long VALUE = 0x8182_8384_8586_8788L;
  private static final long EXECUTE_ONLY = PageTables.V | PageTables.X | PageTables.A;

  @BeforeEach
  void makeMemory() {
    m.openMemory();
    m.memory().putLong(FRAME + 64, VALUE);
    m.csr(CsrNumber.HSTATUS, SPVP);
    m.x("a0", FRAME + 64);
  }

  private Trap inMode(int mode, String source) {
    backToMachine();
    clearStatus(MPV);
    m.code(source + "; ebreak");
    if (mode != M) {
      m.enter(mode);
    }
    return m.run();
  }

  private static long loadCause(boolean allowed) {
    return allowed ? Cause.BREAKPOINT : Cause.LOAD_ACCESS_FAULT;
  }

  private static boolean readsCode(int rights) {
    return (rights & (R | X)) == (R | X);
  }

  @Test
  void aWordIsReadWhereItsEntryGrantsReadingAndExecution() {
    for (int rights : RIGHTS) {
      PmpEntries.protect(m, 0, FRAME + 64, 4, rights);
      for (int mode : new int[] {S, M}) {
        for (String load : List.of("hlvx.wu a1, (a0)", "hlvx.hu a1, (a0)")) {
          Trap t = inMode(mode, load);
          assertThat(t.cause())
              .as("%s in %d with %d", load, mode, rights)
              .isEqualTo(loadCause(readsCode(rights)));
          if (!readsCode(rights)) {
            assertThat(outcome(t))
                .isEqualTo(new Outcome(Cause.LOAD_ACCESS_FAULT, FRAME + 64, true, 0, 0));
          }
        }
        assertThat(inMode(mode, "hlv.w a1, (a0)").cause()).isEqualTo(loadCause((rights & R) != 0));
        assertThat(inMode(mode, "hsv.w a1, (a0)").cause())
            .isEqualTo((rights & W) != 0 ? Cause.BREAKPOINT : Cause.STORE_ACCESS_FAULT);
        m.memory().putLong(FRAME + 64, VALUE);
      }
    }
  }

  @Test
  void userModeIsBoundAlike() {
    m.csr(CsrNumber.HSTATUS, HU);
    for (int rights : RIGHTS) {
      PmpEntries.protect(m, 0, FRAME, 4096, rights);
      assertThat(inMode(U, "hlvx.wu a1, (a0)").cause()).isEqualTo(loadCause(readsCode(rights)));
    }
  }

  @Test
  void whatOrdinaryLoadsAndStoresHaveCachedDoesNotLetItPass() {
    PmpEntries.protect(m, 0, FRAME, 4096, R | W);
    Trap t = inMode(S, "hsv.d a2, (a0); hlv.w a1, (a0); hlvx.wu a1, (a0)");
    assertThat(t.cause()).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(t.epc()).isEqualTo(MachineFixture.CODE + 8);
  }

  @Test
  void whatItHasReadLetsNoOtherAccessPass() {
    PmpEntries.protect(m, 0, FRAME, 4096, R | X);
    Trap t = inMode(S, "hlvx.wu a1, (a0); hsv.w a1, (a0)");
    assertThat(t.cause()).isEqualTo(Cause.STORE_ACCESS_FAULT);
    assertThat(t.epc()).isEqualTo(MachineFixture.CODE + 4);
  }

  @Test
  void codeThatTheGuestExecutesMayStillNotBeReadable() {
    virtualizeWithPage(3, 3);
    PmpEntries.protect(m, 0, FRAME, 4096, X);
    m.csr(CsrNumber.HSTATUS, SPVP);
    assertThat(access(EXECUTE, VA, S)).isEqualTo(Outcome.NOTHING);
    m.x("a0", VA);
    assertThat(outcome(inMode(S, "hlvx.wu a1, (a0)")))
        .isEqualTo(new Outcome(Cause.LOAD_ACCESS_FAULT, VA, true, 0, 0));
    assertThat(access(EXECUTE, VA, S)).isEqualTo(Outcome.NOTHING);
  }

  @Test
  void tablesThatGrantExecutionOnlyLeaveTheRestToTheEntry() {
    virtualizeWithPage(3, 3);
    m.csr(CsrNumber.HSTATUS, SPVP);
    first.map(VA, GUEST_PAGE, EXECUTE_ONLY);
    second.map(GUEST_PAGE, FRAME, EXECUTE_ONLY | PageTables.U);
    fence();
    for (int rights : RIGHTS) {
      PmpEntries.protect(m, 0, FRAME, 4096, rights);
      m.x("a0", VA + 64);
      assertThat(inMode(S, "hlvx.wu a1, (a0)").cause())
          .as("rights %d", rights)
          .isEqualTo(loadCause(readsCode(rights)));
    }
    assertThat(inMode(S, "hlv.w a1, (a0)").cause()).isEqualTo(Cause.LOAD_PAGE_FAULT);
  }

  @Test
  void acrossTwoPagesEachPartNeedsBoth() {
    virtualizeWithPage(3, 3);
    m.csr(CsrNumber.HSTATUS, SPVP);
    first.map(VA + 4096, GUEST_PAGE + 4096, ALL);
    second.map(GUEST_PAGE + 4096, FRAME + 8192, GUEST_ALL);
    fence();
    m.memory().putShort(FRAME + 4094, (short) 0x1234);
    m.memory().putShort(FRAME + 8192, (short) 0x5678);
    for (int one : RIGHTS) {
      for (int two : RIGHTS) {
        PmpEntries.protect(m, 0, FRAME, 4096, one);
        PmpEntries.protect(m, 1, FRAME + 8192, 4096, two);
        m.x("a0", VA + 4094);
        Trap t = inMode(S, "hlvx.wu a1, (a0)");
        boolean allowed = readsCode(one) && readsCode(two);
        assertThat(t.cause()).as("rights %d %d", one, two).isEqualTo(loadCause(allowed));
        if (allowed) {
          assertThat(m.x("a1")).isEqualTo(0x5678_1234);
        } else {
          assertThat(t.tval()).isEqualTo(readsCode(one) ? VA + 4096 : VA + 4094);
        }
      }
    }
  }

  @Test
  void anEntryForPartOfTheWordMakesItFail() {
    PmpEntries.protect(m, 0, FRAME + 64, 4, R | X);
    m.x("a0", FRAME + 62);
    assertThat(inMode(S, "hlvx.wu a1, (a0)").cause()).isEqualTo(Cause.LOAD_ACCESS_FAULT);
    assertThat(inMode(S, "hlvx.hu a1, (a0)").cause()).isEqualTo(Cause.BREAKPOINT);
  }
}
