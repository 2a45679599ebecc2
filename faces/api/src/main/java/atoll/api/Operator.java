package atoll.api;

import atoll.host.Effects;
import atoll.host.EntropySource;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.RefusedException;
import atoll.kernel.KernelException;
import atoll.manager.EventListener;
import atoll.manager.Manager;
import atoll.manager.ProgramDevices;
import atoll.manager.VmAction;
import atoll.scenario.ScenarioException;
import atoll.vmm.VmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Has actions performed for a program, and says what cannot be done in the library's own
 * exceptions. Thread-safe.
 */
final class Operator {
  private final Manager manager;
  private final Tasks tasks;
  private final EntropySource entropy;

  Operator(Manager manager, Effects effects) {
    this.manager = manager;
    tasks = effects.tasks();
    entropy = effects.entropy();
  }

  /** A word that nobody has used by chance. */
  String nonce() {
    byte[] bytes = new byte[4];
    entropy.fill(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** The program's functions that devices are made and watched by. */
  ProgramDevices functions() {
    return manager.functions();
  }

  /** Performs an action that uses no file of the host's. */
  <R> R perform(VmAction<R> action) {
    return translated(() -> manager.perform(action));
  }

  /** The same with a task of its own. */
  void start(String name, Runnable task) {
    tasks.start("atoll " + name, task);
  }

  /**
   * Performs an action that uses files. It has a thread of its own: a file channel that an
   * interrupted thread uses is closed for all. An interrupted thread does not begin.
   */
  <R> R performApart(VmAction<R> action) {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedWaitException("interrupted before it was begun", null);
    }
    return join(begin(action, EventListener.nobody()));
  }

  /** Begins to perform such an action. */
  <R> CompletableFuture<R> begin(VmAction<R> action, EventListener listener) {
    CompletableFuture<R> result = new CompletableFuture<>();
    start("action", () -> complete(result, () -> manager.perform(action, listener)));
    return result;
  }

  private static <R> void complete(CompletableFuture<R> result, Supplier<R> work) {
    try {
      result.complete(work.get());
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  /** The result, once it is there. */
  static <R> R join(CompletableFuture<R> result) {
    return translated(() -> {
      try {
        return result.get();
      } catch (InterruptedException e) {
        throw interrupted("interrupted before it was done", e);
      } catch (ExecutionException e) {
        throw thrown(e.getCause());
      }
    });
  }

  private static RuntimeException thrown(Throwable problem) {
    if (problem instanceof Error error) {
      throw error;
    }
    return (RuntimeException) problem;
  }

  static InterruptedWaitException interrupted(String message, Throwable cause) {
    Thread.currentThread().interrupt();
    return new InterruptedWaitException(message, cause);
  }

  /** Does something, and says what is wrong with it in one of the library's exceptions. */
  static <R> R translated(Supplier<R> work) {
    try {
      return work.get();
    } catch (RefusedException e) {
      throw e.getCause() instanceof InterruptedException
          ? new InterruptedWaitException(e.getMessage(), e)
          : new AtollException(e.getMessage(), e);
    } catch (VmException | HostException | KernelException | ScenarioException e) {
      throw new AtollException(e.getMessage(), e);
    }
  }
}
