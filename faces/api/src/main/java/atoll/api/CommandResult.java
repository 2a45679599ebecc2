package atoll.api;

import java.nio.charset.StandardCharsets;

/** What has come of a command in a guest. */
public final class CommandResult {
  private final String command;
  private final int exitCode;
  private final byte[] output;
  private final byte[] error;

  CommandResult(String command, int exitCode, byte[] output, byte[] error) {
    this.command = command;
    this.exitCode = exitCode;
    this.output = output;
    this.error = error;
  }

  /**
   * The command.
   *
   * @return as it was given
   */
  public String command() {
    return command;
  }

  /**
   * What it ended with.
   *
   * @return 0 to 255; 128 + n if signal n ended it
   */
  public int exitCode() {
    return exitCode;
  }

  /**
   * Standard output as text.
   *
   * @return UTF-8, without the line feeds at its end, as {@code $(...)} has it in a shell
   */
  public String output() {
    return text(output);
  }

  /**
   * Standard error as text.
   *
   * @return UTF-8, without the line feeds at its end
   */
  public String error() {
    return text(error);
  }

  /**
   * Standard output as it was written.
   *
   * @return a copy
   */
  public byte[] outputBytes() {
    return output.clone();
  }

  /**
   * Standard error as it was written.
   *
   * @return a copy
   */
  public byte[] errorBytes() {
    return error.clone();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).replaceFirst("\n+$", "");
  }

  /**
   * Requires that it has ended with 0.
   *
   * @return this
   * @throws CommandException with code and output if it has not
   */
  public CommandResult orThrow() {
    if (exitCode != 0) {
      String both = output() + (error().isEmpty() ? "" : "\n" + error());
      throw new CommandException(
          "'%s' ended with code %d".formatted(command, exitCode), both.strip());
    }
    return this;
  }

  @Override
  public String toString() {
    return "'%s' ended with code %d: %s".formatted(command, exitCode, output());
  }
}
