package atoll.api;

import atoll.manager.PlanAction;
import atoll.manager.ProgramDevices;
import atoll.peripheral.PeripheralFactory;
import atoll.peripheral.RegisterAccess;
import atoll.scenario.DeviceSpec;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.VmDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A system as a scenario file describes it, the way {@code atoll up} takes it. */
public final class ScenarioBuilder extends SystemBuilder<ScenarioBuilder> {
  private final Path file;
  private final List<Change> changes = new ArrayList<>();
  private boolean agent = true;

  /** Something that the program wants otherwise than the file says. */
  @FunctionalInterface
  private interface Change {
    Scenario apply(Scenario read, ProgramDevices functions);
  }

  ScenarioBuilder(Path file) {
    this.file = file;
  }

  @Override
  ScenarioBuilder self() {
    return this;
  }

  /**
   * Puts a device of the program's own in the place of one that the scenario names, with the same
   * address, interrupts and settings.
   *
   * @param vm the VM's name
   * @param device the device's
   * @param factory called for each life of the VM
   * @return this
   */
  public ScenarioBuilder replaceDevice(String vm, String device, PeripheralFactory factory) {
    Objects.requireNonNull(factory, "factory");
    String function = "%s/%s".formatted(vm, device);
    DeviceSpec.Code code = new DeviceSpec.Code.InProgram(function);
    changes.add((scenario, functions) -> {
      functions.put(function, factory);
      return changed(scenario, vm, device, spec -> spec.by(code));
    });
    return this;
  }

  /**
   * Has each access to a device of the scenario told, after it was served, before the guest goes
   * on.
   *
   * @param vm the VM's name
   * @param device the device's
   * @param told on the thread of the hart; what it throws ends the VM's life
   * @return this
   */
  public ScenarioBuilder watchDevice(String vm, String device, Consumer<RegisterAccess> told) {
    Objects.requireNonNull(told, "told");
    String function = "%s/%s".formatted(vm, device);
    changes.add((scenario, functions) -> {
      functions.watch(function, told);
      return changed(scenario, vm, device, spec -> spec.watched(function));
    });
    return this;
  }

  /**
   * Whether its Linux VMs and its systems on images have an agent for {@link Vm#run} and the
   * copying of files, as {@link VmBuilder#agent} says. A VM without a free place for one more
   * device has none.
   *
   * @param wanted true if this is not called
   * @return this
   */
  public ScenarioBuilder agent(boolean wanted) {
    agent = wanted;
    return this;
  }

  private static Scenario changed(
      Scenario scenario, String vm, String device, UnaryOperator<DeviceSpec> change) {
    VmDescription owner =
        scenario
            .vm(vm)
            .orElseThrow(() ->
                new AtollException(
                    "there is no VM '%s', expected one of %s"
                        .formatted(vm, scenario.vms().stream().map(VmDescription::name).toList())));
    List<String> names = owner.devices().stream().map(DeviceSpec::name).toList();
    if (!names.contains(device)) {
      throw new AtollException(
          "%s has no device '%s', expected one of %s".formatted(vm, device, names));
    }
    return scenario.withVms(
        scenario.vms().stream()
            .map(each -> each.equals(owner) ? changed(each, device, change) : each)
            .toList());
  }

  private static VmDescription changed(
      VmDescription vm, String device, UnaryOperator<DeviceSpec> change) {
    return vm.withDevices(
        vm.devices().stream()
            .map(spec -> spec.name().equals(device) ? change.apply(spec) : spec)
            .toList());
  }

  @Override
  Described describe(Operator operator, Workspace files, Consumer<String> progress) {
    ScenarioPlan plan = operator.performApart(new PlanAction.Plan(file));
    plan.notes().forEach(note -> progress.accept(note.toString()));
    Scenario scenario = plan.scenario();
    for (Change change : changes) {
      scenario = change.apply(scenario, operator.functions());
    }
    if (!agent) {
      return new Described(scenario, Map.of());
    }
    Agents agents = new Agents(files);
    Scenario with = scenario.withVms(scenario.vms().stream().map(agents::with).toList());
    return new Described(with, agents.sockets());
  }
}
