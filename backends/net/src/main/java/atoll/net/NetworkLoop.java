package atoll.net;

import atoll.host.PlatformClock;
import atoll.host.Tasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * What a network's one thread does: waits for sockets, guests and times, and serves them in turn.
 * All of a network but the signals of its ports is used by that thread only, and so needs no lock.
 */
final class NetworkLoop {
  /** Something that waits for a socket. */
  @FunctionalInterface
  interface Ready {
    /** The socket is ready for what was asked for. */
    void ready() throws IOException;
  }

  /** Serves guests. */
  interface Guests {
    /** Whether there is anything to serve without waiting. */
    boolean waiting();

    /** Serves each a little. */
    void serve();
  }

  private final PlatformClock clock;
  private final Selector selector;
  private final Alarms alarms = new Alarms();
  private final Consumer<Throwable> defects;
  private final Runnable unlisten;
  private final List<Runnable> afterwards = new ArrayList<>();
  private final Consumer<SelectionKey> serveKey = this::serve;
  private final AtomicBoolean started = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean asleep;
  private volatile boolean closed;

  /**
   * @param clock whose time alarms are of: while it stands still, so do they
   * @param defects told of what should not happen; the network goes on without what it came of
   */
  NetworkLoop(PlatformClock clock, Consumer<Throwable> defects) {
    this.clock = clock;
    this.defects = defects;
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
    channel.configureBlocking(false);
    return channel.register(selector, operations, ready);
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
      Selector ignored = selector.wakeup();
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
      long wait = guests.waiting() || closed ? 0 : Math.min(most, untilAlarm());
      int ignored =
          wait <= 0
              ? selector.selectNow(serveKey)
              : selector.select(serveKey, TimeUnit.NANOSECONDS.toMillis(wait + 999_999));
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

  private void serve(SelectionKey key) {
    safely(() -> {
      if (key.isValid()) {
        try {
          ((Ready) key.attachment()).ready();
        } catch (IOException e) {
          key.cancel();
          defects.accept(e);
        } catch (RuntimeException | Error e) {
          key.cancel(); // It would fail again at once.
          throw e;
        }
      }
    });
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
    Selector ignored = selector.wakeup();
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
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      defects.accept(e);
    }
  }
}
