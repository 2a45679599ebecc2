package atoll.front;

import atoll.disk.DiskFormat;
import atoll.disk.ImageOptions;
import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll disk create}. */
@Command(
    name = "create",
    header = "Makes a disk image, in place of a file that is there.",
    sortOptions = false)
final class DiskCreateCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;

  @Spec private CommandSpec command;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "the file")
  private Path image;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "SIZE",
      converter = DiskSize.class,
      description = "such as 10G; without it, the size of the backing file")
  private Long size;

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      defaultValue = "qcow2",
      converter = DiskFormatName.class,
      description = "raw or qcow2 (default: ${DEFAULT-VALUE})")
  private DiskFormat format;

  @Mixin private DiskNewOptions options;

  @Option(
      names = {"-b", "--backing"},
      paramLabel = "FILE",
      description = "the image behind it, relative to the folder of IMAGE")
  private String backing;

  @Option(
      names = {"-F", "--backing-format"},
      paramLabel = "FORMAT",
      description =
          "its format; to be given, since a guest may have written a raw one's first bytes")
  private String backingFormat;

  @Option(
      names = {"-q", "--quiet"},
      description = "say nothing")
  private boolean quiet;

  DiskCreateCommand(Manager manager, PrintStream out) {
    this.manager = manager;
    this.out = out;
  }

  @Override
  public Integer call() {
    DiskOptionList list = options.list();
    list.put("backing_file", backing);
    list.put("backing_fmt", backingFormat);
    ImageOptions made = list.of(format);
    if (made.backingFile().isPresent() && made.backingFormat().isEmpty()) {
      throw usage("say what the backing file is: -F raw or -F qcow2");
    }
    if (size == null && made.backingFile().isEmpty()) {
      throw usage("say how large it is to be, such as 10G");
    }
    OptionalLong wanted = size == null ? OptionalLong.empty() : OptionalLong.of(size);
    long bytes = manager.perform(new DiskAction.CreateDisk(image, wanted, made));
    if (!quiet) {
      out.printf("made %s: %s, %s%n", image, format.word(), DiskSize.text(bytes));
    }
    return ExitCode.SUCCESS;
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
