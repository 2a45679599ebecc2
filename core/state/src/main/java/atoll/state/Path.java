package atoll.state;

import java.util.ArrayDeque;
import java.util.Deque;

/** Where in a tree of values a reader is, for messages. */
final class Path {
  private final Deque<String> steps = new ArrayDeque<>();

  void enter(String field) {
    steps.addLast(steps.isEmpty() ? field : "." + field);
  }

  void enter(int item) {
    steps.addLast("[" + item + "]");
  }

  void leave() {
    steps.removeLast();
  }

  /**
   * What is wrong here.
   *
   * @param offset of the byte, or {@link Value#MADE}
   */
  StateException failure(int offset, String expected, String found) {
    return refusal(offset, "expected %s, found %s".formatted(expected, found), null);
  }

  /** A refusal in other words. */
  StateException refusal(int offset, String what, Throwable cause) {
    String place = offset == Value.MADE ? "" : "byte " + offset + ", ";
    String field = steps.isEmpty() ? "the whole" : String.join("", steps);
    return new StateException("the saved state, %s%s: %s".formatted(place, field, what), cause);
  }
}
