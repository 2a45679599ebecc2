package atoll.console;

import java.util.List;

/**
 * Commands that a person types on a terminal. Each is performed by a thread that may block, and
 * that is interrupted when the person does not want to wait any longer.
 */
public interface CommandPrompt {
  /** The result of a command: lines to show, and whether to go back to the guest's console. */
  record Answer(List<String> lines, boolean leave) {
    public Answer {
      lines = List.copyOf(lines);
    }
  }

  /** Shown once, before the first command. */
  String greeting();

  /** What can stand for the last of {@code words}, which may be incomplete or empty. */
  List<String> candidates(List<String> words);

  /** What a command that takes longer than a moment waits for; a sentence for the person. */
  String waiting(List<String> words);

  /** Performs a command of one word or more. If it is interrupted, it returns soon. */
  Answer perform(List<String> words);
}
