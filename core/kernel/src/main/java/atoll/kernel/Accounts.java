package atoll.kernel;

import atoll.state.Unsaved;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A policy's data about each context of its pCPU; drops those that have gone. */
@Unsaved("whose turn it is begins anew")
final class Accounts<A> {
  private final Function<SchedulingContext, A> open;
  private final Map<SchedulingContext, A> accounts = new HashMap<>();
  private List<SchedulingContext> present = List.of();

  /**
   * No accounts yet.
   *
   * @param open makes the account of a context that is seen for the first time
   */
  Accounts(Function<SchedulingContext, A> open) {
    this.open = open;
  }

  /** Takes over the contexts that are there now; cheap if none has come or gone. */
  void update(List<SchedulingContext> contexts) {
    if (!contexts.equals(present)) {
      accounts.keySet().removeIf(context -> !contexts.contains(context));
      contexts.forEach(context -> accounts.computeIfAbsent(context, open));
      present = contexts;
    }
  }

  /** The account of a context that was there at the last {@link #update}; null if it was not. */
  A of(SchedulingContext context) {
    return accounts.get(context);
  }
}
