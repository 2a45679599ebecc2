package atoll.api;

import java.time.Duration;

/** A way to have commands run in a guest, and to move files. Thread-safe. */
interface GuestCommands {
  /**
   * Runs a command by a shell of its own, without input.
   *
   * @param limit in guest time
   * @throws CommandException if it cannot be run, or has not ended in time
   */
  CommandResult run(String command, Duration limit);

  /**
   * Writes a file.
   *
   * @param permissions as in {@code chmod}
   */
  void put(String place, byte[] content, int permissions, Duration limit);

  /** Reads a file. */
  byte[] get(String place, Duration limit);

  /** A word as a shell reads it. */
  static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
