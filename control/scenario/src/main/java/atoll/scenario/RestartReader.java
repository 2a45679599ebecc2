package atoll.scenario;

import atoll.scenario.RestartPolicy.From;
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
    YamlFields fields = value.fields("policy", "max", "backoff", "from").orElseThrow();
    From from = fields.get("from", word -> word.constant(From.class), From.IMAGES);
    boolean back = from == From.SNAPSHOT;
    Optional<When> when =
        back && fields.get("policy").isEmpty()
            ? Optional.of(When.ON_FAILURE)
            : fields.require("policy", "on-failure").flatMap(word -> word.constant(When.class));
    int max = fields.get("max", v -> v.number(1, RestartPolicy.MOST), RestartPolicy.DEFAULT_MAX);
    Duration backoff =
        fields.get(
            "backoff", YamlValue::timeOrZero, back ? Duration.ZERO : RestartPolicy.DEFAULT_BACKOFF);
    return when.map(condition -> new RestartPolicy(condition, max, backoff, from));
  }
}
