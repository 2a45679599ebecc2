package atoll.front;

import atoll.manager.EventListener;
import java.io.PrintStream;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/** Whether long work on an image shows how far it is. */
final class DiskProgress {
  @Option(
      names = {"-q", "--quiet"},
      description = "show no progress")
  private boolean quiet;

  @Option(
      names = {"-p", "--progress"},
      description = "show progress after all, as scripts for qemu-img ask for it")
  private boolean progress;

  EventListener on(PrintStream err, UnaryOperator<String> environment) {
    return quiet && !progress ? EventListener.nobody() : ProgressBar.on(err, environment);
  }
}
