package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Effects;
import atoll.host.HostMemory;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.memory.GuestMemory;
import atoll.peripheral.Board;
import atoll.peripheral.GuestTimer;
import atoll.peripheral.Peripheral;
import atoll.peripheral.PeripheralFactory;
import atoll.peripheral.RegisterAccess;
import atoll.peripheral.StatefulPeripheral;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Code of a user's has its board, and does harm to its own machine at most. */
class PeripheralHostTest {
  private static final long RAM = 0x8000_0000L;
  private static final long SIZE = 0x2000;
  private static final long MILLI = 1_000_000;

  private final ManualClock pace = new ManualClock();
  private final Looks watch = new Looks();
  private final PlatformClock clock = new PlatformClock(pace);
  private final List<Wire> wires = List.of(new Wire(), new Wire());
  private final HostMemory ram = HostMemory.allocate(SIZE);
  private final GuestMemory memory = new GuestMemory(RAM, ram);
  private final List<String> failures = new ArrayList<>();
  private final List<Throwable> causes = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private final List<RegisterAccess> accesses = new ArrayList<>();
  private long charges;
  private Map<String, String> settings = Map.of();
  private DmaGrant dma = DmaGrant.NONE;
  private Duration patience = Duration.ofDays(10_000);

  /** What a test does with a device from outside. */
  private Probe probe;

  @AfterEach
  void free() {
    ram.close();
  }

  /** Counts what its timer does; any access is good. */
  private static class Probe implements StatefulPeripheral<Probe.State> {
    final Board board;
    final GuestTimer timer;
    final List<String> told = new ArrayList<>();
    int ticks;

    record State(int ticks) {}

    Probe(Board board) {
      this.board = board;
      timer = board.timer(() -> ticks++);
    }

    @Override
    public boolean decodes(long offset, int size, boolean write) {
      return offset != 0x40;
    }

    @Override
    public long read(long offset, int size) {
      return 0x1122_3344_5566_7788L;
    }

    @Override
    public void write(long offset, int size, long value) {
      if (offset == 8) {
        throw new IllegalStateException("no such value\nand a second line");
      }
    }

    @Override
    public void pause() {
      told.add("pause");
    }

    @Override
    public void resume() {
      told.add("resume");
    }

    @Override
    public void close() {
      told.add("close");
    }

    @Override
    public State state() {
      return new State(ticks);
    }

    @Override
    public void restore(State state) {
      ticks = state.ticks;
    }

    @Override
    public Class<State> stateType() {
      return State.class;
    }
  }

  private PeripheralFactory probe() {
    return board -> {
      probe = new Probe(board);
      return probe;
    };
  }

  private PeripheralHost host(PeripheralFactory factory) {
    PeripheralCode code =
        new PeripheralCode(
            "class x.Probe",
            factory,
            settings,
            dma,
            Optional.<java.util.function.Consumer<RegisterAccess>>of(accesses::add),
            patience);
    return new PeripheralHost(
        "probe",
        code,
        new PeripheralWiring(
            "vm",
            clock,
            pace,
            watch,
            Effects.host().tasks().sequence("probe"),
            List.copyOf(wires),
            memory,
            () -> nanos -> charges++,
            (text, cause) -> {
              failures.add(text);
              causes.add(cause);
            },
            notices::add));
  }

  private static long read(PeripheralHost host, long offset, int size) {
    MmioAccess access = new MmioAccess().read(0, size);
    assertThat(host.perform(offset, access)).isTrue();
    return access.value();
  }

  private static void write(PeripheralHost host, long offset, int size, long value) {
    assertThat(host.perform(offset, new MmioAccess().write(0, size, value))).isTrue();
  }

  /** Looks at the calls of a device when the test says so. */
  private static final class Looks implements Timers {
    private final List<Runnable> armed = new ArrayList<>();

    @Override
    public synchronized Armed at(long nanos, Runnable action) {
      armed.add(action);
      return () -> {};
    }

    private synchronized List<Runnable> take() {
      List<Runnable> taken = List.copyOf(armed);
      armed.clear();
      return taken;
    }

    void look(int count) {
      for (int n = 0; n < count; n++) {
        take().forEach(Runnable::run);
      }
    }

    synchronized int armed() {
      return armed.size();
    }

    @Override
    public void close() {
      take();
    }
  }

