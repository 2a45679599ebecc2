package atoll.debug;

import atoll.engine.Advance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a {@code vCont} packet wants: actions, of which the first that names a thread counts for it
 * (GDB manual, "Packets").
 */
record ResumeRequest(List<Action> actions) {
  /** More than a debugger with as many harts as there can be sends. */
  private static final int MOST = 256;

  /**
   * One of them.
   *
   * @param how empty if the threads stay where they are
   */
  private record Action(Optional<Advance> how, Optional<ThreadId> threads) {}

  /**
   * Reads what is behind {@code vCont;}.
   *
   * @param interrupts whether steps take interrupts
   */
  static Optional<ResumeRequest> parse(String text, boolean interrupts) {
    List<Action> actions = new ArrayList<>();
    for (String part : text.split(";", MOST)) {
      int colon = part.indexOf(':');
      String what = colon < 0 ? part : part.substring(0, colon);
      Optional<ThreadId> threads =
          colon < 0 ? Optional.empty() : ThreadId.parse(part.substring(colon + 1));
      if (colon >= 0 && threads.isEmpty() || what.isEmpty()) {
        return Optional.empty();
      }
      Optional<Action> action = action(what, threads, interrupts);
      if (action.isEmpty()) {
        return Optional.empty();
      }
      actions.add(action.get());
    }
    return Optional.of(new ResumeRequest(List.copyOf(actions)));
  }

  /** Signals are nothing that a hart could take. */
  private static Optional<Action> action(
      String what, Optional<ThreadId> threads, boolean interrupts) {
    return switch (what.charAt(0)) {
      case 'c', 'C' -> Optional.of(new Action(Optional.of(new Advance.Freely()), threads));
      case 's', 'S' ->
          Optional.of(new Action(Optional.of(new Advance.Step(0, 0, interrupts)), threads));
      case 't' -> Optional.of(new Action(Optional.empty(), threads));
      case 'r' ->
          range(what.substring(1), interrupts).map(how -> new Action(Optional.of(how), threads));
      default -> Optional.empty();
    };
  }

  private static Optional<Advance> range(String text, boolean interrupts) {
    int comma = text.indexOf(',');
    if (comma < 0) {
      return Optional.empty();
    }
    Optional<Long> until = Hex.number(text.substring(comma + 1));
    return Hex.number(text.substring(0, comma))
        .flatMap(from -> until.map(end -> new Advance.Step(from, end, interrupts)));
  }

  /** How the harts of a process go on; those that are not in it stay where they are. */
  Map<Integer, Advance> of(int process, int harts) {
    Map<Integer, Advance> going = new TreeMap<>();
    for (int hart = 0; hart < harts; hart++) {
      int number = hart;
      actions.stream()
          .filter(action -> action.threads.map(id -> id.covers(process, number)).orElse(true))
          .findFirst()
          .flatMap(Action::how)
          .ifPresent(how -> going.put(number, how));
    }
    return going;
  }
}
