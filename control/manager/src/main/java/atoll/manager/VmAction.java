package atoll.manager;

import atoll.image.LinuxImages;
import atoll.image.MirrorChoice;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.scenario.Engines;
import atoll.scenario.Finding;
import atoll.scenario.MachineSpec;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioPlan;
import atoll.vmm.WriteSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

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
   * @param notices told, in a sentence without a full stop, what a person should know while it
   *     runs, such as a full file system under its disk; returns soon
   * @param progress told of images being fetched
   */
  record Create(MachineSpec machine, Wiring wiring, Consumer<String> notices, Progress progress)
      implements VmAction<RunningMachine> {
    public Create {
      Objects.requireNonNull(machine, "machine");
      Objects.requireNonNull(wiring, "wiring");
      Objects.requireNonNull(notices, "notices");
      Objects.requireNonNull(progress, "progress");
    }
  }

  /**
   * Looks at the files that a machine is to be made from: what is wrong with each, and what the
   * user may want to know. Nothing is fetched or made.
   */
  record Check(MachineSpec machine) implements VmAction<List<Finding>> {
    public Check {
      Objects.requireNonNull(machine, "machine");
    }
  }

  /**
   * The device tree blob that a machine would find, without running it.
   *
   * @param virtioConsole whether {@link Create} would get a wiring with a virtio console
   * @param progress told of images being fetched
   */
  record DescribeTree(MachineSpec machine, boolean virtioConsole, Progress progress)
      implements VmAction<byte[]> {
    public DescribeTree {
      Objects.requireNonNull(machine, "machine");
      Objects.requireNonNull(progress, "progress");
    }
  }

  /**
   * Makes the plan of a scenario, without starting anything.
   *
   * @param file a YAML file; {@link ScenarioException} says all that is wrong with it
   */
  record Plan(Path file) implements VmAction<ScenarioPlan> {
    public Plan {
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * Makes the machines of a scenario ready to start.
   *
   * @param consoles what the machines' consoles are plugged into, by name; one that is not there
   *     has none
   * @param terminal the kind of terminal that shells talk to, as in {@code $TERM}
   * @param listener told what becomes of the machines
   */
  record CreateSystem(
      Scenario scenario,
      Map<String, Wiring> consoles,
      String terminal,
      SystemListener listener,
      Progress progress)
      implements VmAction<RunningSystem> {
    public CreateSystem {
      Objects.requireNonNull(scenario, "scenario");
      consoles = Map.copyOf(consoles);
      Objects.requireNonNull(terminal, "terminal");
      Objects.requireNonNull(listener, "listener");
      Objects.requireNonNull(progress, "progress");
    }
  }

  /** Starts a machine of a system that does not run, from its images. */
  record Start(RunningSystem system, String vm) implements VmAction<VmStatus> {}

  /** Ends a machine, and waits for that. */
  record Stop(RunningSystem system, String vm) implements VmAction<VmStatus> {}

  /** Holds a machine, its devices too, and waits until it stands still. */
  record Pause(RunningSystem system, String vm) implements VmAction<VmStatus> {}

  /** Lets a paused machine go on. */
  record Resume(RunningSystem system, String vm) implements VmAction<VmStatus> {}

  /** Restarts a VM from its images, as its reset button would. */
  record Reset(RunningSystem system, String vm) implements VmAction<VmStatus> {}

  /** Holds a single vCPU, which may still be leaving guest code afterwards. */
  record PauseVcpu(RunningSystem system, String vm, int vcpu) implements VmAction<VmStatus> {}

  /** Lets a single vCPU go on. */
  record ResumeVcpu(RunningSystem system, String vm, int vcpu) implements VmAction<VmStatus> {}

  /**
   * Asks the guest of a machine with paged memory to give the host so many bytes in all; it may
   * take its time.
   */
  record Balloon(RunningSystem system, String vm, long bytes) implements VmAction<BalloonReport> {}

  /**
   * Finds out how much of its memory a machine writes to within a time, which it takes.
   *
   * @param period at most {@link #LONGEST_SAMPLE}
   */
  record SampleWrites(RunningSystem system, String vm, Duration period)
      implements VmAction<WriteSample> {
    /** The longest time that a sample can take. */
    public static final Duration LONGEST_SAMPLE = Duration.ofMinutes(1);

    public SampleWrites {
      if (period.isNegative() || period.isZero() || period.compareTo(LONGEST_SAMPLE) > 0) {
        throw new RefusedException(
            "writes are sampled for at most %d s, not for %.1f s"
                .formatted(LONGEST_SAMPLE.toSeconds(), period.toMillis() / 1e3));
      }
    }
  }

  /** What a system and each of its machines have done and are doing. */
  record DescribeSystem(RunningSystem system) implements VmAction<SystemStatistics> {}

  /**
   * Fetches the stock Linux guest into the cache, unless it is there.
   *
   * @param mirror where from
   * @param newest asks the mirror for newer packages than those in the cache
   */
  record FetchLinux(MirrorChoice mirror, boolean newest, Progress progress)
      implements VmAction<LinuxImages> {
    public FetchLinux {
      Objects.requireNonNull(mirror, "mirror");
      Objects.requireNonNull(progress, "progress");
    }
  }

  /**
   * Does the same work under each way to translate addresses; takes a while.
   *
   * @param engine a name of {@link Engines}, or {@code auto}
   * @param workloads in the order of the result
   * @param rounds runs of each, of which the fastest counts
   */
  record CompareMmus(String engine, List<MmuWorkload> workloads, int rounds, Progress progress)
      implements VmAction<MmuComparison> {
    public CompareMmus {
      Objects.requireNonNull(engine, "engine");
      workloads = List.copyOf(workloads);
      Objects.requireNonNull(progress, "progress");
    }
  }

  /** What this installation is and can do. */
  record DescribeInstallation() implements VmAction<Installation> {}
}
