package atoll.api;

import atoll.manager.VmAction;
import atoll.scenario.ScenarioPlan;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** A system as a scenario file describes it, the way {@code atoll up} takes it. */
public final class ScenarioBuilder extends SystemBuilder<ScenarioBuilder> {
  private final Path file;

  ScenarioBuilder(Path file) {
    this.file = file;
  }

  @Override
  ScenarioBuilder self() {
    return this;
  }

  @Override
  Described describe(Operator operator, Workspace files, Consumer<String> progress) {
    ScenarioPlan plan = operator.performApart(new VmAction.Plan(file));
    plan.notes().forEach(note -> progress.accept(note.toString()));
    return new Described(plan.scenario(), Map.of());
  }
}
