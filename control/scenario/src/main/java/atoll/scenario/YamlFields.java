package atoll.scenario;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A YAML mapping with fixed keys.
 *
 * @param meant keys that unknown ones, reported already, probably stand for
 */
record YamlFields(YamlValue owner, Map<String, YamlValue> values, Set<String> meant) {
  /** The value of a key, if it is there. */
  Optional<YamlValue> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** The value of a key; that it is missing is reported. */
  Optional<YamlValue> require(String key, String example) {
    if (!values.containsKey(key) && !meant.contains(key)) {
      owner.reject(
          "the key %s is missing, expected for example %s: %s".formatted(key, key, example));
    }
    return get(key);
  }

  /** The value that a key's node is read as, or the default if the key is missing. */
  <T> T get(String key, Function<YamlValue, Optional<T>> kind, T otherwise) {
    return get(key).flatMap(kind).orElse(otherwise);
  }

  /** Reports a key that makes no sense beside others. */
  void refuse(String key, String message) {
    get(key).ifPresent(value -> value.reject(message));
  }
}
