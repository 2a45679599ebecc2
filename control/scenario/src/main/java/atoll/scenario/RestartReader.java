package atoll.scenario;

import atoll.scenario.RestartPolicy.When;
import java.time.Duration;
import java.util.Optional;

/** Reads a {@code restart}: a word, or a word with numbers. */
final class RestartReader {
  private RestartReader() {}

  static Optional<RestartPolicy> read(YamlValue value) {
    if (!value.isMapping()) {
      return value.constant(When.class).map(RestartPolicy::of);
    }
    YamlFields fields = value.fields("policy", "max", "backoff").orElseThrow();
    Optional<When> when =
        fields.require("policy", "on-failure").flatMap(word -> word.constant(When.class));
    int max = fields.get("max", v -> v.number(1, RestartPolicy.MOST), RestartPolicy.DEFAULT_MAX);
    Duration backoff = fields.get("backoff", YamlValue::timeOrZero, RestartPolicy.DEFAULT_BACKOFF);
    return when.map(condition -> new RestartPolicy(condition, max, backoff));
  }
}
