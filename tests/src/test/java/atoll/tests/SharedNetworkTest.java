package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.scenario.FlowMatrix;
import atoll.scenario.ScenarioPlan;
import atoll.testkit.GuestProgram;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two stock Debian kernels, one of which is a network device in memory that they share. */
@Tag("slow")
class SharedNetworkTest {
  private static final Path EXAMPLE = Road.ROOT.resolve("examples/shared-network");
  private static final Map<String, Path> PROGRAMS =
      Map.of(
          "bin/atoll-virtio", GuestProgram.elf("virtio-ivshmem"),
          "bin/atoll-ivshmem", GuestProgram.elf("ivshmem"),
          "root/device", EXAMPLE.resolve("device-profile"),
          "root/driver", EXAMPLE.resolve("driver-profile"));

  /** Nothing is typed before the loop that reads it. */
  private static final String COMMANDS =
      """
      dmesg -n 1
      echo WAITING
      while read -r line; do eval "$line"; echo "gave $?"; done
      """;

  private static final int ACKNOWLEDGED = 3;
  private static final int FEATURES_OK = 8;
  private static final int DRIVER_OK = 4;
  private static final int NEEDS_RESET = 64;
  private static final int READY = 1;
  private static final int SCRIBBLES = 20;

  /** Of what a side has to see: it looks by itself each second. */
  private static final int MOST_RINGS = 2000;

  private SharedWire wire;
  private TestVm left;
  private TestVm right;

  private static TestVm start(
      Engine engine, LinuxGuest linux, Microkernel board, SharedWire wire, int number)
      throws IOException {
    return TestVm.start(
        VmConfig.builder(engine, linux.boot(COMMANDS, PROGRAMS))
            .memory(192L << 20)
            .placements(List.of(new Placement(number, Reservation.UNLIMITED)))
            .channels(List.of(wire.end(number))),
        board);
  }

  /** Has each line done, and waits for its end; all must succeed. */
  private static void does(TestVm vm, String... lines) throws InterruptedException {
    for (String line : lines) {
      vm.console().type(line + "\n");
      vm.console().await("gave ", LIMIT);
      assertThat(vm.console().await("\r\n", LIMIT).strip()).as(line).isEqualTo("0");
    }
  }

  /** As the example does: the program, which is started again when it ends, and an address. */
  private static void begins(TestVm vm, String side) throws InterruptedException {
    does(vm, ". /root/" + side + "; LOOP=$!", "until PROGRAM=$(pidof atoll-virtio); do :; done");
  }

  private static void ends(TestVm vm) throws InterruptedException {
    does(vm, "kill $LOOP; killall -9 atoll-virtio; while pidof atoll-virtio; do :; done");
  }

  /** It is the program of before, which nothing has ended. */
  private static void isThere(TestVm vm) throws InterruptedException {
    does(vm, "[ $PROGRAM = \"$(pidof atoll-virtio)\" ]");
  }

  private static void reaches(TestVm vm, int address) throws InterruptedException {
    does(vm, "until ping -c 1 -W 2 10.9.0." + address + " >/dev/null; do :; done");
  }

  private void framesPass() throws InterruptedException {
    reaches(right, 1);
    reaches(left, 2);
    does(left, "ping -c 20 -A -s 1400 10.9.0.2 >/dev/null");
  }

  private static void ringUntil(TestVm vm, int peer, String what, BooleanSupplier condition)
      throws InterruptedException {
    for (int rings = 0; !condition.getAsBoolean(); rings++) {
      assertThat(rings).as(what).isLessThan(MOST_RINGS);
      does(vm, "atoll-ivshmem ring 0 " + peer);
    }
  }

  /** In the driver's place: says that a field was written, until the device has seen it. */
  private void say(int field) throws InterruptedException {
    wire.word(SharedWire.WRITE_TRANSACTION, field - SharedWire.HEADER);
    ringUntil(right, 0, "seen", () -> wire.word(SharedWire.WRITE_TRANSACTION) == 0);
  }

