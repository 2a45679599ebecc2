package atoll.manager;

import atoll.manager.Schedule.Budget;
import java.time.Duration;
import java.util.List;

/**
 * When a budget has been given at the latest, by response-time analysis of fixed priorities (Joseph
 * and Pandya, "Finding response times in a real-time system", 1986): the least r with r = own + sum
 * of ceil(r / period) * budget over those that rank before it.
 */
final class ResponseTime {
  private ResponseTime() {}

  /**
   * Since the beginning of a period in which all begin together, the worst case.
   *
   * @param before the budgets that rank no lower
   * @return beyond the own period if the budget cannot be kept; then no more than the first such
   *     time that is found
   */
  static Duration of(Budget own, List<Budget> before) {
    long period = own.period().toNanos();
    long time = own.time().toNanos();
    while (true) {
      long longer = own.time().toNanos() + interference(time, before);
      if (longer == time || longer > period) {
        return Duration.ofNanos(longer);
      }
      time = longer;
    }
  }

  private static long interference(long time, List<Budget> before) {
    return before.stream()
        .mapToLong(
            budget -> Math.ceilDiv(time, budget.period().toNanos()) * budget.time().toNanos())
        .sum();
  }
}
