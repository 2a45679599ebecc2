package atoll.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The state machine that takes {@code Ctrl-a} commands out of typed bytes; every other byte passes
 * untouched. One thread uses it, the one that reads the terminal.
 */
final class EscapeKey {
  /** {@code Ctrl-a}, as in QEMU and GNU screen. */
  static final byte PREFIX = 1;

  private final List<EscapeCommand> commands;
  private final Consumer<String> notes;
  private boolean escaped;

  /**
   * @param commands what keys do besides {@code h} and {@code a}
   * @param notes shows a line to the person at the terminal
   */
  EscapeKey(List<EscapeCommand> commands, Consumer<String> notes) {
    this.commands = List.copyOf(commands);
    this.notes = notes;
  }

  /**
   * Takes the commands out of {@code bytes}, in place.
   *
   * @return how many bytes are left for the guest, from index 0
   */
  int filter(byte[] bytes, int length) {
    int kept = 0;
    for (int i = 0; i < length; i++) {
      byte b = bytes[i];
      if (escaped) {
        escaped = false;
        if (b == PREFIX || b == 'a' || b == 'A') {
          bytes[kept++] = PREFIX;
        } else {
          command((char) (b & 0xff));
        }
      } else if (b == PREFIX) {
        escaped = true;
      } else {
        bytes[kept++] = b;
      }
    }
    return kept;
  }

  private void command(char typed) {
    char key = typed >= 'A' && typed <= 'Z' ? (char) (typed + 32) : typed;
    if (key == 'h' || key == '?') {
      help().forEach(notes);
      return;
    }
    for (EscapeCommand command : commands) {
      if (command.key() == key) {
        command.action().run();
        return;
      }
    }
    String name = key > ' ' && key < 0x7f ? "Ctrl-a " + key : "That key after Ctrl-a";
    notes.accept(name + " is no command; Ctrl-a h lists them.");
  }

  private List<String> help() {
    List<String> lines = new ArrayList<>();
    commands.forEach(command -> lines.add("Ctrl-a " + command.key() + "  " + command.help()));
    lines.add("Ctrl-a h  shows this help");
    lines.add("Ctrl-a a  sends Ctrl-a itself to the guest");
    return lines;
  }

  /** One line that says how to leave and how to get help. */
  String greeting() {
    StringBuilder line = new StringBuilder();
    for (EscapeCommand command : commands) {
      line.append("Ctrl-a ").append(command.key()).append(' ').append(command.help()).append(", ");
    }
    return line.append("Ctrl-a h helps, Ctrl-a a sends Ctrl-a.").toString();
  }
}