  private void say(int field, int value) throws InterruptedException {
    wire.word(field, value);
    say(field);
  }

  private void sayHalf(int field, int value) throws InterruptedException {
    wire.half(field, value);
    say(field);
  }

  private void sayLong(int field, long value) throws InterruptedException {
    wire.longWord(field, value);
    say(field);
  }

  /** A driver that begins, with the sending queue at these places. */
  private void drive(int features, long descriptors, long used) throws InterruptedException {
    say(SharedWire.STATUS, 0);
    wire.word(SharedWire.DRIVER_FEATURES_SELECT, 1);
    say(SharedWire.DRIVER_FEATURES, features);
    say(SharedWire.STATUS, ACKNOWLEDGED | FEATURES_OK);
    say(SharedWire.QUEUE_SELECT, 1);
    sayLong(SharedWire.QUEUE_DESCRIPTORS, descriptors);
    sayLong(SharedWire.QUEUE_AVAILABLE, SharedWire.available(1));
    sayLong(SharedWire.QUEUE_USED, used);
    wire.word(SharedWire.available(1), 0);
    wire.word(SharedWire.used(1), 0);
    sayHalf(SharedWire.QUEUE_ENABLE, 1);
    say(SharedWire.QUEUE_SELECT, 1);
    say(SharedWire.STATUS, ACKNOWLEDGED | FEATURES_OK | DRIVER_OK);
  }

  private void drive() throws InterruptedException {
    drive(1, SharedWire.descriptors(1), SharedWire.used(1));
    assertThat(wire.word(SharedWire.STATUS) & (DRIVER_OK | NEEDS_RESET)).isEqualTo(DRIVER_OK);
  }

  private void offers(int count) throws InterruptedException {
    wire.half(SharedWire.available(1) + 2, count);
    say(SharedWire.QUEUE_SELECT, 1);
  }

  /** Frames that cannot be are given back; what is no frame ends the queue, and is told. */
  private void drivesBadly() throws InterruptedException {
    drive(2, SharedWire.descriptors(1), SharedWire.used(1));
    assertThat(wire.word(SharedWire.STATUS) & (FEATURES_OK | DRIVER_OK)).isZero();
    drive(1, SharedWire.BYTES, SharedWire.used(1));
    assertThat(wire.half(SharedWire.QUEUE_ENABLE)).isZero();
    drive(1, SharedWire.descriptors(1), -4);
    assertThat(wire.half(SharedWire.QUEUE_ENABLE)).isZero();
    drive();
    assertThat(wire.half(SharedWire.QUEUE_ENABLE)).isEqualTo(1);
    wire.describe(1, 0, SharedWire.BYTES - 8, 64, 0, 0);
    wire.describe(1, 1, -1, -1, 0, 0);
    wire.describe(1, 2, SharedWire.BUFFERS, 64, 1, 2); // in a circle
    wire.describe(1, 3, SharedWire.BUFFERS, 64, 1, 60_000);
    for (int id = 0; id < 4; id++) {
      wire.half(SharedWire.available(1) + 4 + 2 * id, id);
    }
    offers(4);
    ringUntil(right, 0, "given back", () -> wire.half(SharedWire.used(1) + 2) == 4);
    assertThat(wire.word(SharedWire.STATUS) & NEEDS_RESET).isZero();
    wire.half(SharedWire.available(1) + 4 + 2 * 4, SharedWire.ENTRIES);
    offers(5);
    ringUntil(right, 0, "an entry that there is not", this::needsReset);
    drive();
    offers(SharedWire.ENTRIES + 1);
    ringUntil(right, 0, "more than a queue", this::needsReset);
  }

  private boolean needsReset() {
    return (wire.word(SharedWire.STATUS) & NEEDS_RESET) != 0;
  }

