package atoll.api;

import atoll.scenario.Scenario;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a system is to be.
 *
 * @param agents the sockets by which agents in its VMs are reached, by VM
 */
record Described(Scenario scenario, Map<String, Path> agents) {
  Described {
    agents = Map.copyOf(agents);
  }
}
