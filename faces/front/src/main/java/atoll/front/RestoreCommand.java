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

/** {@code atoll restore}. */
@Command(
    name = "restore",
    header = "Goes on with the VMs of a snapshot, on this terminal.",
    description = {
      "",
      "All VMs go on where they were when the snapshot was saved (Ctrl-a w, or atoll snapshot"
          + " save). Their disks are as they were then; what is written from now on goes into"
          + " files that are gone at the end, so that neither the snapshot nor the disks change.",
      ""
    },
    footer = {"", "Exit codes: as those of 'atoll up'."},
    sortOptions = false)
final class RestoreCommand implements Callable<Integer> {
  private final Manager manager;

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "NAME",
      completionCandidates = SnapshotNames.class,
      description = "of the snapshot")
  private String name;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      converter = EngineName.class,
      description = "auto, translator or interpreter, in the place of what the VMs had")
  private String engine;

  @Mixin private final SystemOptions options;

  RestoreCommand(Manager manager, SystemOptions options) {
    this.manager = manager;
    this.options = options;
  }

  @Override
  public Integer call() {
    options.requireSense(command.commandLine());
    Scenario saved = manager.perform(new SnapshotAction.ReadSnapshot(name));
    Scenario scenario =
        engine == null
            ? saved
            : saved.withVms(saved.vms().stream().map(vm -> vm.withEngine(engine)).toList());
    options.prepare(name, scenario, command.commandLine());
    return options.run(
        manager,
        scenario.vms().size() > 1,
        new SystemAction.RestoreSystem(name, scenario, options.terminal(), Map.of()),
        options.progress());
  }
}
