package atoll.front;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code atoll disk convert}. */
@Command(
    name = "convert",
    header = "Copies a disk image, with all behind it, into a new image of any format.",
    sortOptions = false)
final class DiskConvertCommand implements Callable<Integer> {
  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream err;

  @Mixin private DiskSource source;
  @Mixin private DiskNewOptions options;
  @Mixin private DiskProgress progress;

  @Parameters(
      index = "1",
      paramLabel = "TO",
      converter = DiskName.class,
      description = "the new file, or an NBD export that is large enough")
  private DiskLocation target;

  @Option(
      names = {"-O", "--to-format"},
      paramLabel = "FORMAT",
      defaultValue = "raw",
      converter = DiskFormatName.class,
      description = "of the new image, raw or qcow2 (default: ${DEFAULT-VALUE})")
  private DiskFormat format;

  @Option(
      names = {"-c", "--compress"},
      description = "pack its clusters")
  private boolean compressed;

  DiskConvertCommand(Manager manager, UnaryOperator<String> environment, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.err = err;
  }

  @Override
  public Integer call() {
    manager.perform(
        new DiskAction.ConvertDisk(
            source.image(), source.format(), target, options.list().of(format), compressed),
        progress.on(err, environment));
    return ExitCode.SUCCESS;
  }
}
