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
      Optional<Optional<Advance>> how = how(what, interrupts);
      if (how.isEmpty()) {
        return Optional.empty();
      }
      actions.add(new Action(how.get(), threads));
    }
    return Optional.of(new ResumeRequest(List.copyOf(actions)));
  }

  /** Signals are nothing that a hart could take. */
  private static Optional<Optional<Advance>> how(String what, boolean interrupts) {
    return switch (what.charAt(0)) {
      case 'c', 'C' -> Optional.of(Optional.of(new Advance.Freely()));
      case 's', 'S' -> Optional.of(Optional.of(new Advance.Step(0, 0, interrupts)));
      case 't' -> Optional.of(Optional.empty());
      case 'r' -> range(what.substring(1), interrupts).map(Optional::of);
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
