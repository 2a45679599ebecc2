package atoll.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A key of a terminal.
 *
 * @param name such as {@code enter} or {@code ctrl-c}
 * @param bytes what a terminal sends for it, as text
 */
public record ConsoleKey(String name, String bytes) {
  private static final String CTRL = "ctrl-";

  /** Keys whose names are words, as a terminal of the kind VT100 sends them. */
  private static final List<ConsoleKey> NAMED =
      List.of(
          new ConsoleKey("enter", "\r"),
          new ConsoleKey("tab", "\t"),
          new ConsoleKey("escape", "\u001b"),
          new ConsoleKey("backspace", "\u007f"),
          new ConsoleKey("space", " "),
          new ConsoleKey("up", "\u001b[A"),
          new ConsoleKey("down", "\u001b[B"),
          new ConsoleKey("right", "\u001b[C"),
          new ConsoleKey("left", "\u001b[D"),
          new ConsoleKey("home", "\u001b[H"),
          new ConsoleKey("end", "\u001b[F"),
          new ConsoleKey("delete", "\u001b[3~"),
          new ConsoleKey("page-up", "\u001b[5~"),
          new ConsoleKey("page-down", "\u001b[6~"));

  /** The key of that name. */
  static Optional<ConsoleKey> of(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.matches(CTRL + "[a-z]")) {
      char control = (char) (lower.charAt(CTRL.length()) - 'a' + 1);
      return Optional.of(new ConsoleKey(lower, String.valueOf(control)));
    }
    return NAMED.stream().filter(key -> key.name.equals(lower)).findFirst();
  }

  /** All names, for messages. */
  static List<String> names() {
    List<String> names = new ArrayList<>(NAMED.stream().map(ConsoleKey::name).toList());
    names.add(CTRL + "c");
    return names;
  }
}
