package atoll.front;

import atoll.disk.DiskLocation;
import atoll.disk.ImageInfo;
import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code atoll disk info}. */
@Command(
    name = "info",
    header = "Shows what a disk image is, also while it is in use.",
    sortOptions = false)
final class DiskInfoCommand implements Callable<Integer> {
  private static final int MOST = 256;

  private final Manager manager;
  private final PrintStream out;

  @Mixin private DiskSource source;
  @Mixin private DiskOutput output;

  @Option(names = "--backing-chain", description = "also all images behind it")
  private boolean chain;

  DiskInfoCommand(Manager manager, PrintStream out) {
    this.manager = manager;
    this.out = out;
  }

  @Override
  public Integer call() {
    List<ImageInfo> infos = new ArrayList<>();
    infos.add(manager.perform(new DiskAction.DescribeDisk(source.image(), source.format())));
    while (chain && infos.getLast().fullBackingFile().isPresent() && infos.size() < MOST) {
      DiskLocation behind = infos.getLast().fullBackingFile().get();
      infos.add(
          manager.perform(
              new DiskAction.DescribeDisk(
                  behind, infos.getLast().backingFormat().map(DiskFormatName::read))));
    }
    out.print(
        output.json()
            ? DiskJson.info(infos, chain)
            : String.join("\n", infos.stream().map(DiskText::info).toList()));
    return ExitCode.SUCCESS;
  }
}
