package atoll.front;

import atoll.disk.DiskFormat;
import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code atoll disk rebase}. */
@Command(
    name = "rebase",
    header = "Gives an image another backing file, or none; its content stays the same.",
    sortOptions = false)
final class DiskRebaseCommand implements Callable<Integer> {
  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream err;

  @Mixin private DiskSource source;
  @Mixin private DiskProgress progress;

  @Option(
      names = {"-b", "--backing"},
      paramLabel = "FILE",
      required = true,
      description = "the image behind it, relative to the folder of IMAGE; '' for none")
  private String backing;

  @Option(
      names = {"-F", "--backing-format"},
      paramLabel = "FORMAT",
      converter = DiskFormatName.class,
      description = "its format; otherwise its first bytes say it")
  private DiskFormat backingFormat;

  @Option(
      names = "-u",
      description = "only change the name: the new file has the content of the old one")
  private boolean unsafe;

  DiskRebaseCommand(Manager manager, UnaryOperator<String> environment, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.err = err;
  }

  @Override
  public Integer call() {
    manager.perform(
        new DiskAction.RebaseDisk(
            source.file(),
            Optional.of(backing).filter(name -> !name.isEmpty()),
            Optional.ofNullable(backingFormat),
            unsafe),
        progress.on(err, environment));
    return ExitCode.SUCCESS;
  }
}
