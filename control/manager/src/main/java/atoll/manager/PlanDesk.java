package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import atoll.scenario.Finding;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.ScenarioProblem;
import atoll.scenario.ScenarioReader;
import atoll.scenario.VmDescription;
import atoll.vmm.Boot;
import atoll.vmm.VirtualMachine;
import java.nio.file.Path;
import java.util.List;

/** Performs {@link PlanAction}s. */
final class PlanDesk implements Desk<PlanAction<?>> {
  private final Stores stores;
  private final CheckedBoot checked;
  private final SystemMaker maker;
  private final Clock clock;
  private final Effects effects;

  /**
   * @param checked gets what a check has planned
   * @param clock the host's
   */
  PlanDesk(Stores stores, CheckedBoot checked, SystemMaker maker, Clock clock, Effects effects) {
    this.stores = stores;
    this.checked = checked;
    this.maker = maker;
    this.clock = clock;
    this.effects = effects;
  }

  @Override
  public Object perform(PlanAction<?> action, EventListener listener) {
    return switch (action) {
      case PlanAction.Plan(Path file) -> plan(file);
      case PlanAction.Check(VmDescription vm) -> check(vm);
      case PlanAction.DescribeTree(VmDescription vm) -> tree(vm, listener);
      case PlanAction.CompareMmus compare ->
          new MmuTrials(
                  compare,
                  create -> maker.prepared(create, listener),
                  new WorkEvents(listener),
                  clock)
              .compare();
      case PlanAction.DescribeInstallation() -> Installation.present(stores.cache());
    };
  }

  private ScenarioPlan plan(Path file) {
    ImageDisks images = stores.imageDisks(EventListener.nobody());
    ScenarioReader.Reading reading = ScenarioReader.look(file, images);
    BootChoice boots = stores.boots(EventListener.nobody());
    HostRules host = new HostRules(reading.scenario(), boots, images, clock, effects);
    List<ScenarioProblem> notes = host.check(reading.problems());
    return ScenarioPlan.of(reading.scenario()).withNotes(notes);
  }

  private List<Finding> check(VmDescription vm) {
    VmCheck check =
        HostRules.look(
            vm,
            List.of(),
            stores.boots(EventListener.nobody()),
            stores.imageDisks(EventListener.nobody()),
            effects);
    checked.keep(vm, check.boot());
    return check.found();
  }

  /** The disks are only looked at: the tree tells how many there are. */
  private byte[] tree(VmDescription vm, EventListener listener) {
    BootChoice boots = stores.boots(listener);
    EnteredVm entered =
        stores
            .imageDisks(listener)
            .present(vm)
            .orElseThrow(() ->
                new RefusedException("the image of %s is not there yet".formatted(vm.name())));
    Boot boot = boots.of(entered.guest(), vm.files(), vm.shares());
    return VirtualMachine.deviceTree(
        VmConfiguration.planned(
            entered.vm(), boot, List.of(), boots.code(entered.guest()), effects));
  }
}