  @Test
  void registersAreReadInTheSizeOfTheAccessAndWatched() {
    PeripheralHost host = host(probe());
    assertThat(read(host, 0, 1)).isEqualTo(0x88);
    assertThat(read(host, 0, 4)).isEqualTo(0x5566_7788L);
    assertThat(read(host, 0, 8)).isEqualTo(0x1122_3344_5566_7788L);
    write(host, 4, 2, 7);
    assertThat(accesses)
        .endsWith(new RegisterAccess(true, 4, 2, 7))
        .contains(new RegisterAccess(false, 0, 1, 0x88));
    assertThat(host.perform(0x40, new MmioAccess().read(0, 4))).isFalse();
    assertThat(host.perform(0x44, new MmioAccess().read(0, 4))).isTrue();
    assertThat(host.name()).isEqualTo("own probe");
    assertThat(failures).isEmpty();
  }

  @Test
  void whatACallThrowsIsToldWithMethodRegisterAndPlaceAndTheDeviceIsCalledNoMore() {
    PeripheralHost host = host(probe());
    write(host, 8, 4, 1);
    assertThat(failures)
        .singleElement()
        .asString()
        .startsWith(
            "device probe (class x.Probe): write of 4 bytes at 0x8 threw"
                + " java.lang.IllegalStateException: no such value at"
                + " atoll.device.PeripheralHostTest$Probe.write(PeripheralHostTest.java:")
        .doesNotContain("second line");
    assertThat(causes.getFirst().getStackTrace())
        .extracting(StackTraceElement::getClassName)
        .containsExactly(Probe.class.getName());
    assertThat(read(host, 0, 8)).isZero();
    write(host, 8, 4, 1);
    assertThat(failures).hasSize(1);
  }

  @Test
  void errorsAndCheckedExceptionsOfEveryCallEndInOneSentence() {
    Board[] given = new Board[1];
    PeripheralHost host =
        host(board -> {
          given[0] = board;
          board.timer(() -> {
            throw new AssertionError("in a timer");
          });
          return new Probe(board) {
            @Override
            public boolean decodes(long offset, int size, boolean write) {
              return deep(offset) > 0;
            }

            private long deep(long n) {
              return n == Long.MAX_VALUE ? 1 : deep(n + 1) + 1;
            }
          };
        });
    write(host, 0, 4, 1);
    assertThat(failures)
        .singleElement()
        .asString()
        .contains("decodes for a write of 4 bytes at 0x0 threw java.lang.StackOverflowError");
  }

  @Test
  void aTimerRingsInGuestTimeAndWaitsForTheEndOfAPause() {
    PeripheralHost host = host(probe());
    probe.timer.after(2 * MILLI);
    pace.advance(5 * MILLI);
    assertThat(probe.ticks).as("before the machine runs").isZero();
    host.resume();
    pace.advance(0);
    assertThat(probe.ticks).isEqualTo(1);
    assertThat(probe.timer.due()).isEmpty();
    probe.timer.at(clock.nanos() + 3 * MILLI);
    assertThat(probe.timer.due()).isEqualTo(OptionalLong.of(8 * MILLI));
    host.pause();
    pace.advance(10 * MILLI);
    assertThat(probe.ticks).isEqualTo(1);
    host.resume();
    pace.advance(0);
    assertThat(probe.ticks).isEqualTo(2);
    assertThat(probe.told).containsExactly("pause", "resume");
    probe.timer.after(1);
    probe.timer.cancel();
    probe.timer.after(MILLI);
    probe.timer.after(2 * MILLI);
    pace.advance(MILLI);
    assertThat(probe.ticks).isEqualTo(2);
    pace.advance(MILLI);
    assertThat(probe.ticks).isEqualTo(3);
    assertThat(charges).isEqualTo(3);
  }