  /** In the device's place: has the driver begin. */
  private void serve() throws InterruptedException {
    ringUntil(left, 1, "the driver begins", () -> answered(SharedWire.STATUS, 0));
    ringUntil(
        left,
        1,
        "the driver is ready",
        () -> answered(SharedWire.STATUS, ACKNOWLEDGED | FEATURES_OK | DRIVER_OK));
  }

  /** Answers what the driver has written; whether that was this value of the field. */
  private boolean answered(int field, int value) {
    int written = wire.word(SharedWire.WRITE_TRANSACTION);
    boolean wanted = written == field - SharedWire.HEADER && wire.word(field) == value;
    wire.word(
        SharedWire.DEVICE_FEATURES, wire.word(SharedWire.DEVICE_FEATURES_SELECT) == 1 ? 1 : 0);
    if (written == SharedWire.QUEUE_SELECT - SharedWire.HEADER) {
      wire.half(SharedWire.QUEUE_SIZE, SharedWire.ENTRIES);
    }
    if (written != 0) {
      wire.word(SharedWire.WRITE_TRANSACTION, 0);
    }
    return wanted;
  }

  private void gives(int nth, int id, int length) {
    wire.word(SharedWire.used(0) + 4 + 8 * nth, id);
    wire.word(SharedWire.used(0) + 8 + 8 * nth, length);
    wire.half(SharedWire.used(0) + 2, nth + 1);
  }

  /** A frame of no length is no harm; after what it has not given, the driver begins anew. */
  private void servesBadly() throws InterruptedException {
    wire.word(0, READY);
    wire.word(SharedWire.REVISION, 1);
    wire.word(SharedWire.GENERATION, wire.word(SharedWire.GENERATION) + 1);
    serve();
    gives(0, 0, -1);
    ringUntil(
        left,
        1,
        "offered again",
        () -> wire.half(SharedWire.available(0) + 2) == SharedWire.ENTRIES + 1);
    gives(1, 70_000, 64);
    serve();
    wire.half(SharedWire.used(1) + 2, 1); // of a frame that it has not sent, or not yet
    wire.word(SharedWire.used(1) + 4, 0);
    wire.half(SharedWire.used(0) + 2, SharedWire.ENTRIES + 1);
    serve();
  }

  private void scribbles(TestVm by, int peer) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(peer);
    for (int n = 0; n < SCRIBBLES; n++) {
      wire.scribble(random);
      does(by, "atoll-ivshmem ring 0 " + peer);
    }
  }

  @Test
  void theExamplesMachinesHaveNothingInCommonButThatMemory() {
    ScenarioPlan plan =
        new Manager(Clock.host(), Effects.host(bytes -> {}), System::getenv)
            .perform(new PlanAction.Plan(Road.ROOT.resolve("examples/shared-network.yaml")));
    assertThat(plan.flows().flows())
        .extracting(FlowMatrix.Flow::from, FlowMatrix.Flow::to, FlowMatrix.Flow::via)
        .containsExactlyInAnyOrder(tuple("left", "right", "wire"), tuple("right", "left", "wire"));
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void framesPassEitherSideComesBackAndIsHarmedByNothingThatTheOtherWrites(Engine engine)
      throws IOException, InterruptedException {
    var linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 2)) {
      wire = new SharedWire(board);
      try (TestVm one = start(engine, linux.get(), board, wire, 0);
          TestVm other = start(engine, linux.get(), board, wire, 1)) {
        left = one;
        right = other;
        left.console().await("WAITING\r\n", LIMIT);
        right.console().await("WAITING\r\n", LIMIT);
        begins(left, "device");
        begins(right, "driver");
        framesPass();
        ends(right);
        drivesBadly();
        scribbles(right, 0);
        begins(right, "driver");
        framesPass();
        isThere(left);
        ends(left);
        servesBadly();
        scribbles(left, 1);
        begins(left, "device");
        framesPass();
        isThere(right);
      }
    }
  }
}
