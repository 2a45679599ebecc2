package atoll.manager;

import atoll.image.RefusedException;
import atoll.scenario.Scenario;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * What is done with a system as a whole: made in one of five ways, run, waited for, closed.
 *
 * @param <R> what comes of it
 */
public sealed interface SystemAction<R> extends VmAction<R> {
  /** Makes a system, whose VMs are ready to start. */
  sealed interface MakeSystem extends SystemAction<Void>
      permits CreateSystem, RestoreSystem, ResumeSystem, ForkSystem, TakeArrival {
    /** What it is made from. */
    Scenario scenario();
  }

  /**
   * Makes the VMs of a scenario ready to start.
   *
   * @param terminal the kind of terminal that shells talk to, as in {@code $TERM}
   * @param reports what is written about VMs, by name
   * @param warm whether it may go on from a snapshot of an earlier boot of the same, and leave one
   */
  record CreateSystem(
      Scenario scenario, String terminal, Map<String, ReportFiles> reports, boolean warm)
      implements MakeSystem {
    public CreateSystem {
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }

    /** One that boots. */
    public CreateSystem(Scenario scenario, String terminal, Map<String, ReportFiles> reports) {
      this(scenario, terminal, reports, false);
    }
  }

  /**
   * Makes a system that goes on where one was saved, once it is started. What it writes to its
   * disks from then on is gone when it is closed, unless it is saved again.
   *
   * @param name of the snapshot
   * @param scenario as {@link SnapshotAction.ReadSnapshot} has it; VMs may have other engines, for
   *     example, but not another shape
   * @param terminal as {@link CreateSystem} has it
   * @param reports as {@link CreateSystem} has them
   */
  record RestoreSystem(
      String name, Scenario scenario, String terminal, Map<String, ReportFiles> reports)
      implements MakeSystem {
    public RestoreSystem {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }
  }

  /**
   * Makes the system that was suspended, which goes on once it is started.
   *
   * @param scenario as it was; what its guest does not see may be another
   * @param terminal as {@link CreateSystem} has it
   * @param reports as {@link CreateSystem} has them
   */
  record ResumeSystem(
      String image, Scenario scenario, String terminal, Map<String, ReportFiles> reports)
      implements MakeSystem {
    public ResumeSystem {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }
  }

  /**
   * Makes copies of a saved system, which all go on where it was saved, once they are started. They
   * share its memory as long as they do not change it.
   *
   * @param name of the snapshot
   * @param copies as {@link SnapshotAction.ReadForks} has them
   * @param scenario as {@link SnapshotAction.ReadForks} has it; VMs may have other engines, but not
   *     another shape
   * @param terminal as {@link CreateSystem} has it
   * @param reports as {@link CreateSystem} has them
   */
  record ForkSystem(
      String name, int copies, Scenario scenario, String terminal, Map<String, ReportFiles> reports)
      implements MakeSystem {
    public ForkSystem {
      Objects.requireNonNull(name, "name");
      Forks ignored = new Forks(copies);
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }
  }

  /**
   * Takes the system that is offered, and waits until it runs; {@link StartSystem} does nothing
   * more.
   *
   * @param scenario as {@link MigrationAction.AwaitArrival} has it
   * @param terminal as {@link CreateSystem} has it
   * @param reports as {@link CreateSystem} has them
   */
  record TakeArrival(Scenario scenario, String terminal, Map<String, ReportFiles> reports)
      implements MakeSystem {
    public TakeArrival {
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }
  }

  /**
   * Whether systems that are made from now on take translated code of earlier runs, and keep theirs
   * for later ones.
   */
  record KeepTranslations(boolean keep) implements SystemAction<Void> {}

  /** Whether a system, if it were created now, would go on from a snapshot of an earlier boot. */
  record IsWarm(CreateSystem system) implements SystemAction<Boolean> {
    public IsWarm {
      Objects.requireNonNull(system, "system");
    }
  }

  /** Lets the VMs run that start by themselves, services first; once. */
  record StartSystem() implements SystemAction<Void> {}

  /** Ends all VMs of a system for good, if there is one; returns without waiting for that. */
  record StopSystem() implements SystemAction<Void> {}

  /**
   * Waits until every VM that has run has ended by itself, or the system has been stopped.
   *
   * @return false if that is not so after {@code limit}
   */
  record AwaitSystem(Duration limit) implements SystemAction<Boolean> {
    public AwaitSystem {
      Objects.requireNonNull(limit, "limit");
    }
  }

  /** Ends all VMs of a system, waits for that, and gives everything back. */
  record CloseSystem() implements SystemAction<SystemEnd> {}

  /** What a system and each of its VMs have done and are doing, with their devices. */
  record DescribeSystem() implements SystemAction<SystemStatistics> {}

  /** How long the platform's time has gone on; it stands still while all of it is paused. */
  record TellTime() implements SystemAction<Duration> {}

  /**
   * Has {@link Event.AlarmRang} told once so much more of the platform's time has gone by.
   *
   * @param alarm by which it is told and cancelled; one of that number is forgotten
   * @param after up to {@link #MOST}
   */
  record SetAlarm(long alarm, Duration after) implements SystemAction<Void> {
    /** The longest time. */
    public static final Duration MOST = Duration.ofDays(36_500);

    public SetAlarm {
      if (after.isNegative() || after.compareTo(MOST) > 0) {
        throw new RefusedException(
            "a time to wait is 0 to %d days, not %s".formatted(MOST.toDays(), after));
      }
    }
  }

  /** Forgets an alarm that has not rung yet, or does nothing. */
  record CancelAlarm(long alarm) implements SystemAction<Void> {}
}
