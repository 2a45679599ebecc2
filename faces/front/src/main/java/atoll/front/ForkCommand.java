package atoll.front;

import atoll.manager.Manager;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.scenario.Scenario;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll fork}. */
@Command(
    name = "fork",
    header = "Goes on with a snapshot several times at once, on this terminal.",
    description = {
      "",
      "Each copy has the snapshot's VMs, as NAME-1, NAME-2 and so on, on disks and networks of its"
          + " own. The copies share the snapshot's memory, as long as they do not change it.",
      ""
    },
    footer = {"", "Exit codes: as those of 'atoll up'."},
    sortOptions = false)
final class ForkCommand implements Callable<Integer> {
  private final Manager manager;

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "NAME",
      completionCandidates = SnapshotNames.class,
      description = "of the snapshot")
  private String name;

  @Option(
      names = "--count",
      paramLabel = "N",
      required = true,
      converter = CopyCount.class,
      description = "how many copies, 1 to 64; all together have 64 CPUs at most")
  private int count;

  @Mixin private final SystemOptions options;

  ForkCommand(Manager manager, SystemOptions options) {
    this.manager = manager;
    this.options = options;
  }

  @Override
  public Integer call() {
    options.requireSense(command.commandLine());
    Scenario forks = manager.perform(new SnapshotAction.ReadForks(name, count));
    options.prepare(name, forks, command.commandLine());
    return options.run(
        manager,
        forks.vms().size() > 1,
        new SystemAction.ForkSystem(name, count, forks, options.terminal(), Map.of()),
        options.progress());
  }
}
