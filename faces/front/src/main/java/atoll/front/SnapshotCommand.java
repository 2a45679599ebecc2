package atoll.front;

import atoll.host.Clock;
import atoll.image.ByteSize;
import atoll.manager.Manager;
import atoll.manager.SnapshotAction;
import atoll.manager.VmAction;
import atoll.server.ControlCommand;
import atoll.snapshot.SnapshotInfo;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll snapshot}: saved systems. */
@Command(
    name = "snapshot",
    header = "Saves systems that run; shows, checks, removes and moves what was saved.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n")
final class SnapshotCommand implements Runnable {
  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  SnapshotCommand(
      Manager manager, UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(), "say what to do, for example: atoll snapshot list");
  }

  @Command(
      header = "Saves a system that runs, with the memory and the disks of its VMs; it goes on.",
      sortOptions = false)
  int save(
      @Parameters(
              paramLabel = "NAME",
              description = "of the snapshot; one of that name is replaced")
          String name,
      @Mixin AskedSystem system) {
    return system.ask(
        environment,
        err,
        client -> {
          Object ignored = client.ask(ControlCommand.SAVE.request(List.of(name)));
          out.println("saved; to go on from here: atoll restore " + name);
          return ExitCode.SUCCESS;
        });
  }

  @Command(header = "Lists the snapshots that there are.", sortOptions = false)
  int list(
      @Option(names = "--json", description = "as JSON, with all that is known") boolean json) {
    List<SnapshotInfo> snapshots = manager.perform(new SnapshotAction.ListSnapshots());
    if (json) {
      out.println(SnapshotsJson.of(snapshots));
    } else if (snapshots.isEmpty()) {
      out.println("no snapshots yet");
    } else {
      out.print(table(snapshots));
      snapshots.forEach(each ->
          each.trouble()
              .ifPresent(why -> err.println("atoll: %s: %s".formatted(each.name(), why))));
    }
    return ExitCode.SUCCESS;
  }

  private static TextTable table(List<SnapshotInfo> snapshots) {
    TextTable table = new TextTable("name", ">memory", ">on disk", ">age", ">used", "has");
    Instant now = Instant.EPOCH.plusNanos(Clock.host().epochNanos());
    for (SnapshotInfo each : snapshots) {
      boolean whole = each.trouble().isEmpty();
      table.row(
          each.name(),
          whole ? ByteSize.rounded(each.memory()) : "-",
          whole ? ByteSize.rounded(each.stored()) : "-",
          whole ? AgeText.of(Duration.between(each.saved(), now)) : "-",
          AgeText.of(Duration.between(each.used(), now)),
          whole ? String.join(" ", each.regions()) : "cannot be used");
    }
    return table;
  }

  @Command(header = "Reads all of a snapshot and proves that it is whole.", sortOptions = false)
  int verify(
      @Parameters(
              paramLabel = "NAME",
              completionCandidates = SnapshotNames.class,
              description = "of the snapshot")
          String name) {
    List<String> wrong =
        manager.perform(new SnapshotAction.VerifySnapshot(name), ProgressBar.on(err, environment));
    return ProofText.print(wrong, name + " is as it was saved", out, err);
  }

  @Command(header = "Removes snapshots.", sortOptions = false)
  int rm(
      @Parameters(
              paramLabel = "NAME",
              arity = "1..*",
              completionCandidates = SnapshotNames.class,
              description = "of the snapshot; may be repeated")
          List<String> names) {
    for (String name : names) {
      long bytes = manager.perform(new SnapshotAction.RemoveSnapshot(name));
      out.println("removed %s, which had %s".formatted(name, ByteSize.rounded(bytes)));
    }
    return ExitCode.SUCCESS;
  }

  @Command(
      header = "Writes a snapshot as one file, packed, for another host or user.",
      sortOptions = false)
  int export(
      @Parameters(
              paramLabel = "NAME",
              completionCandidates = SnapshotNames.class,
              description = "of the snapshot")
          String name,
      @Parameters(paramLabel = "FILE", description = "that is written, or replaced") Path file) {
    return interruptible(new SnapshotAction.ExportSnapshot(name, file));
  }

  @Command(
      name = "import",
      header = "Makes a snapshot of a file that was exported; all of it is checked.",
      sortOptions = false)
  int importFrom(
      @Parameters(paramLabel = "FILE", description = "that was exported") Path file,
      @Parameters(paramLabel = "NAME", description = "of the new snapshot") String name,
      @Option(names = "--replace", description = "in the place of the snapshot that has the name")
          boolean replace) {
    return interruptible(new SnapshotAction.ImportSnapshot(file, name, replace));
  }

  /** A signal leaves nothing that is half done. */
  private int interruptible(VmAction<Void> action) {
    OrderlyStop stop = OrderlyStop.begin(Thread.currentThread()::interrupt);
    try {
      manager.perform(action, ProgressBar.on(err, environment));
    } finally {
      stop.reported();
    }
    return ExitCode.SUCCESS;
  }
}
