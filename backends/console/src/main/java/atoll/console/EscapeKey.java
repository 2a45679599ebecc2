package atoll.console;

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

  private static final byte[] ITSELF = {PREFIX};

  /** In the first line, more would not be read. */
  private static final int GREETED = 2;

  private final List<EscapeCommand> commands;
  private final Keys keys;
  private final Consumer<EscapeCommand.Action> performer;
  private final Consumer<String> notes;
  private boolean escaped;

  /** The receiver of the bytes that are not commands. */
  @FunctionalInterface
  interface Keys {
    void typed(byte[] bytes, int offset, int length);
  }

  /**
   * @param commands what keys do besides {@code h} and {@code a}
   * @param keys gets all other bytes, in order with the commands
   * @param performer does what a command says
   * @param notes shows a line to the person at the terminal
   */
  EscapeKey(
      List<EscapeCommand> commands,
      Keys keys,
      Consumer<EscapeCommand.Action> performer,
      Consumer<String> notes) {
    this.commands = List.copyOf(commands);
    this.keys = keys;
    this.performer = performer;
    this.notes = notes;
  }

  /** Performs the commands in {@code bytes} and hands on what is between them. */
  void accept(byte[] bytes, int length) {
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (escaped) {
        escaped = false;
        start = i + 1;
        after(bytes[i]);
      } else if (bytes[i] == PREFIX) {
        hand(bytes, start, i);
        escaped = true;
        start = i + 1;
      }
    }
    hand(bytes, start, length);
  }

  private void hand(byte[] bytes, int start, int end) {
    if (end > start) {
      keys.typed(bytes, start, end - start);
    }
  }

  private void after(byte b) {
    if (b == PREFIX || b == 'a' || b == 'A') {
      keys.typed(ITSELF, 0, 1);
    } else {
      command((char) (b & 0xff));
    }
  }

  private void command(char typed) {
    char key = typed >= 'A' && typed <= 'Z' ? (char) (typed + 32) : typed;
    if (key == 'h' || key == '?') {
      help().forEach(notes);
      return;
    }
    for (EscapeCommand command : commands) {
      if (command.key() == key) {
        performer.accept(command.action());
        return;
      }
    }
    String name = key > ' ' && key < 0x7f ? "Ctrl-a " + key : "That key after Ctrl-a";
    notes.accept(name + " is not a command; Ctrl-a h lists them.");
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
    for (EscapeCommand command : commands.subList(0, Math.min(GREETED, commands.size()))) {
      line.append("Ctrl-a ").append(command.key()).append(' ').append(command.help()).append(", ");
    }
    return line.append("Ctrl-a h helps, Ctrl-a a sends Ctrl-a.").toString();
  }
}
