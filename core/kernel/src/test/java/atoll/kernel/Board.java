package atoll.kernel;

import atoll.cpu.Cpu;
import atoll.cpu.Exit;
import atoll.host.Clock;
import java.util.concurrent.CompletableFuture;

/** A microkernel with one domain for a test: vCPU i in slot 10 + i, its context in slot 20 + i. */
final class Board implements AutoCloseable {
  final Microkernel kernel;
  final SystemCalls calls;
  final CompletableFuture<String> failure = new CompletableFuture<>();

  Board(Cpu... cpus) {
    this(Microkernel.dedicated(Clock.host(), cpus.length), cpus);
  }

  Board(Microkernel kernel, Cpu... cpus) {
    this.kernel = kernel;
    calls = kernel.createDomain("guest", (domain, reason, cause) -> failure.complete(reason));
    for (int i = 0; i < cpus.length; i++) {
      require(calls.createVcpu(10 + i, cpus[i]));
      int pcpu = i % kernel.pcpus().size();
      require(calls.createContext(20 + i, 10 + i, pcpu, SchedulingContext.Reservation.UNLIMITED));
    }
  }

  /** Serves exits for {@code reason}. */
  Board serving(int reason, Portal.Handler handler) {
    require(calls.createPortal(30 + reason, Exit.name(reason), handler));
    require(calls.bindPortal(reason, 30 + reason));
    return this;
  }

  Vcpu vcpu(int index) {
    return calls.vcpu(10 + index).orElseThrow();
  }

  Board start(int index) {
    require(calls.start(10 + index, () -> {}));
    return this;
  }

  static void require(Status status) {
    if (status != Status.OK) {
      throw new AssertionError(status);
    }
  }

  /** The value of a future that must complete. */
  static <T> T soon(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    try {
      require(calls.close());
      kernel.close();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
