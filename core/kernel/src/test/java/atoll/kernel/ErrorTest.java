package atoll.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Exit;
import atoll.host.Clock;
import atoll.kernel.SchedulingContext.Reservation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What catches an error survives a second one: a pCPU's other vCPUs go on. */
class ErrorTest {
  private static final int TIMES = 100;

  /** Two domains on one pCPU. */
  private static Microkernel shared() {
    return new Microkernel(
        Clock.host(), 1, () -> new RoundRobinPolicy(1_000_000), new MachineMemory(Long.MAX_VALUE));
  }

  private static OutOfMemoryError noMemory() {
    return new OutOfMemoryError("injected");
  }

  /** A guest that calls for ever, and says when it has called often enough. */
  private static SystemCalls victim(Microkernel kernel, CompletableFuture<Void> lives) {
    FakeCpu cpu = new FakeCpu();
    for (int i = 0; i < TIMES; i++) {
      cpu.exits(Exit.HYPERCALL);
    }
    var calls = new AtomicInteger();
    SystemCalls victim = kernel.createDomain("victim", (domain, reason, cause) -> {});
    Board.require(victim.createVcpu(1, cpu));
    Board.require(victim.createContext(2, 1, 0, Reservation.UNLIMITED));
    Board.require(
        victim.createPortal(
            3,
            "calls",
            (vcpu, exit) -> {
              if (calls.incrementAndGet() == TIMES) {
                lives.complete(null);
              }
            }));
    Board.require(victim.bindPortal(Exit.HYPERCALL, 3));
    return victim;
  }

  /** A guest whose first call throws. */
  private static SystemCalls throwing(
      Microkernel kernel, DomainListener listener, Supplier<Error> error) {
    SystemCalls bad = kernel.createDomain("bad", listener);
    Board.require(bad.createVcpu(1, new FakeCpu().exits(Exit.HYPERCALL)));
    Board.require(bad.createContext(2, 1, 0, Reservation.UNLIMITED));
    Board.require(
        bad.createPortal(
            3,
            "throws",
            (vcpu, exit) -> {
              throw error.get();
            }));
    Board.require(bad.bindPortal(Exit.HYPERCALL, 3));
    return bad;
  }

  @Test
  void anErrorOfTheOneWhoHearsOfAnErrorDoesNotStopThePcpu() throws Exception {
    var lives = new CompletableFuture<Void>();
    var told = new CompletableFuture<String>();
    var tries = new AtomicInteger();
    DomainListener listener =
        (domain, reason, cause) -> {
          if (tries.incrementAndGet() < 4) {
            throw noMemory();
          }
          told.complete(reason);
        };
    try (Microkernel kernel = shared()) {
      SystemCalls bad = throwing(kernel, listener, ErrorTest::noMemory);
      SystemCalls victim = victim(kernel, lives);
      Board.require(bad.start(1, () -> {}));
      assertThat(Board.soon(told)).contains("bad/cpu0", "OutOfMemoryError", "injected");
      assertThat(tries.get()).isEqualTo(4);
      assertThat(bad.domain().state()).isEqualTo(ProtectionDomain.State.FAILED);
      Board.require(victim.start(1, () -> {}));
      Board.soon(lives);
      Board.require(bad.close());
      Board.require(victim.close());
    }
  }

  /** Its message cannot even be made. */
  @Test
  void anErrorThatCannotBeDescribedStopsItsDomainOnly() throws Exception {
    var lives = new CompletableFuture<Void>();
    try (Microkernel kernel = shared()) {
      SystemCalls bad = throwing(kernel, (domain, reason, cause) -> {}, Undescribed::new);
      SystemCalls victim = victim(kernel, lives);
      Board.require(bad.start(1, () -> {}));
      Board.require(victim.start(1, () -> {}));
      Board.soon(lives);
      Board.require(bad.awaitIdle());
      assertThat(bad.domain().state()).isEqualTo(ProtectionDomain.State.FAILED);
      assertThat(victim.domain().state()).isEqualTo(ProtectionDomain.State.ACTIVE);
      Board.require(bad.close());
      Board.require(victim.close());
    }
  }

  private static final class Undescribed extends Error {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw noMemory();
    }
  }

  @Test
  void anErrorOfAListenerOfDispatchesDoesNotStopThePcpu() throws Exception {
    var lives = new CompletableFuture<Void>();
    try (Microkernel kernel = shared()) {
      SystemCalls victim = victim(kernel, lives);
      kernel
          .pcpus()
          .getFirst()
          .listener((pcpu, context, start, left, end) -> {
            throw noMemory();
          });
      Board.require(victim.start(1, () -> {}));
      Board.soon(lives);
      Board.require(victim.awaitIdle());
      assertThat(victim.domain().state()).isEqualTo(ProtectionDomain.State.ACTIVE);
      Board.require(victim.close());
    }
  }
}
