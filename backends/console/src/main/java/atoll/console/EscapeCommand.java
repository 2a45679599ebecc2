package atoll.console;

import java.util.Objects;

/**
 * The action of a key after {@code Ctrl-a}.
 *
 * @param key the key, a printable ASCII character; upper and lower case are the same command
 * @param help a few words in the third person: {@code quits}
 * @param action what is done
 */
public record EscapeCommand(char key, String help, Action action) {
  /** What a key does. */
  public sealed interface Action {
    /** Runs on the thread that reads the terminal, so it does not block. */
    record Run(Runnable body) implements Action {}

    /** Shows a page in place of the guest's console until a key is typed. */
    record Show(LivePage page) implements Action {}

    /** Asks for commands in place of the guest's console. */
    record Ask(CommandPrompt prompt) implements Action {}
  }

  public EscapeCommand {
    if (key <= ' ' || key >= 0x7f || Character.isUpperCase(key)) {
      throw new IllegalArgumentException(
          "an escape key is a printable, lower-case ASCII character: " + (int) key);
    }
    Objects.requireNonNull(help, "help");
    Objects.requireNonNull(action, "action");
  }

  /** A key that runs something short. */
  public EscapeCommand(char key, String help, Runnable body) {
    this(key, help, new Action.Run(body));
  }
}
