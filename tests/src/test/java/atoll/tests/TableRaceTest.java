package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Hart;
import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One hart's walks set accessed and dirty bits at both stages while another changes the same
 * entries by atomic instructions: none of the two loses what the other has written (priv 12.3.1).
 */
class TableRaceTest extends Virtualized {
  private static final int ROUNDS = 200_001;
  private static final long SOFTWARE_BIT = 1 << 8;
  private static final long CODE = MachineFixture.RAM + 0x60000;

  private static final String CHANGER =
      """
      1:
        amoand.d zero, t0, (a0)
        amoxor.d zero, t1, (a0)
        amoand.d zero, t0, (a1)
        amoxor.d zero, t1, (a1)
        addi a2, a2, -1
        bnez a2, 1b
        ebreak
      """;

  @Test
  @Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void neitherHartLosesTheOthersChangeOfAnEntry() throws InterruptedException, ExecutionException {
    m.close();
    m = new MachineFixture(engine, 2);
    virtualizeWithPage(3, 3);
    Hart guest = m.hart();
    enterGuest(S, "1: sd a1, 0(a0); sfence.vma a0; addi a2, a2, -1; bnez a2, 1b");
    m.x("a0", VA).x("a2", ROUNDS);

    Hart changer = m.group().harts().get(1);
    m.memory().write(CODE, Assembler.assemble(CHANGER, CODE));
    changer.pc(CODE);
    changer.x(10, first.entry(VA, 0));
    changer.x(11, second.entry(GUEST_PAGE, 0));
    changer.x(12, ROUNDS);
    changer.x(5, ~(PageTables.A | PageTables.D));
    changer.x(6, SOFTWARE_BIT);

    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> one = threads.submit(() -> toItsTrap(guest));
      Future<?> other = threads.submit(() -> toItsTrap(changer));
      one.get();
      other.get();
    }
    assertThat(guest.csr(CsrNumber.MCAUSE)).isEqualTo(Cause.BREAKPOINT);
    assertThat(guest.x(12)).isZero();
    long odd = ROUNDS % 2 * SOFTWARE_BIT;
    assertThat(first.read(VA, 0) & SOFTWARE_BIT).isEqualTo(odd);
    assertThat(second.read(GUEST_PAGE, 0) & SOFTWARE_BIT).isEqualTo(odd);
  }

  private static void toItsTrap(Hart hart) {
    while (hart.pc() != MachineFixture.MACHINE_TRAP) {
      hart.run(10_000);
    }
  }
}
