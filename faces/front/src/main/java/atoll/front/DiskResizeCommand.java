package atoll.front;

import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code atoll disk resize}. */
@Command(name = "resize", header = "Gives a disk image another size.", sortOptions = false)
final class DiskResizeCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;

  @Mixin private DiskSource source;

  @Parameters(
      index = "1",
      paramLabel = "[+|-]SIZE",
      description = "such as 20G; +5G adds to it, -5G takes away")
  private String size;

  @Option(names = "--shrink", description = "let it become smaller, and lose what is behind")
  private boolean shrink;

  DiskResizeCommand(Manager manager, PrintStream out) {
    this.manager = manager;
    this.out = out;
  }

  @Override
  public Integer call() {
    boolean relative = size.startsWith("+") || size.startsWith("-");
    long bytes = new DiskSize().convert(relative ? size.substring(1) : size);
    if (relative) {
      long now =
          manager.perform(new DiskAction.DescribeDisk(source.image(), source.format())).size();
      bytes = size.startsWith("+") ? now + bytes : now - bytes;
    }
    manager.perform(new DiskAction.ResizeDisk(source.file(), source.format(), bytes, shrink));
    out.printf("%s has %s now%n", source.image(), DiskSize.text(bytes));
    return ExitCode.SUCCESS;
  }
}
