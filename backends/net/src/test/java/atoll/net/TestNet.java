package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.PlatformClock;
import atoll.host.Tasks;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** A network that a test serves itself, in time that the test moves. */
final class TestNet implements AutoCloseable {
  private static final long PATIENCE = TimeUnit.MINUTES.toNanos(20);

  final Network network;
  final List<String> notices = new CopyOnWriteArrayList<>();
  private boolean noisy;
  private final Pace pace = new Pace();
  private int added;

  /** Time that stands still by itself. */
  static final class Pace implements Clock {
    private long now = 1_000_000_000;

    void pass(long millis) {
      now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public long epochNanos() {
      return now;
    }
  }

  static final class NoTasks implements Tasks {
    @Override
    public void start(String name, Runnable task) {
      throw new AssertionError("a thread is made: " + name);
    }

    @Override
    public Sequence sequence(String name) {
      throw new AssertionError("a thread is made: " + name);
    }

    @Override
    public Executor background() {
      throw new AssertionError("a thread is made");
    }

    @Override
    public Sequence crew(String name, int most) {
      throw new AssertionError("threads are made: " + name);
    }
  }

  TestNet(NetworkSettings settings) {
    this(settings, new TestLinks());
  }

  TestNet(NetworkSettings settings, HostLinks links) {
    network =
        new Network(
            settings,
            new PlatformClock(pace),
            new NoTasks(),
            bytes -> Arrays.fill(bytes, (byte) 7),
            notices::add,
            links);
    network.drivenByCaller();
  }

  static TestNet user() {
    return user(false, Path.of("/nonexistent/resolv.conf"));
  }

  static TestNet user(boolean restrict, Path resolvers) {
    return new TestNet(
        new NetworkSettings("out", Optional.of(new UserSettings(restrict, resolvers)), 1500, true));
  }

  static TestNet inside(boolean filter) {
    return new TestNet(new NetworkSettings("lan", Optional.empty(), 1500, filter));
  }

  TestGuest guest(PortForward... forwards) {
    return guest(
        new NicSettings(
            new MacAddress(0x5254_0000_0001L + added),
            OptionalLong.empty(),
            Optional.empty(),
            List.of(forwards)));
  }

  TestGuest guest(NicSettings settings) {
    added++;
    return new TestGuest(network.add(settings));
  }

  /** Serves what is there. */
  void turn() {
    network.turn(0);
    network.turn(0);
  }

  /** Time goes on, and what is due is done. */
  void pass(long millis) {
    pace.pass(millis);
    turn();
  }

  /** Serves until it is so: the host's own sockets may take a moment. */
  void until(BooleanSupplier so) {
    until(so, network::turn);
  }

  /** Serves by {@code turn}, which waits so many nanoseconds at most, until it is so. */
  static void until(BooleanSupplier so, LongConsumer turn) {
    long give = System.nanoTime() + PATIENCE;
    while (!so.getAsBoolean()) {
      turn.accept(TimeUnit.MILLISECONDS.toNanos(1));
      assertThat(System.nanoTime()).as("it never becomes so").isLessThan(give);
    }
  }

  /** Has a person told things, on threads of others; the test says which. */
  TestNet noisy() {
    noisy = true;
    return this;
  }

  @Override
  public void close() {
    network.close();
    assertThat(noisy || notices.isEmpty()).as("%s", notices).isTrue();
  }
}
