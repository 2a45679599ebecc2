package atoll.manager;

import atoll.image.RefusedException;
import java.util.function.Supplier;

/**
 * Performs the actions of one kind. A manager has a desk for each.
 *
 * @param <A> the kind
 */
interface Desk<A extends VmAction<?>> {
  /**
   * Performs an action.
   *
   * @param listener told what comes of it
   * @return what the action's type argument says
   * @throws RefusedException if it cannot be done
   */
  Object perform(A action, EventListener listener);

  /** Does what nothing comes of. */
  static Void done(Runnable work) {
    work.run();
    return null;
  }

  /**
   * Work that may wait.
   *
   * @param <T> what comes of it
   */
  @FunctionalInterface
  interface Waiting<T> {
    T run() throws InterruptedException;
  }

  /**
   * Does work that may wait.
   *
   * @param interrupted what is said if the thread is interrupted meanwhile
   * @throws RefusedException if so
   */
  static <T> T waiting(Waiting<T> work, Supplier<String> interrupted) {
    try {
      return work.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(interrupted.get(), e);
    }
  }
}
