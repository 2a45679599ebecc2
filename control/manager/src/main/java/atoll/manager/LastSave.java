package atoll.manager;

import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.snapshot.Snapshot;
import atoll.vmm.FollowedMemory;
import atoll.vmm.VirtualMachine;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The last snapshot of a system, as long as the writes of its machines since then are followed: so
 * the next one has to copy only these. It is given up if there is no next one soon, since a guest
 * whose writes are followed is a little slower. Thread-safe.
 */
final class LastSave implements AutoCloseable {
  /** Saves that are further apart than this copy everything. */
  private static final Duration SOON = Duration.ofSeconds(2);

  private final Timers timers;
  private final PlatformClock clock;

  // Guarded by this.
  private Kept kept = new Kept(Optional.empty(), Map.of());
  private Timers.Armed expiry = () -> {};
  private boolean closed;

  /**
   * @param timers of the platform's time
   */
  LastSave(Timers timers, PlatformClock clock) {
    this.timers = timers;
    this.clock = clock;
  }

  /** A snapshot, if there is one, and what its machines have written since. */
  static final class Kept implements AutoCloseable {
    private final Optional<Snapshot> snapshot;
    private final Map<VirtualMachine, FollowedMemory> writes;

    private Kept(Optional<Snapshot> snapshot, Map<VirtualMachine, FollowedMemory> writes) {
      this.snapshot = snapshot;
      this.writes = new HashMap<>(writes);
    }

    /** What the next one begins with; open until this is closed. */
    Optional<Snapshot> snapshot() {
      return snapshot;
    }

    /** What a machine has written since; the caller's from now on. */
    Optional<FollowedMemory> takeWrites(VirtualMachine machine) {
      return Optional.ofNullable(writes.remove(machine));
    }

    @Override
    public void close() {
      writes.values().forEach(FollowedMemory::close);
      snapshot.ifPresent(Snapshot::close);
    }
  }

  /** What there is, for the caller to close. */
  synchronized Kept take() {
    Kept taken = kept;
    kept = new Kept(Optional.empty(), Map.of());
    expiry.cancel();
    return taken;
  }

  /**
   * Has a snapshot at hand for a while.
   *
   * @param snapshot which is open
   * @param writes followed since then, of each machine whose memory it has
   */
  synchronized void keep(Snapshot snapshot, Map<VirtualMachine, FollowedMemory> writes) {
    drop();
    Kept last = new Kept(Optional.of(snapshot), writes);
    if (closed) {
      last.close();
      return;
    }
    kept = last;
    expiry = timers.at(clock.nanos() + SOON.toNanos(), () -> drop(last));
  }

  /** Unless there is a later one by now. */
  private synchronized void drop(Kept old) {
    if (kept.equals(old)) {
      drop();
    }
  }

  /** Gives it up, so that others can follow the writes. */
  synchronized void drop() {
    take().close();
  }

  /** Gives it up for good. */
  @Override
  public synchronized void close() {
    closed = true;
    drop();
  }
}
