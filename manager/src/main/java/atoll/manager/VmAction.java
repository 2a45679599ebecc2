package atoll.manager;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything that the manager can be asked to do: its whole interface towards command lines and
 * servers, which parse into one of these and show the result.
 *
 * @param <R> what comes of it
 */
public sealed interface VmAction<R> {
  /**
   * Makes a machine ready to start.
   *
   * @param wiring what its consoles are plugged into
   * @param progress told of images being fetched
   */
  record Create(MachineSpec machine, Wiring wiring, Progress progress)
      implements VmAction<RunningMachine> {
    public Create {
      Objects.requireNonNull(machine, "machine");
      Objects.requireNonNull(wiring, "wiring");
      Objects.requireNonNull(progress, "progress");
    }
  }

  /** The device tree blob that a machine would find, without running it. */
  record DescribeTree(MachineSpec machine, Progress progress) implements VmAction<byte[]> {
    public DescribeTree {
      Objects.requireNonNull(machine, "machine");
      Objects.requireNonNull(progress, "progress");
    }
  }

  /**
   * What would come of a scenario, without starting anything.
   *
   * @param file a YAML file; {@link ScenarioException} says all that is wrong with it
   */
  record Plan(Path file) implements VmAction<ScenarioPlan> {
    public Plan {
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * Fetches the stock Linux guest into the cache, unless it is there.
   *
   * @param mirror of a Debian archive; otherwise found by environment and APT
   * @param newest asks the mirror for newer packages than those in the cache
   */
  record FetchLinux(Optional<String> mirror, boolean newest, Progress progress)
      implements VmAction<LinuxImages> {
    public FetchLinux {
      Objects.requireNonNull(mirror, "mirror");
      Objects.requireNonNull(progress, "progress");
    }
  }

  /** What this installation is and can do. */
  record DescribeInstallation() implements VmAction<Installation> {}
}
