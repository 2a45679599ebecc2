package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.BlockBackend;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.TestVm;
import atoll.virtio.Service;
import atoll.virtio.VirtioServed;
import atoll.vmm.Boot;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelPort.End;
import atoll.vmm.Outcome;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whose requests a driver VM serves when, with which priority, and what if it hangs. */
class DriverVmOrderTest {
  private static final long MIB = 1 << 20;
  private static final int REQUESTS = 64; // of guests/burst
  private static final int MOST_AT_ONCE = 16; // of guests/driver

  /** A disk in memory that notes the places of what is read, if wanted once it may. */
  private static class Disk implements BlockBackend {
    final List<Long> reads = new ArrayList<>();
    final CountDownLatch gate;
    private final byte[] bytes = new byte[(int) (2 * MIB)];

    Disk(boolean waits) {
      gate = new CountDownLatch(waits ? 1 : 0);
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public boolean readOnly() {
      return false;
    }

    @Override
    public synchronized void read(long offset, MemorySegment into) {
      into.copyFrom(MemorySegment.ofArray(bytes).asSlice(offset, into.byteSize()));
    }

    @Override
    public synchronized void write(long offset, MemorySegment from) {
      MemorySegment.ofArray(bytes).asSlice(offset, from.byteSize()).copyFrom(from);
    }

    /** In the server's own exit, so in the order in which it asks. */
    @Override
    public boolean readNow(long offset, List<MemorySegment> into) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      reads.add(offset);
      long at = offset;
      for (MemorySegment piece : into) {
        read(at, piece);
        at += piece.byteSize();
      }
      return true;
    }

    @Override
    public void discard(long offset, long length) {}

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) {}

    @Override
    public String serial() {
      return "order";
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static List<ChannelPort> service(Microkernel board, String name, long offset) {
    Service part = new Service(Service.Kind.BLOCK, false, 0, offset, MIB);
    return ChannelPort.make(
        board,
        name,
        Service.MEMORY,
        List.of(End.endpoint(true), new End(true, new ChannelDevice.Served(part))));
  }

  private static TestVm start(
      Engine engine,
      Microkernel board,
      Boot boot,
      Placement place,
      List<BlockBackend> disks,
      List<ChannelPort> ends) {
    return TestVm.start(
        VmConfig.builder(engine, boot)
            .memory(16 * MIB)
            .placements(List.of(place))
            .disks(disks)
            .channels(ends),
        board);
  }

  private static Placement at(int pcpu) {
    return new Placement(pcpu, Reservation.UNLIMITED);
  }

  private static void awaitAsked(TestVm client) {
    while (counted(client).requests() < REQUESTS) {
      assertThat(Thread.interrupted()).as("JUnit has waited long enough").isFalse();
      Thread.onSpinWait();
    }
  }

  private static VirtioServed.Statistics counted(TestVm client) {
    return client.statistics().served().getFirst();
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void whoAsksForMuchWaitsForWhoAsksAsWell(Engine engine) throws InterruptedException {
    Disk disk = new Disk(true);
    Boot burst = TestVm.firmware("burst", "");
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 3)) {
      List<ChannelPort> one = service(board, "one", 0);
      List<ChannelPort> two = service(board, "two", MIB);
      List<ChannelPort> ends = List.of(one.get(0), two.get(0));
      Boot driver = TestVm.supervisor("driver", "");
      // Both have asked when the server begins, and it begins both before it has a request.
      try (TestVm first = start(engine, board, burst, at(1), List.of(), List.of(one.get(1)));
          TestVm second = start(engine, board, burst, at(2), List.of(), List.of(two.get(1)))) {
        first.console().await("asked", LIMIT);
        second.console().await("asked", LIMIT);
        try (TestVm server = start(engine, board, driver, at(0), List.of(disk), ends)) {
          awaitAsked(first);
          awaitAsked(second);
          disk.gate.countDown();
          assertThat(first.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
          assertThat(second.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
          assertThat(server.machine().awaitEnd(Duration.ZERO)).isEmpty();
        }
      }
    }
    assertThat(disk.reads).hasSize(2 * REQUESTS);
    assertThat(longestRun(disk.reads)).isLessThanOrEqualTo(2 * MOST_AT_ONCE);
  }

  /** How many requests of one client were served behind each other at most. */
  private static int longestRun(List<Long> places) {
    int longest = 0;
    int run = 0;
    for (int n = 0; n < places.size(); n++) {
      boolean same = n > 0 && places.get(n) / MIB == places.get(n - 1) / MIB;
      run = same ? run + 1 : 1;
      longest = Math.max(longest, run);
    }
    return longest;
  }

  /**
   * The server shares its CPU with a machine of middle priority that never rests. It is woken by
   * its client, and waits for its disk in between: it would not go on without its client's.
   */
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void aServerHasItsClientsPriorityAlsoWhenItsDiskIsDone(Engine engine)
      throws InterruptedException {
    try (Microkernel board =
        new Microkernel(Clock.host(), 2, PriorityPolicy::new, new MachineMemory(1L << 40))) {
      List<ChannelPort> ends = service(board, "data", 0);
      Boot driver = TestVm.supervisor("driver", "");
      Placement low = new Placement(0, Reservation.priority(10));
      Placement middle = new Placement(0, Reservation.priority(100));
      Placement high = new Placement(1, Reservation.priority(200));
      try (TestVm server =
          start(engine, board, driver, low, List.of(new Disk(false)), List.of(ends.get(0)))) {
        server.console().await("driver: 1 clients", LIMIT);
        Boot busy = TestVm.firmware("station", ""); // It has nothing, and looks for that.
        Boot disk = TestVm.firmware("disk", "generations=8");
        try (TestVm other = start(engine, board, busy, middle, List.of(), List.of())) {
          other.console().await("station: begins", LIMIT);
          try (TestVm client = start(engine, board, disk, high, List.of(), List.of(ends.get(1)))) {
            client.console().await("flushed 8", LIMIT);
          }
        }
      }
    }
  }

  /** A guest that never looks at what it is asked for has not restarted its watchdog either. */
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void aClientGoesOnWhenItsServersWatchdogHasEndedIt(Engine engine) throws InterruptedException {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 2)) {
      List<ChannelPort> ends = service(board, "data", 0);
      Boot disk = TestVm.firmware("disk", "generations=8");
      try (TestVm client = start(engine, board, disk, at(1), List.of(), List.of(ends.get(1)))) {
        VmConfig.Builder hanging =
            VmConfig.builder(engine, TestVm.firmware("station", ""))
                .memory(16 * MIB)
                .placements(List.of(at(0)))
                .channels(List.of(ends.get(0)))
                .watchdog(Duration.ofMillis(100));
        try (TestVm server = TestVm.start(hanging, board)) {
          assertThat(server.end(LIMIT)).isInstanceOf(Outcome.Watchdog.class);
          assertThat(counted(client).up()).isFalse();
        }
        Boot driver = TestVm.supervisor("driver", "");
        try (TestVm server =
            start(engine, board, driver, at(0), List.of(new Disk(false)), List.of(ends.get(0)))) {
          server.console().await("serving data", LIMIT);
          client.console().await("flushed 8", LIMIT);
        }
      }
    }
  }
}
