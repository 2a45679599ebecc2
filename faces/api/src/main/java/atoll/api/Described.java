package atoll.api;

import atoll.manager.SystemAction;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a system is to be.
 *
 * @param snapshot where it goes on, if it does
 * @param agents the sockets by which agents in its VMs are reached, by VM
 */
record Described(Scenario scenario, Optional<String> snapshot, Map<String, Path> agents) {
  Described {
    agents = Map.copyOf(agents);
  }

  /** One that begins anew. */
  Described(Scenario scenario, Map<String, Path> agents) {
    this(scenario, Optional.empty(), agents);
  }

  /** What has it made. */
  SystemAction.MakeSystem action() {
    String terminal = Guest.Linux.NO_TERMINAL;
    return snapshot.isEmpty()
        ? new SystemAction.CreateSystem(scenario, terminal, Map.of())
        : new SystemAction.RestoreSystem(snapshot.get(), scenario, terminal, Map.of());
  }
}
