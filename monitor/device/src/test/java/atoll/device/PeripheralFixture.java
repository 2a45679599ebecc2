package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Effects;
import atoll.host.HostMemory;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.memory.GuestMemory;
import atoll.peripheral.Board;
import atoll.peripheral.GuestTimer;
import atoll.peripheral.PeripheralFactory;
import atoll.peripheral.RegisterAccess;
import atoll.peripheral.StatefulPeripheral;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/** A device of a user's on a small machine whose time a test moves. */
abstract class PeripheralFixture {
  static final long RAM = 0x8000_0000L;
  static final long SIZE = 0x2000;
  final ManualClock pace = new ManualClock();
  final Looks watch = new Looks();
  final PlatformClock clock = new PlatformClock(pace);
  final List<Wire> wires = List.of(new Wire(), new Wire());
  final HostMemory ram = HostMemory.allocate(SIZE);
  final GuestMemory memory = new GuestMemory(RAM, ram);
  final List<String> failures = new ArrayList<>();
  final List<Throwable> causes = new ArrayList<>();
  final List<String> notices = new ArrayList<>();
  final List<RegisterAccess> accesses = new ArrayList<>();
  long charges;
  Map<String, String> settings = Map.of();
  DmaGrant dma = DmaGrant.NONE;
  Duration patience = Duration.ofDays(10_000);

  /** What a test does with a device from outside. */
  Probe probe;

  @AfterEach
  void free() {
    ram.close();
  }

  /** Counts what its timer does; any access is good. */
  static class Probe implements StatefulPeripheral<Probe.State> {
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

  PeripheralFactory probe() {
    return board -> {
      probe = new Probe(board);
      return probe;
    };
  }

  PeripheralHost host(PeripheralFactory factory) {
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

  static long read(PeripheralHost host, long offset, int size) {
    MmioAccess access = new MmioAccess().read(0, size);
    assertThat(host.perform(offset, access)).isTrue();
    return access.value();
  }

  static void write(PeripheralHost host, long offset, int size, long value) {
    assertThat(host.perform(offset, new MmioAccess().write(0, size, value))).isTrue();
  }

  /** Looks at the calls of a device when the test says so. */
  static final class Looks implements Timers {
    final List<Runnable> armed = new ArrayList<>();

    @Override
    public synchronized Armed at(long nanos, Runnable action) {
      armed.add(action);
      return () -> {};
    }

    synchronized List<Runnable> take() {
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

  static MmioAccess access(Excursion trip) {
    return new MmioAccess(trip).read(0, 4);
  }
}
