package atoll.front;

import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code atoll disk commit}. */
@Command(
    name = "commit",
    header = "Writes what an image has into its backing file, and empties the image.",
    sortOptions = false)
final class DiskCommitCommand implements Callable<Integer> {
  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Mixin private DiskSource source;
  @Mixin private DiskProgress progress;

  @Option(names = "-d", description = "do not empty the image")
  private boolean keep;

  DiskCommitCommand(
      Manager manager, UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    manager.perform(new DiskAction.CommitDisk(source.file(), keep), progress.on(err, environment));
    out.printf("%s is in its backing file now%n", source.file());
    return ExitCode.SUCCESS;
  }
}
