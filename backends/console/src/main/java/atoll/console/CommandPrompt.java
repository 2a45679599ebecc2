package atoll.console;

import java.util.List;

/** Commands that a person types on a terminal; called by one thread at a time, which may block. */
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

  /** Performs a command of one word or more. */
  Answer perform(List<String> words);
}
