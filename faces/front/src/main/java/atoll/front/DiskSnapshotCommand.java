package atoll.front;

import atoll.disk.ImageInfo;
import atoll.disk.ImageTool.SnapshotChange;
import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code atoll disk snapshot}. */
@Command(
    name = "snapshot",
    header = "Lists, makes, applies or deletes snapshots inside a qcow2 image.",
    sortOptions = false)
final class DiskSnapshotCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;

  @Spec private CommandSpec command;

  @Mixin private DiskSource source;

  @Option(names = "-l", description = "list them (the default)")
  private boolean list;

  @Option(names = "-c", paramLabel = "NAME", description = "make one of what the disk is now")
  private String create;

  @Option(
      names = "-a",
      paramLabel = "NAME",
      description = "apply one, by its name or number: what has changed since is lost")
  private String apply;

  @Option(names = "-d", paramLabel = "NAME", description = "delete one, by its name or number")
  private String delete;

  @Option(
      names = {"-q", "--quiet"},
      description = "say nothing, as is usual; for scripts of qemu-img")
  private boolean quiet;

  DiskSnapshotCommand(Manager manager, PrintStream out) {
    this.manager = manager;
    this.out = out;
  }

  @Override
  public Integer call() {
    long given = Stream.of(create, apply, delete).filter(Objects::nonNull).count();
    if (given + (list ? 1 : 0) > 1) {
      throw new ParameterException(
          command.commandLine(), "-l, -c, -a and -d are four things to do; give one");
    }
    if (create != null) {
      perform(SnapshotChange.CREATE, create);
    } else if (apply != null) {
      perform(SnapshotChange.APPLY, apply);
    } else if (delete != null) {
      perform(SnapshotChange.DELETE, delete);
    } else {
      list();
    }
    return ExitCode.SUCCESS;
  }

  private void perform(SnapshotChange what, String name) {
    manager.perform(new DiskAction.ChangeSnapshot(source.file(), what, name));
  }

  private void list() {
    ImageInfo info = manager.perform(new DiskAction.DescribeDisk(source.image(), source.format()));
    List<ImageInfo.Snapshot> snapshots =
        info.qcow2().map(ImageInfo.Qcow2::snapshots).orElse(List.of());
    if (!snapshots.isEmpty() && !quiet) {
      out.print(DiskText.snapshots(snapshots));
    }
  }
}
