package atoll.host;

import java.util.Optional;
import java.util.PriorityQueue;

/**
 * What is to be called at times, the earliest first, and of the same time what came first. Guarded
 * by its owner.
 */
public final class TimerQueue {
  private final PriorityQueue<Call> calls = new PriorityQueue<>(TimerQueue::order);

  private long sequence;

  /**
   * One that is to come.
   *
   * @param at in nanoseconds
   * @param sequence its number among all calls of the queue
   */
  public record Call(long at, long sequence, Runnable action) {}

  /** What {@code Comparator} makes of the same, the JVM keeps in no cache of classes. */
  private static int order(Call a, Call b) {
    int order = Long.compare(a.at, b.at);
    return order == 0 ? Long.compare(a.sequence, b.sequence) : order;
  }

  /** Adds one. */
  public Call add(long at, Runnable action) {
    Call call = new Call(at, sequence++, action);
    calls.add(call);
    return call;
  }

  /** Takes one out, if it is still there. */
  public void remove(Call call) {
    calls.remove(call);
  }

  /** Takes out the first if its time has come. */
  public Optional<Call> due(long now) {
    return next() <= now ? Optional.ofNullable(calls.poll()) : Optional.empty();
  }

  /** The time of the first; MAX_VALUE without any. */
  public long next() {
    return calls.isEmpty() ? Long.MAX_VALUE : calls.peek().at;
  }

  /** How many are to come. */
  public int size() {
    return calls.size();
  }

  /** Forgets all. */
  public void clear() {
    calls.clear();
  }
}
