package atoll.bench;

import atoll.device.DmaGrant;
import atoll.device.Excursion;
import atoll.device.MmioAccess;
import atoll.device.MmioBus;
import atoll.device.PeripheralCode;
import atoll.device.PeripheralHost;
import atoll.device.PeripheralWiring;
import atoll.device.SifiveGpio;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostMemory;
import atoll.host.PlatformClock;
import atoll.memory.GuestMemory;
import atoll.peripheral.Peripheral;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the bus and a device take of an MMIO exit: a simple one of Atoll's, beside one of a user's
 * own that does as little.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DeviceAccessBenchmark {
  private static final long BUILT_IN = 0x1000;
  private static final long OWN = 0x2000;
  private static final long SIZE = 0x1000;
  private static final int OUTPUT_VALUE = 0x0c;

  private final MmioBus bus = new MmioBus();
  private final MmioAccess access = new MmioAccess(new Trip());
  private HostMemory ram;
  private PeripheralHost own;
  private int value;

  /** What a vCPU does on its way to an own device and back. */
  private static final class Trip implements Excursion {
    private final AtomicBoolean outside = new AtomicBoolean();

    @Override
    public void begin() {
      outside.setRelease(true);
    }

    @Override
    public void end() {
      if (!outside.compareAndSet(true, false)) {
        throw new IllegalStateException("nobody takes it away");
      }
    }

    @Override
    public void goOnWithout() {}

    @Override
    public void abandon() {}

    @Override
    public boolean stopped() {
      return false;
    }
  }

  /** Puts both on the bus. */
  @Setup
  public void attach() {
    PlatformClock clock = new PlatformClock(Clock.host());
    Effects effects = Effects.host();
    ram = HostMemory.allocate(SIZE);
    PeripheralCode code =
        new PeripheralCode(
            "a function",
            board -> Peripheral.of((at, size) -> value, (at, size, to) -> value = (int) to),
            Map.of(),
            DmaGrant.NONE,
            Optional.empty(),
            PeripheralCode.USUAL_PATIENCE);
    own =
        new PeripheralHost(
            "own",
            code,
            new PeripheralWiring(
                "vm",
                clock,
                effects.timers().apply(clock),
                effects.timers().apply(clock),
                effects.tasks().sequence("own"),
                List.of(),
                new GuestMemory(0, ram),
                () -> nanos -> {},
                (text, cause) -> {},
                text -> {}));
    own.resume();
    bus.attach(OWN, SIZE, own);
    bus.attach(BUILT_IN, SIZE, new SifiveGpio(List.of(high -> {})));
  }

  @TearDown
  public void close() {
    own.pause();
    own.close();
    ram.close();
  }

  @Benchmark
  public long readBuiltIn() {
    return read(BUILT_IN + OUTPUT_VALUE);
  }

  @Benchmark
  public long readOwn() {
    return read(OWN + OUTPUT_VALUE);
  }

  @Benchmark
  public boolean writeOwn() {
    return bus.perform(access.write(OWN + OUTPUT_VALUE, Integer.BYTES, 1));
  }

  private long read(long gpa) {
    if (!bus.perform(access.read(gpa, Integer.BYTES))) {
      throw new IllegalStateException("nothing is there");
    }
    return access.value();
  }
}
