package atoll.manager;

import atoll.image.RefusedException;
import atoll.scenario.Scenario;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The ways of a system from host to host while it runs.
 *
 * @param <R> what comes of it
 */
public sealed interface MigrationAction<R> extends VmAction<R> {
  /**
   * Moves VMs to another host while they run; ends when they run there, and here no longer.
   *
   * @param to where a reception is open: {@code HOST} or {@code HOST:PORT}
   * @param vms those that move; none for all
   * @param downtime how long they may stand still, as far as that can be told before
   * @param limit how long all of it may take
   * @param shared folders that are the same at the other host: disks in them are not copied
   */
  record Migrate(String to, List<String> vms, Duration downtime, Duration limit, List<Path> shared)
      implements MigrationAction<MigrationReport> {
    /** How long VMs may stand still unless it is said. */
    public static final Duration DOWNTIME = Duration.ofMillis(60);

    /** How long it may take unless it is said. */
    public static final Duration LIMIT = Duration.ofMinutes(30);

    public Migrate {
      ReceptionAddress ignored = ReceptionAddress.parse(to);
      vms = List.copyOf(vms);
      if (downtime.compareTo(Duration.ofMillis(1)) < 0) {
        throw new RefusedException("a downtime is a millisecond at least, not " + downtime);
      }
      Objects.requireNonNull(limit, "limit");
      shared = List.copyOf(shared);
    }

    /** With all disks in files copied. */
    public Migrate(String to, List<String> vms, Duration downtime, Duration limit) {
      this(to, vms, downtime, limit, List.of());
    }
  }

  /**
   * A person has found out whether VMs run at another host of which that was not known.
   *
   * @param here whether they go on here; otherwise they end here
   */
  record ResolveMigration(boolean here) implements MigrationAction<Void> {}

  /**
   * Listens for systems of other hosts, until {@link CloseReception}.
   *
   * @param at as {@link Migrate} has it; port 0 for any that is free
   * @param disks the folder that disks go to
   * @param files folders whose files systems that come may use
   * @return where it listens
   */
  record OpenReception(String at, Path disks, List<Path> files) implements MigrationAction<String> {
    /** Where it listens unless it is said: only this host can connect. */
    public static final String USUAL = "127.0.0.1:" + ReceptionAddress.PORT;

    public OpenReception {
      ReceptionAddress ignored = ReceptionAddress.parse(at);
      Objects.requireNonNull(disks, "disks");
      files = List.copyOf(files);
    }
  }

  /** Waits until a system is offered; empty if the reception is closed before. */
  record AwaitArrival() implements MigrationAction<Optional<Scenario>> {}

  /** Listens no longer, if it did; a system that has come runs on. */
  record CloseReception() implements MigrationAction<Void> {}
}
