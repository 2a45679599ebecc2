package atoll.share;

import atoll.device.spi.ShareBackend.Lock;
import atoll.host.FileError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Locks on ranges of bytes, as POSIX has them: an owner's locks never exclude one another, and what
 * it locks or unlocks replaces what it had there. They hold within one share; the host's own locks
 * are left alone.
 */
final class RecordLocks {
  private static final int ENOLCK = 37;
  private static final int MOST = 4096;

  private List<Lock> held = new ArrayList<>();

  /** One that keeps {@code wanted} from being taken. */
  Optional<Lock> conflict(Lock wanted) {
    return held.stream()
        .filter(lock -> overlap(lock, wanted) && !sameOwner(lock, wanted))
        .filter(lock -> lock.exclusive() || wanted.exclusive())
        .findFirst();
  }

  /** Whether the lock was taken. */
  boolean take(Lock wanted) throws FileError {
    if (conflict(wanted).isPresent()) {
      return false;
    }
    release(wanted);
    if (held.size() >= MOST) {
      throw new FileError(ENOLCK);
    }
    held.add(wanted);
    return true;
  }

  /** Gives up what the owner of {@code range} holds there. */
  void release(Lock range) throws FileError {
    List<Lock> left = new ArrayList<>();
    for (Lock lock : held) {
      if (overlap(lock, range) && sameOwner(lock, range)) {
        addAround(lock, range, left);
      } else {
        left.add(lock);
      }
    }
    if (left.size() > MOST) {
      throw new FileError(ENOLCK);
    }
    held = left;
  }

  private static void addAround(Lock lock, Lock range, List<Lock> left) {
    if (lock.start() < range.start()) {
      left.add(part(lock, lock.start(), range.start() - 1));
    }
    if (lock.end() > range.end()) {
      left.add(part(lock, range.end() + 1, lock.end()));
    }
  }

  private static Lock part(Lock lock, long start, long end) {
    return new Lock(
        lock.fid(),
        lock.device(),
        lock.inode(),
        lock.client(),
        lock.process(),
        start,
        end,
        lock.exclusive());
  }

  private static boolean overlap(Lock a, Lock b) {
    return a.inode() == b.inode()
        && a.device() == b.device()
        && a.start() <= b.end()
        && b.start() <= a.end();
  }

  private static boolean sameOwner(Lock a, Lock b) {
    return a.process() == b.process() && a.client().equals(b.client());
  }

  /** Gives up what was taken by a number that is no longer in use. */
  void forget(int fid) {
    held.removeIf(lock -> lock.fid() == fid);
  }

  void clear() {
    held.clear();
  }

  /** All that are held. */
  List<Lock> all() {
    return List.copyOf(held);
  }

  void restore(List<Lock> locks) {
    held = new ArrayList<>(locks);
  }
}
