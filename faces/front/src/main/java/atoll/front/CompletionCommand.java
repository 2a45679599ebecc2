package atoll.front;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code atoll completion}. */
@Command(
    name = "completion",
    header = "Prints what makes a shell complete this command line.",
    description = {
      "",
      "In bash: source <(atoll completion bash), in zsh the same with zsh, after compinit; in fish:"
          + " atoll completion fish | source. To have it in each shell, write that into its start"
          + " file.",
      ""
    })
final class CompletionCommand implements Callable<Integer> {
  private final Supplier<CommandDescription> atoll;
  private final PrintStream out;

  @Parameters(
      paramLabel = "SHELL",
      converter = ShellName.class,
      description = "bash (4 or newer), zsh or fish")
  private Shell shell;

  /**
   * @param atoll the whole command line
   */
  CompletionCommand(Supplier<CommandDescription> atoll, PrintStream out) {
    this.atoll = atoll;
    this.out = out;
  }

  @Override
  public Integer call() {
    out.print(shell.completion(atoll.get()));
    return ExitCode.SUCCESS;
  }
}
