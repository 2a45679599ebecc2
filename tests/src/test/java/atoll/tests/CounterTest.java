package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.CsrNumber;
import org.junit.jupiter.api.Test;

/** mcycle, minstret and their inhibition (priv 3.1.10 to 3.1.12). */
class CounterTest extends Conformance {
  @Test
  void instretCountsRetiredInstructions() {
    m.runToBreak("csrr a0, minstret; nop; c.nop; j 1f; 1: csrr a1, minstret; csrr a2, instret");
    assertThat(m.x("a1") - m.x("a0")).isEqualTo(4);
    assertThat(m.x("a2") - m.x("a1")).isEqualTo(1);
  }

  @Test
  void instretIsExactAcrossLoopsAndBudgets() {
    m.runToBreak(
        """
        csrr a0, minstret
        li a2, 1000
        1: addi a2, a2, -1
        bnez a2, 1b
        csrr a1, minstret
        """);
    assertThat(m.x("a1") - m.x("a0")).isEqualTo(2 + 2000);
  }

  @Test
  void aWrittenCounterGoesOnFromThereAfterTheWrite() {
    // The write takes effect for the instruction that follows it (priv 3.1.10).
    m.runToBreak("li a0, 1000; csrw minstret, a0; csrr a1, minstret; nop; csrr a2, minstret");
    assertThat(m.x("a1")).isEqualTo(1000);
    assertThat(m.x("a2")).isEqualTo(1002);
  }

  @Test
  void cyclesNeverRunBackwards() {
    m.runToBreak("csrr a0, mcycle; nop; csrr a1, mcycle; csrr a2, cycle");
    assertThat(m.x("a1")).isGreaterThan(m.x("a0"));
    assertThat(m.x("a2")).isGreaterThan(m.x("a1"));
  }

  @Test
  void anInhibitedCounterStandsStill() {
    m.runToBreak(
        """
        csrwi mcountinhibit, 5
        csrr a0, minstret
        csrr a1, mcycle
        nop
        nop
        csrr a2, minstret
        csrr a3, mcycle
        csrwi mcountinhibit, 0
        csrr a4, minstret
        nop
        csrr a5, minstret
        """);
    assertThat(m.x("a2")).isEqualTo(m.x("a0"));
    assertThat(m.x("a3")).isEqualTo(m.x("a1"));
    assertThat(m.x("a4")).isBetween(m.x("a0"), m.x("a0") + 1);
    assertThat(m.x("a5") - m.x("a4")).isEqualTo(2);
  }

  @Test
  void anInhibitedCounterCanBeWritten() {
    m.runToBreak("csrwi mcountinhibit, 4; li a0, 77; csrw minstret, a0; nop; csrr a1, minstret");
    assertThat(m.x("a1")).isEqualTo(77);
  }

  @Test
  void hardwarePerformanceCountersReadZeroAndIgnoreWrites() {
    m.runToBreak("li a0, -1; csrw mhpmcounter3, a0; csrw mhpmevent3, a0; csrr a1, mhpmcounter3");
    assertThat(m.x("a1")).isZero();
    assertThat(m.csr(CsrNumber.MCYCLE + 31)).isZero();
  }

  @Test
  void theSlicesOfARunDoNotShowInTheCount() {
    m.code(
        "csrr a0, minstret; li a2, 20000; 1: addi a2, a2, -1; bnez a2, 1b;"
            + " csrr a1, minstret; ebreak");
    int runs = 0;
    while (m.hart().pc() != atoll.testkit.MachineFixture.MACHINE_TRAP) {
      m.hart().run(37);
      assertThat(++runs).isLessThan(100_000);
    }
    assertThat(m.x("a1") - m.x("a0")).isEqualTo(3 + 40000);
  }
}
