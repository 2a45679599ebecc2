package atoll.front;

import atoll.console.OutputPatterns;
import atoll.console.OutputPatterns.Verdict;
import atoll.console.OutputWatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * What guests must print, and must not print ({@code --expect}, {@code --fail}), and the result.
 */
final class Expectations {
  private final Map<String, OutputPatterns> machines = new LinkedHashMap<>();
  private final boolean several;
  private final Runnable decided;
  private final AtomicReference<Ending> decision = new AtomicReference<>();

  /**
   * @param several whether messages tell machines apart
   * @param decided called once, from any thread, when the run need not go on
   */
  Expectations(
      List<VmPattern> expected, List<VmPattern> forbidden, boolean several, Runnable decided) {
    this.several = several;
    this.decided = decided;
    List<VmPattern> all = new ArrayList<>(expected);
    all.addAll(forbidden);
    for (VmPattern pattern : all) {
      Predicate<VmPattern> same = other -> other.vm().equals(pattern.vm());
      machines.computeIfAbsent(
          pattern.vm(),
          vm ->
              new OutputPatterns(
                  expected.stream().filter(same).map(VmPattern::pattern).toList(),
                  forbidden.stream().filter(same).map(VmPattern::pattern).toList(),
                  this::look));
    }
  }

  /** The watcher of a VM's output. */
  OutputWatch watch(String vm) {
    OutputPatterns patterns = machines.get(vm);
    return patterns == null ? OutputWatch.NONE : patterns;
  }

  /** One of the machines has decided. */
  private void look() {
    Optional<Ending> bad =
        machines.entrySet().stream()
            .flatMap(machine -> forbidden(machine.getKey(), machine.getValue()).stream())
            .findFirst();
    boolean all = machines.values().stream().allMatch(machine -> machine.missing().isEmpty());
    Optional<Ending> now = all ? bad.or(() -> Optional.of(Ending.EXPECTED)) : bad;
    if (now.isPresent() && decision.compareAndSet(null, now.get())) {
      decided.run();
    }
  }

  private Optional<Ending> forbidden(String vm, OutputPatterns patterns) {
    return patterns.verdict() instanceof Verdict.Forbidden(String pattern, String line)
        ? Optional.of(
            new Ending(
                "forbidden",
                ExitCode.UNEXPECTED,
                "%s printed what --fail '%s' looks for: %s"
                    .formatted(several ? vm : "the guest", pattern, line.strip())))
        : Optional.empty();
  }

  /** The run has ended like that, and all output has been seen: how it ended in all. */
  Ending ending(Ending natural) {
    if (decision.get() != null) {
      return decision.get();
    }
    return missing().map(text -> unmet(natural, text)).orElse(natural);
  }

  private Optional<String> missing() {
    return machines.entrySet().stream()
        .filter(machine -> machine.getValue().missing().isPresent())
        .findFirst()
        .map(machine ->
            "the run ended before %s printed what --expect '%s' looks for"
                .formatted(
                    several ? machine.getKey() : "the guest", machine.getValue().missing().get()));
  }

  private static Ending unmet(Ending natural, String text) {
    if (natural.code() == ExitCode.SUCCESS) {
      return new Ending("unmet", ExitCode.UNEXPECTED, text);
    }
    String message = natural.message().isEmpty() ? text : natural.message() + "\natoll: " + text;
    return new Ending(natural.name(), natural.code(), message);
  }

  /** The expressions that could not be searched for everywhere, a sentence each. */
  List<String> remarks() {
    return machines.values().stream()
        .flatMap(machine -> machine.skipped().stream())
        .distinct()
        .map("some lines were skipped, because searching them for '%s' took too long"::formatted)
        .toList();
  }
}
