package atoll.front;

import atoll.manager.SystemStatistics;
import atoll.manager.VmSnapshot;
import java.time.Duration;

/** A system's statistics for a person. */
final class SystemText {
  private SystemText() {}

  /**
   * Several lines: memory, then each machine.
   *
   * @param elapsed since the system was started
   */
  static String of(SystemStatistics system, Duration elapsed) {
    StringBuilder text = new StringBuilder();
    text.append(
        "machine memory: at most %d of %d MiB in use, %d allocations%n"
            .formatted(
                system.memory().peak() >> 20,
                system.memory().size() >> 20,
                system.memory().allocations()));
    system.vms().forEach(vm -> text.append('\n').append(of(vm, elapsed)));
    return text.toString();
  }

  /** Several lines about one machine. */
  static String of(VmSnapshot vm, Duration elapsed) {
    String last = vm.last().map(Ending::inWords).map(end -> "; it " + end).orElse("");
    return "== %s: %d restarts%s%n%s"
        .formatted(vm.name(), vm.restarts(), last, StatisticsText.of(vm.statistics(), elapsed));
  }
}
