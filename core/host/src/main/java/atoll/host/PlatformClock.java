package atoll.host;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The time of a platform: what its guests see, and what is done for them at a time goes by. It
 * takes its pace from another clock, and stands still while it is stopped. Thread-safe; no thread
 * sees it go back, unless it is {@link #set}.
 *
 * <p>Its state is the two values that {@link #set} takes.
 */
public final class PlatformClock implements Clock {
  /** How the time follows from the other clock's. */
  private static final class Course {
    /** Nanoseconds that it is ahead of the other clock. */
    final long offset;

    /** What it does not go beyond: where it stands still, or MAX_VALUE while it goes on. */
    final long most;

    Course(long offset, long most) {
      this.offset = offset;
      this.most = most;
    }
  }

  private final Clock pace;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** Null for the moment in which it is being stopped, when no thread may take the time. */
  private volatile Course course;

  /** What the wall clock is ahead by; changed only while the time stands still. */
  private volatile long epoch;

  /** Stops that no start has ended; guarded by this. */
  private int stops;

  /**
   * A clock that begins at zero now, and goes on at once.
   *
   * @param pace whose wall clock it shows at first
   */
  public PlatformClock(Clock pace) {
    this.pace = pace;
    long now = pace.nanos();
    course = new Course(-now, Long.MAX_VALUE);
    epoch = pace.epochNanos();
  }

  /** Nanoseconds for which it has gone on, or where it was set to. */
  @Override
  public long nanos() {
    while (true) {
      Course seen = course;
      if (seen != null) {
        long now = Math.min(pace.nanos() + seen.offset, seen.most);
        if (seen == course) {
          return now;
        }
      }
      Thread.onSpinWait();
    }
  }

  /** The platform's wall clock: the host's when it began, and no further than time has gone on. */
  @Override
  public long epochNanos() {
    return epoch + nanos();
  }

  /** Whether it goes on. */
  public boolean running() {
    Course now = course;
    return now != null && now.most == Long.MAX_VALUE;
  }

  /** Has time stand still until as many {@link #start} as there were stops. */
  public synchronized void stop() {
    if (stops++ == 0) {
      long offset = course.offset;
      course = null; // who has the time by now has no later one than the next line
      course = new Course(offset, pace.nanos() + offset);
    }
  }

  /**
   * Ends one {@link #stop}; after the last, time goes on from where it stands.
   *
   * @throws IllegalStateException if it is not stopped
   */
  public void start() {
    if (ended()) {
      listeners.forEach(Runnable::run);
    }
  }

  private synchronized boolean ended() {
    requireStopped();
    if (--stops > 0) {
      return false;
    }
    course = new Course(course.most - pace.nanos(), Long.MAX_VALUE);
    return true;
  }

  /**
   * Changes the time, as to that of a saved system.
   *
   * @param nanos what {@link #nanos} shows
   * @param epochNanos what {@link #epochNanos} shows
   * @throws IllegalStateException if it is not stopped
   */
  public synchronized void set(long nanos, long epochNanos) {
    requireStopped();
    epoch = epochNanos - nanos;
    course = new Course(nanos - pace.nanos(), nanos);
  }

  private void requireStopped() {
    if (stops == 0) {
      throw new IllegalStateException("the platform's time goes on; stop it first");
    }
  }

  /**
   * Has {@code listener} called after each start, on the starting thread: waits for a time are to
   * be made anew.
   *
   * @return ends that
   */
  public Runnable onStart(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
