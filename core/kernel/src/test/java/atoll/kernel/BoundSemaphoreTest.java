package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BoundSemaphoreTest {
  private static final int BELL = 5;

  private final Microkernel kernel = Microkernel.dedicated(Clock.host(), 1);
  private final List<String> failed = new ArrayList<>();
  private final SystemCalls owner = domain("owner");
  private final SystemCalls caller = domain("caller");
  private final AtomicInteger rings = new AtomicInteger();

  private SystemCalls domain(String name) {
    return kernel.createDomain(name, (domain, reason, cause) -> failed.add(reason));
  }

  private void bell() {
    Semaphore bell = kernel.createSemaphore("bell");
    Board.require(kernel.grant(bell, owner, BELL, Permission.BIND | Permission.WAIT));
    Board.require(kernel.grant(bell, caller, BELL, Permission.SIGNAL));
  }

  @AfterEach
  void close() throws Exception {
    Board.require(owner.close());
    Board.require(caller.close());
    kernel.close();
  }

  @Test
  void ringRunsTheHandlerOnTheCallersThread() {
    bell();
    var thread = new ArrayList<Thread>();
    Board.require(owner.bindSemaphore(BELL, () -> thread.add(Thread.currentThread())));
    Board.require(caller.up(BELL));
    assertThat(thread).containsExactly(Thread.currentThread());
  }

  @Test
  void ringsBeforeTheBindingAreDeliveredOnce() throws Exception {
    bell();
    Board.require(caller.up(BELL));
    Board.require(caller.up(BELL));
    Board.require(owner.bindSemaphore(BELL, rings::incrementAndGet));
    assertThat(rings).hasValue(1);
    assertThat(owner.down(BELL, 0)).isEqualTo(Status.TIMEOUT);
  }

  @Test
  void unboundSemaphoreCountsAgain() throws Exception {
    bell();
    Board.require(owner.bindSemaphore(BELL, rings::incrementAndGet));
    Board.require(owner.unbindSemaphore(BELL));
    assertThat(owner.unbindSemaphore(BELL)).isEqualTo(Status.BAD_STATE);
    Board.require(caller.up(BELL));
    assertThat(rings).hasValue(0);
    Board.require(owner.down(BELL, 0));
  }

  @Test
  void whatTheHandlerThrowsFailsItsOwnersDomainAndNotTheCallers() {
    bell();
    Board.require(
        owner.bindSemaphore(
            BELL,
            () -> {
              throw new AssertionError("broken device");
            }));
    Board.require(caller.up(BELL));
    assertThat(owner.domain().state()).isEqualTo(ProtectionDomain.State.FAILED);
    assertThat(caller.domain().state()).isEqualTo(ProtectionDomain.State.ACTIVE);
    assertThat(failed).hasSize(1);
    assertThat(failed.getFirst()).contains("owner", "bell", "broken device");
    Board.require(caller.up(BELL));
    assertThat(failed).hasSize(1);
  }

  @Test
  void bellOfAnEndedDomainPassesToTheNext() throws Exception {
    bell();
    Board.require(owner.bindSemaphore(BELL, () -> failed.add("rung after the end")));
    SystemCalls next = domain("next");
    Semaphore bell = (Semaphore) owner.domain().capabilities().at(BELL).object();
    Board.require(kernel.grant(bell, next, BELL, Permission.BIND));
    assertThat(next.bindSemaphore(BELL, rings::incrementAndGet)).isEqualTo(Status.BAD_STATE);
    Board.require(owner.close());
    Board.require(caller.up(BELL));
    assertThat(failed).isEmpty();
    Board.require(next.bindSemaphore(BELL, rings::incrementAndGet));
    assertThat(rings).hasValue(1);
    Board.require(next.close());
  }

  @Test
  void permissionsSayWhoRingsAndWhoBinds() {
    bell();
    assertThat(owner.up(BELL)).isEqualTo(Status.NO_PERMISSION);
    assertThat(caller.bindSemaphore(BELL, rings::incrementAndGet)).isEqualTo(Status.NO_PERMISSION);
    assertThat(caller.unbindSemaphore(BELL)).isEqualTo(Status.NO_PERMISSION);
    assertThat(caller.bindSemaphore(BELL + 1, rings::incrementAndGet))
        .isEqualTo(Status.BAD_CAPABILITY);
  }

  @Test
  void handlerMayRingAnother() {
    bell();
    Board.require(caller.createSemaphore(9, "answer", 0));
    Board.require(caller.delegate(9, owner, 9, Permission.SIGNAL));
    Board.require(caller.bindSemaphore(9, rings::incrementAndGet));
    Board.require(owner.bindSemaphore(BELL, () -> Board.require(owner.up(9))));
    Board.require(caller.up(BELL));
    assertThat(rings).hasValue(1);
  }
}
