package atoll.net;

import atoll.host.PlatformClock;
import atoll.host.Tasks;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * What a network's one thread does: waits for sockets, or for what else is outside, for guests and
 * for times, and serves them in turn. All of a network but the signals of its ports is used by that
 * thread only, and so needs no lock.
 */
final class NetworkLoop {
  /** Something that waits for a socket. */
  @FunctionalInterface
  interface Ready {
    /** The socket is ready for what was asked for. */
    void ready() throws IOException;
  }

  /** How the thread waits for what is outside. */
  interface Waiter {
    /**
     * Waits for so long at most, not at all if that is not positive, and serves what is ready. Ends
     * at once if it was woken since the last call.
     */
    void await(long nanos) throws IOException;

    /** Has the wait end, or else the next one; any thread. */
    void wake();

    /** Gives up what it waits for; the thread itself, or there is none. */
    void close() throws IOException;
  }

  /** Serves guests. */
  interface Guests {
    /** Whether there is anything to serve without waiting. */
    boolean waiting();

    /** Serves each a little. */
    void serve();
  }

  private final PlatformClock clock;
  private final Waiter waiter;
  private final Alarms alarms = new Alarms();
  private final Consumer<Throwable> defects;
  private final Runnable unlisten;
  private final List<Runnable> afterwards = new ArrayList<>();
  private final AtomicBoolean started = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean asleep;
  private volatile boolean closed;

  /** One that waits for sockets. */
  NetworkLoop(PlatformClock clock, Consumer<Throwable> defects) {
    this(clock, new Sockets(defects), defects);
  }

  /**
   * @param clock whose time alarms are of: while it stands still, so do they
   * @param defects told of what should not happen; the network goes on without what it came of
   */
  NetworkLoop(PlatformClock clock, Waiter waiter, Consumer<Throwable> defects) {
    this.clock = clock;
    this.waiter = waiter;
    this.defects = defects;
    unlisten = clock.onStart(this::wake);
  }

  /** Nanoseconds of the platform. */
  long now() {
    return clock.nanos();
  }

  Alarms alarms() {
    return alarms;
  }

  /**
   * Has {@code ready} told when a socket is ready, in place of whoever was told before.
   *
   * @param operations what for, as {@link SelectionKey} has it
   */
  SelectionKey register(SelectableChannel channel, int operations, Ready ready) throws IOException {
    if (waiter instanceof Sockets sockets) {
      return sockets.register(channel, operations, ready);
    }
    throw new IllegalStateException("this thread waits for no sockets");
  }

  /** Closes a channel, if there is one. */
  static void discard(SocketChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // It is gone all the same.
    }
  }

  /** Has {@code last} done at the end of each turn. */
  void atEnd(Runnable last) {
    afterwards.add(last);
  }

  /** There is something to do; any thread. */
  void wake() {
    if (asleep) {
      waiter.wake();
    }
  }

  /** Has a thread of that name serve until it is closed; only the first call does. */
  void start(Tasks tasks, String name, Guests guests) {
    if (!started.getAndSet(true)) {
      Tasks.Sequence thread = tasks.sequence(name);
      thread.execute(() -> run(guests));
      thread.close(); // After this one task.
    }
  }

  /** Whether there is a thread, or was one. */
  boolean started() {
    return started.get();
  }

  private void run(Guests guests) {
    try {
      while (!closed) {
        turn(guests, Long.MAX_VALUE);
      }
      shut();
    } finally {
      ended.countDown();
    }
  }

  /**
   * Serves what is ready, once.
   *
   * @param most nanoseconds to wait for something
   */
  void turn(Guests guests, long most) {
    await(guests, most);
    safely(() -> alarms.run(now()));
    safely(guests::serve);
    afterwards.forEach(this::safely);
  }

  private void await(Guests guests, long most) {
    asleep = true;
    try {
      waiter.await(guests.waiting() || closed ? 0 : Math.min(most, untilAlarm()));
    } catch (IOException e) {
      defects.accept(e);
    } finally {
      asleep = false;
    }
  }

  /** A clock that stands still wakes the loop when it goes on. */
  private long untilAlarm() {
    long next = alarms.next();
    if (next == Long.MAX_VALUE || !clock.running()) {
      return TimeUnit.HOURS.toNanos(1);
    }
    return next - now();
  }

  private void safely(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      defects.accept(e);
    }
  }

  /** Closes every socket, and waits until nothing is done any more; any other thread. */
  void close() {
    if (!started.getAndSet(true)) {
      shut();
      ended.countDown();
    }
    closed = true;
    waiter.wake();
    boolean interrupted = false;
    while (ended.getCount() > 0) {
      try {
        ended.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void shut() {
    unlisten.run();
    try {
      waiter.close();
    } catch (IOException e) {
      defects.accept(e);
    }
  }
}
