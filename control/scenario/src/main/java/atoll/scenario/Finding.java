package atoll.scenario;

import java.util.Objects;

/**
 * The result of checking a file or setting that a VM is to be made from.
 *
 * @param key what it is about, as a scenario names it within a VM: {@code kernel}, {@code disks[1]}
 * @param message a sentence that begins with the file or the value
 * @param fatal whether the machine cannot be made
 */
public record Finding(String key, String message, boolean fatal) {
  public Finding {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(message, "message");
  }
}
