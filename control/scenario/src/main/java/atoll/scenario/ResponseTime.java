package atoll.scenario;

import atoll.scenario.Schedule.Budget;
import java.time.Duration;
import java.util.List;

/**
 * When a budget has been given at the latest, by response-time analysis of fixed priorities. A
 * budget that is not used at once is kept until its period ends, so one that ranks before can
 * strike at the end of a period and again at the beginning of the next: it interferes as a
 * deferrable server does (Strosnider, Lehoczky and Sha, IEEE Transactions on Computers 44(1),
 * 1995).
 */
final class ResponseTime {
  private ResponseTime() {}

  /**
   * Since the beginning of a period in which it wants to run all the time: the least r with r = own
   * + sum of ceil((r + period - budget) / period) * budget over those that rank before it.
   *
   * @param before the budgets that rank no lower
   * @return beyond the own period if the budget cannot be kept; then the first such time that is
   *     found, which is not the last
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
    long sum = 0;
    for (Budget budget : before) {
      long period = budget.period().toNanos();
      long each = budget.time().toNanos();
      sum += Math.ceilDiv(time + period - each, period) * each;
    }
    return sum;
  }
}