  @Test
  void timersAreMadeInTheConstructorOnly() {
    PeripheralHost host = host(probe());
    host.resume();
    assertThatThrownBy(() -> probe.board.timer(() -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("in its constructor");
  }

  @Test
  void linesAreDrivenAsTheDeviceSays() {
    host(board -> {
      board.interrupt(1).set(true);
      return probe().create(board);
    });
    assertThat(wires.get(1).high).as("driven in the constructor").isTrue();
    probe.board.interrupt().pulse();
    assertThat(wires.get(0).edges).isEqualTo(1);
    assertThat(wires.get(0).high).isFalse();
    assertThat(probe.board.interrupts()).isEqualTo(2);
    assertThatThrownBy(() -> probe.board.interrupt(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("interrupts: 3");
  }

  @Test
  void actionsOfOtherThreadsAreDoneWhileTheMachineRunsAndAreBounded() {
    PeripheralHost host = host(probe());
    assertThat(probe.board.perform(() -> probe.told.add("first"))).isTrue();
    pace.advance(0);
    assertThat(probe.told).isEmpty();
    host.resume();
    pace.advance(0);
    assertThat(probe.told).containsExactly("first");
    for (int n = 0; n < 1024; n++) {
      assertThat(probe.board.perform(() -> probe.ticks++)).isTrue();
    }
    assertThat(probe.board.perform(() -> probe.ticks++)).isFalse();
    pace.advance(0);
    assertThat(probe.ticks).isEqualTo(1024);
    host.pause();
    host.close();
    assertThat(probe.board.perform(() -> {})).isFalse();
  }

  @Test
  void memoryIsReachedWhereItIsGrantedAndWhileTheMachineRuns() {
    dma =
        new DmaGrant(
            false,
            List.of(
                new DmaGrant.Range(RAM + 0x100, 0x100, true),
                new DmaGrant.Range(RAM + SIZE - 16, 0x1000, false)));
    PeripheralHost host = host(probe());
    byte[] bytes = {1, 2, 3, 4};
    assertThat(probe.board.dma().write(RAM + 0x100, bytes)).as("before it runs").isFalse();
    host.resume();
    assertThat(probe.board.dma().write(RAM + 0x1fc, bytes)).isTrue();
    assertThat(memory.getInt(RAM + 0x1fc)).isEqualTo(0x0403_0201);
    byte[] read = new byte[4];
    assertThat(probe.board.dma().read(RAM + 0x1fc, read)).isTrue();
    assertThat(read).isEqualTo(bytes);
    for (long wrong :
        new long[] {RAM + 0x1fd, RAM + 0xff, RAM, 0, -4, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThat(probe.board.dma().write(wrong, bytes)).as("at 0x%x", wrong).isFalse();
      assertThat(probe.board.dma().read(wrong, read)).as("at 0x%x", wrong).isFalse();
    }
    assertThat(probe.board.dma().allows(RAM + SIZE - 16, 16, false)).isTrue();
    assertThat(probe.board.dma().allows(RAM + SIZE - 16, 16, true)).as("read-only").isFalse();
    assertThat(probe.board.dma().allows(RAM + SIZE - 16, 17, false)).as("no RAM").isFalse();
    assertThat(probe.board.dma().allows(RAM + 0x100, -1, false)).isFalse();
    host.pause();
    assertThat(probe.board.dma().read(RAM + 0x100, read)).as("in a pause").isFalse();
  }

  @Test
  void allOfTheRamIsGrantedAndNothingElse() {
    dma = DmaGrant.RAM;
    PeripheralHost host = host(probe());
    host.resume();
    assertThat(probe.board.dma().allows(RAM, SIZE, true)).isTrue();
    assertThat(probe.board.dma().allows(RAM, SIZE + 1, true)).isFalse();
    assertThat(probe.board.dma().allows(RAM - 1, 1, true)).isFalse();
    assertThat(probe.board.dma().allows(-1, Long.MAX_VALUE, true)).isFalse();
  }

  @Test
  void aStateHasLinesTimersAndWhatTheDeviceSays() {
    PeripheralHost host = host(probe());
    host.resume();
    probe.board.interrupt(1).set(true);
    probe.timer.after(7 * MILLI);
    probe.ticks = 3;
    host.pause();
    PeripheralHost.State state = host.state();
    wires.forEach(wire -> wire.set(false));
    PeripheralHost other = host(probe());
    other.restore(state);
    assertThat(other.state()).isEqualTo(state);
    assertThat(wires.get(1).high).isTrue();
    other.resume();
    pace.advance(7 * MILLI);
    assertThat(probe.ticks).isEqualTo(4);
    assertThatThrownBy(
            () -> other.restore(new PeripheralHost.State(state.lines(), List.of(), state.own())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 timers");
  }

  @Test
  void aDeviceWithoutStateSaysSo() {
    PeripheralHost host = host(board -> Peripheral.of((at, size) -> at, (at, size, value) -> {}));
    assertThat(read(host, 4, 4)).isEqualTo(4);
    assertThatThrownBy(host::state)
        .isInstanceOf(PeripheralException.class)
        .hasMessage(
            "device probe (class x.Probe) is no StatefulPeripheral, so that a machine that has it has no state to be taken");
  }

  @Test
  void whatCannotBeMadeSaysWhy() {
    assertThatThrownBy(() ->
            host(board -> {
              throw new java.io.IOException("port 5 is taken");
            }))
        .isInstanceOf(PeripheralException.class)
        .hasMessageStartingWith(
            "device probe (class x.Probe): its constructor threw java.io.IOException: port 5 is taken at ");
    assertThatThrownBy(() -> host(board -> null))
        .hasMessageContaining("java.lang.NullPointerException: no device was made");
    settings = Map.of("rate", "fast");
    assertThatThrownBy(() ->
            host(board -> {
              board.settings().number("rate", 1, 9, 1);
              return probe().create(board);
            }))
        .isInstanceOf(PeripheralException.class)
        .hasMessage(
            "device probe (class x.Probe): setting 'rate' is 'fast', expected a whole number from 1 to 9");
    assertThatThrownBy(() -> host(probe()))
        .hasMessageContaining("there is no setting 'rate', expected one of []");
    assertThat(probe.told).as("given back").containsExactly("close");
  }

  @Test
  void otherCodeTakesThePlaceWithLinesOfItsOwn() {
    PeripheralHost host = host(probe());
    host.resume();
    final Probe old = probe;
    old.board.interrupt(0).set(true);
    host.pause();
    assertThatThrownBy(() ->
            host.replace(
                "a lambda",
                board -> {
                  throw new IllegalArgumentException("not today");
                }))
        .isInstanceOf(PeripheralException.class)
        .hasMessageStartingWith("device probe (a lambda): its constructor threw");
    assertThat(old.told).as("still there").containsExactly("pause");
    host.replace(
        "a lambda",
        board -> {
          board.interrupt(1).set(true);
          return Peripheral.of((at, size) -> 42, (at, size, value) -> {});
        });
    assertThat(old.told).containsExactly("pause", "close");
    assertThat(wires.get(0).high).isFalse();
    assertThat(wires.get(1).high).isTrue();
    old.board.interrupt(0).set(true);
    old.timer.after(0);
    host.resume();
    pace.advance(MILLI);
    assertThat(wires.get(0).high).as("driven by one that has gone").isFalse();
    assertThat(old.ticks).isZero();
    assertThat(read(host, 0, 4)).isEqualTo(42);
    assertThat(failures).isEmpty();
  }

  @Test
  void aCallThatTakesLongIsToldOfOnceAndOneThatDoesNotReturnWhileItLasts() {
    PeripheralHost host =
        host(board ->
            Peripheral.of(
                (at, size) -> {
                  watch.look((int) at / 4);
                  return 0;
                },
                (at, size, value) -> {}));
    host.resume();
    read(host, 4L * PeripheralCalls.LONG, 4);
    assertThat(notices).isEmpty();
    read(host, 4L * PeripheralCalls.LONG + 4, 4);
    read(host, 4L * PeripheralCalls.LONG + 8, 4);
    assertThat(notices)
        .containsExactly(
            "device probe (class x.Probe): read of 4 bytes at 0x14 took more than 100 ms, and its VM waits meanwhile; it should return at once");
    notices.clear();
    read(host, 4L * PeripheralCalls.LATE + 4, 4);
    assertThat(notices)
        .containsExactly(
            "device probe (class x.Probe): read of 4 bytes at 0xa4 has not returned for 1 s, and its VM waits");
    watch.look(3);
    assertThat(watch.armed()).as("nothing to look at").isZero();
  }

  /** What becomes of a vCPU. */
  private static final class Trip implements Excursion {
    final AtomicInteger left = new AtomicInteger();
    final CountDownLatch abandoned = new CountDownLatch(1);
    final CountDownLatch back = new CountDownLatch(1);
    volatile boolean stopped;

    @Override
    public void begin() {}

    @Override
    public void end() {
      back.countDown();
    }

    @Override
    public void goOnWithout() {
      left.incrementAndGet();
    }

    @Override
    public void abandon() {
      abandoned.countDown();
    }

    @Override
    public boolean stopped() {
      return stopped;
    }
  }

  /** A device whose reads come back when the test says so. */
  private PeripheralFactory stuck(CountDownLatch reading, CountDownLatch free) {
    return board ->
        Peripheral.of(
            (at, size) -> {
              reading.countDown();
              awaitUninterruptibly(free);
              return 7;
            },
            (at, size, value) -> {});
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void othersHaveThePhysicalCpuWhileACallDoesNotReturnAndItMayStillReturn() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    PeripheralHost host = host(stuck(reading, free));
    host.resume();
    Trip first = new Trip();
    MmioAccess access = new MmioAccess(first).read(0, 4);
    Thread hart = Thread.ofPlatform().start(() -> host.perform(0, access));
    reading.await();
    Trip second = new Trip();
    Thread other =
        Thread.ofPlatform().start(() -> host.perform(0, new MmioAccess(second).write(0, 4, 1)));
    watch.look(1);
    assertThat(first.left).hasValue(0);
    watch.look(1);
    assertThat(first.left).hasValue(1);
    while (second.left.get() == 0) {
      watch.look(1); // it waits for its turn, or will
    }
    free.countDown();
    hart.join();
    other.join();
    assertThat(access.value()).isEqualTo(7);
    assertThat(first.back.getCount()).isZero();
    assertThat(failures).isEmpty();
  }

  @Test
  void aCallThatNeverReturnsEndsItsMachineAndNobodyWaitsForItAnyMore() throws Exception {
    patience = Duration.ofSeconds(2);
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    PeripheralHost host = host(stuck(reading, free));
    host.resume();
    Trip lost = new Trip();
    Thread hart = Thread.ofPlatform().start(() -> host.perform(0x10, access(lost)));
    reading.await();
    Trip second = new Trip();
    Thread other = Thread.ofPlatform().start(() -> host.perform(0x10, access(second)));
    watch.look(81);
    lost.abandoned.await();
    other.join();
    assertThat(second.abandoned.getCount()).as("it comes back by itself").isEqualTo(1);
    assertThat(failures)
        .singleElement()
        .asString()
        .startsWith(
            "device probe (class x.Probe): read of 4 bytes at 0x10 has not returned for 2 s; it is at"
                + " atoll.device.PeripheralHostTest.awaitUninterruptibly(PeripheralHostTest.java:");
    assertThat(causes.getFirst().getStackTrace())
        .extracting(StackTraceElement::getMethodName)
        .contains("await", "awaitUninterruptibly", "read")
        .doesNotContain("serve", "perform");
    host.pause();
    assertThatThrownBy(host::state).isInstanceOf(PeripheralException.class);
    host.close();
    watch.look(3);
    assertThat(watch.armed()).isZero();
    free.countDown();
    hart.join();
    assertThat(failures).hasSize(1);
  }

  @Test
  void theEndOfAMachineWaitsASecondForACallHoweverLongItMayTake() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    PeripheralHost host = host(stuck(reading, free));
    host.resume();
    Trip trip = new Trip();
    Thread hart = Thread.ofPlatform().start(() -> host.perform(0x10, access(trip)));
    reading.await();
    watch.look(400);
    assertThat(failures).isEmpty();
    trip.stopped = true;
    watch.look(1);
    trip.abandoned.await();
    free.countDown();
    hart.join();
  }

  private static MmioAccess access(Excursion trip) {
    return new MmioAccess(trip).read(0, 4);
  }

  @Test
  void aTimerThatDoesNotReturnIsGivenUpTooAndAPauseDoesNotWaitForIt() throws Exception {
    patience = Duration.ofMillis(100);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    PeripheralHost host =
        host(board -> {
          board
              .timer(() -> {
                begun.countDown();
                awaitUninterruptibly(free);
              })
              .after(0);
          return Peripheral.of((at, size) -> 1, (at, size, value) -> {});
        });
    host.resume();
    Thread timers = Thread.ofPlatform().start(() -> pace.advance(1));
    begun.await();
    host.pause();
    assertThat(failures)
        .singleElement()
        .asString()
        .startsWith("device probe (class x.Probe): a timer has not returned for 100 ms; it is at");
    host.close();
    free.countDown();
    timers.join();
  }

  @Test
  void aConstructorAndACloseThatDoNotReturnAreGivenUp() {
    patience = Duration.ofMillis(100);
    CountDownLatch free = new CountDownLatch(1);
    assertThatThrownBy(() ->
            host(board -> {
              awaitUninterruptibly(free);
              return null;
            }))
        .isInstanceOf(PeripheralException.class)
        .hasMessageStartingWith(
            "device probe (class x.Probe): its constructor has not returned for 100 ms; it is at");
    failures.clear();
    PeripheralHost host =
        host(board ->
            new Probe(board) {
              @Override
              public void close() {
                awaitUninterruptibly(free);
              }
            });
    host.resume();
    host.pause();
    host.close();
    assertThat(failures)
        .singleElement()
        .asString()
        .startsWith("device probe (class x.Probe): close has not returned for 100 ms");
    free.countDown();
  }

  @Test
  void whatCloseThrowsIsOnlyTold() {
    PeripheralHost host =
        host(board ->
            new Probe(board) {
              @Override
              public void close() {
                throw new IllegalStateException("stuck");
              }
            });
    host.resume();
    host.pause();
    host.close();
    assertThat(failures).isEmpty();
    assertThat(notices).singleElement().asString().contains("close threw", "stuck");
  }
}
