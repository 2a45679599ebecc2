package atoll.scenario;

import java.time.Duration;
import java.util.Optional;

/** Reads a {@code schedule}. */
final class ScheduleReader {
  private ScheduleReader() {}

  /**
   * @param service whether it is that of a service, which ranks first unless it says otherwise
   */
  static Optional<Schedule> read(YamlValue value, boolean service) {
    return value
        .fields("priority", "weight", "budget", "period")
        .map(fields -> {
          Schedule usual = Schedule.ofRank(service);
          return new Schedule(
              fields.get("priority", v -> v.number(0, Schedule.MAX_PRIORITY), usual.priority()),
              fields.get("weight", v -> v.number(1, Schedule.MAX_WEIGHT), usual.weight()),
              budget(fields));
        });
  }

  private static Optional<Schedule.Budget> budget(YamlFields fields) {
    if (fields.get("budget").isEmpty() && fields.get("period").isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> budget = fields.require("budget", "5ms").flatMap(YamlValue::time);
    Optional<Duration> period = fields.require("period", "20ms").flatMap(YamlValue::time);
    if (budget.isEmpty() || period.isEmpty()) {
      return Optional.empty();
    }
    if (budget.get().compareTo(period.get()) > 0) {
      fields.refuse(
          "budget",
          "%s is more than the period of %s, expected at most that"
              .formatted(TimeAmount.format(budget.get()), TimeAmount.format(period.get())));
      return Optional.empty();
    }
    return Optional.of(new Schedule.Budget(budget.get(), period.get()));
  }
}
