package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.CsrNumber;
import atoll.testkit.PageTables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A store into code is seen even if it goes through one of very many translations of address spaces
 * that are not in force when the code is first executed.
 */
class ForgottenWritesTest extends Translated {
  private static final long VA = 0x4000_0000L;
  private static final int PAGES = 4096;
  private static final int SPACES = 7;
  private static final long CODE = FRAME + 0x10000;
  private static final long MPRV_AS_USER = 1L << 17;

  @BeforeEach
  void mapTheCodeManyTimes() {
    translate(3);
    for (long i = 0; i < PAGES; i++) {
      tables.map(VA + i * 4096, CODE, PageTables.ALL | PageTables.U);
    }
  }

  private void enter(int space) {
    m.csr(CsrNumber.SATP, tables.satp(space));
  }

  /** Stores to every mapping of the page, where there is no code, with the rights of U mode. */
  private void storeThroughAll() {
    clearStatus(3L << 11);
    m.x("a0", VA + 2048).x("a1", PAGES).x("a2", MPRV_AS_USER).x("a3", 4096);
    m.runToBreak(
        """
        csrs mstatus, a2
        1: sd a1, 0(a0); add a0, a0, a3; addi a1, a1, -1; bnez a1, 1b
        csrc mstatus, a2
        """);
  }

  private void store(long va, int value) {
    int loadImmediate = 0x513 | value << 20; // li a0, value
    clearStatus(3L << 11);
    m.x("a0", va).x("a1", loadImmediate).x("a2", MPRV_AS_USER);
    m.runToBreak("csrs mstatus, a2; sw a1, 0(a0); csrc mstatus, a2");
  }

  private long execute() {
    m.x("t0", CODE);
    m.runToBreak("jalr t0");
    return m.x("a0");
  }

  @Test
  void storesThroughManySpacesAreSeen() {
    m.place(CODE, "li a0, 0; ret");
    for (int space = 1; space <= SPACES; space++) {
      enter(space);
      storeThroughAll();
    }
    assertThat(execute()).isZero();
    for (int space = 1; space <= SPACES; space++) {
      enter(space);
      store(VA + space * 0x7000L, 100 + space);
      assertThat(execute()).isEqualTo(100 + space);
    }
  }

  /** Those of a space that was flushed by a fence while another was in force. */
  @Test
  void aFenceOfAllSpacesIsSeenByThoseNotInForce() {
    for (int space = 1; space <= SPACES; space++) {
      enter(space);
      storeThroughAll();
    }
    tables.map(VA, FRAME, PageTables.ALL);
    m.runToBreak("sfence.vma");
    for (int space = SPACES; space >= 1; space--) {
      enter(space);
      assertThat(access(WRITE, VA, U)).isEqualTo(pageFault(WRITE)); // it is no page of U mode now
      assertThat(access(WRITE, VA + 4096, U)).isEqualTo(FINE);
    }
  }
}
