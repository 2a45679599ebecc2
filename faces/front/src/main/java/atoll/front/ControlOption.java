package atoll.front;

import atoll.host.Clock;
import atoll.host.Tasks;
import atoll.manager.Manager;
import atoll.scenario.Scenario;
import atoll.server.ControlFolder;
import atoll.server.ControlServer;
import atoll.server.Monitor;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Where a system can be reached from outside. */
final class ControlOption {
  private final UnaryOperator<String> environment;
  private final Clock clock;
  private final Tasks tasks;

  @Option(
      names = "--control",
      paramLabel = "PATH",
      description =
          "make the control socket there, by which 'atoll ctl PATH' reaches this system; otherwise"
              + " it is in a folder where 'atoll ctl' finds it")
  private Path path;

  @Option(names = "--no-control", description = "make no control socket")
  private boolean none;

  ControlOption(UnaryOperator<String> environment, Clock clock, Tasks tasks) {
    this.environment = environment;
    this.clock = clock;
    this.tasks = tasks;
  }

  /** Where a system's user has things done that take long. */
  Tasks tasks() {
    return tasks;
  }

  /** The two options are no sentence together. */
  void requireSense(Supplier<CommandLine> command) {
    if (none && path != null) {
      throw new ParameterException(
          command.get(), "--control and --no-control are given; leave one out");
    }
  }

  /**
   * Has a system reached there.
   *
   * @param monitor performs what a person types
   * @param quit ends the system; returns at once
   * @throws atoll.host.HostException if the socket that was asked for cannot be made
   */
  Optional<ControlServer> open(Manager manager, Scenario scenario, Monitor monitor, Runnable quit) {
    if (none) {
      return Optional.empty();
    }
    ControlServer server = new ControlServer(manager, scenario, monitor, quit, clock, tasks);
    if (path == null) {
      server.openSoon(ControlFolder.locate(environment, System::getProperty));
    } else {
      server.open(path);
    }
    return Optional.of(server);
  }
}
