package atoll.backend;

import java.util.Objects;

/**
 * What a key does after {@code Ctrl-a}.
 *
 * @param key the key, a printable ASCII character; upper and lower case are the same command
 * @param help a few words in the third person: {@code quits}
 * @param action called on the thread that reads the terminal, so it does not block
 */
public record EscapeCommand(char key, String help, Runnable action) {
  public EscapeCommand {
    if (key <= ' ' || key >= 0x7f || Character.isUpperCase(key)) {
      throw new IllegalArgumentException(
          "an escape key is a printable, lower-case ASCII character: " + (int) key);
    }
    Objects.requireNonNull(help, "help");
    Objects.requireNonNull(action, "action");
  }
}
