package atoll.kernel;

import atoll.state.Unsaved;
import java.util.List;
import java.util.function.Predicate;

/** Whose turn it is among contexts that take turns in the order in which they came. */
@Unsaved("whose turn it is begins anew")
final class Rotation {
  private SchedulingContext last;

  /** The first eligible one behind the last one that had its turn; null if there is none. */
  SchedulingContext next(List<SchedulingContext> contexts, Predicate<SchedulingContext> eligible) {
    int first = last == null ? 0 : contexts.indexOf(last) + 1;
    for (int i = 0; i < contexts.size(); i++) {
      SchedulingContext next = contexts.get((first + i) % contexts.size());
      if (eligible.test(next)) {
        last = next;
        return next;
      }
    }
    if (first == 0) {
      last = null; // It has gone, and nothing is to keep it.
    }
    return null;
  }
}
