package atoll.net;

import java.util.PriorityQueue;

/**
 * Times at which a network has something to do; used by its thread only. An alarm that is put off,
 * as most are again and again, costs nothing.
 */
final class Alarms {
  private static final long NEVER = Long.MAX_VALUE;

  private final PriorityQueue<Alarm> queue = new PriorityQueue<>();

  /** Something to be done at a time. */
  final class Alarm implements Comparable<Alarm> {
    private final Runnable action;
    private long due = NEVER;

    /** The time at which it is looked at; never later than {@link #due}. */
    private long queued = NEVER;

    private Alarm(Runnable action) {
      this.action = action;
    }

    /** Has the action done at a time of the clock, and not before. */
    void at(long nanos) {
      due = nanos;
      if (nanos < queued) {
        if (queued != NEVER) {
          queue.remove(this);
        }
        queued = nanos;
        queue.add(this);
      }
    }

    boolean set() {
      return due != NEVER;
    }

    void cancel() {
      due = NEVER;
    }

    /** Cancels it for good. */
    void drop() {
      due = NEVER;
      if (queued != NEVER) {
        queue.remove(this);
        queued = NEVER;
      }
    }

    @Override
    public int compareTo(Alarm other) {
      return Long.compare(queued, other.queued);
    }
  }

  Alarm make(Runnable action) {
    return new Alarm(action);
  }

  /** Does what is due. */
  void run(long now) {
    for (Alarm first = queue.peek(); first != null && first.queued <= now; first = queue.peek()) {
      queue.poll();
      first.queued = NEVER;
      if (first.due <= now) {
        first.due = NEVER;
        first.action.run();
      } else if (first.due != NEVER) {
        first.queued = first.due;
        queue.add(first);
      }
    }
  }

  /** The next time to look, or MAX_VALUE. */
  long next() {
    return queue.isEmpty() ? NEVER : queue.peek().queued;
  }
}
