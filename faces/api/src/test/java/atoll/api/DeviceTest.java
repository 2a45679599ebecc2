package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.peripheral.Board;
import atoll.peripheral.GuestTimer;
import atoll.peripheral.Peripheral;
import atoll.peripheral.RegisterAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A program gives a VM a device of its own, watches it, and replaces it. */
@ParameterizedClass
@MethodSource("atoll.api.Engines#names")
class DeviceTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Path GUEST =
      Path.of("../../guests/thermometer/thermometer.elf").toAbsolutePath().normalize();
  private static final int PERIOD = 0x08;
  private static final int VALUE = 0x10;

  @Parameter String engine;

  /** What the guest drives: a sample at each of its timer's times. */
  public static class Samples implements Peripheral {
    private final Board board;
    private final GuestTimer timer;
    private final int value;
    private int status;

    Samples(Board board, int value) {
      this.board = board;
      this.value = value;
      timer = board.timer(this::sample);
    }

    public Samples(Board board) {
      this(board, 1_000);
    }

    private void sample() {
      status = 1;
      board.interrupt().set(true);
      timer.after(1_000_000);
    }

    @Override
    public boolean decodes(long offset, int size, boolean write) {
      return size != 1;
    }

    @Override
    public long read(long offset, int size) {
      return switch ((int) offset) {
        case 0 -> 0x5448_4d31;
        case 0x0c -> status;
        case VALUE -> value;
        default -> 0;
      };
    }

    @Override
    public void write(long offset, int size, long written) {
      if (offset == 0x04) {
        timer.after(1_000_000);
      } else if (offset == 0x0c) {
        status = 0;
        board.interrupt().set(false);
      }
    }
  }

  private VmBuilder guest(Device device) {
    return Atoll.firmware(GUEST).memory("16M").engine(engine).device("thermometer", device);
  }

  private static Device usual(Device device) {
    return device.compatible("example,thermometer").interrupt(40).at(0x1230_0000L);
  }

  @Test
  void aFunctionOfTheProgramIsADeviceThatIsWatched() {
    Queue<RegisterAccess> seen = new ConcurrentLinkedQueue<>();
    Device device = usual(Device.of(board -> new Samples(board, -1_500))).watched(seen::add);
    try (AtollSystem system = guest(device).start()) {
      assertThat(system.vm().awaitEnd(LIMIT)).isEqualTo(new Ending.PoweredOff(0));
      assertThat(system.vm().console().text())
          .contains("a thermometer at 12300000, interrupt 40")
          .contains("a byte of it: load access fault")
          .contains("sample 8: -1.500 degrees");
      assertThat(seen)
          .contains(new RegisterAccess(true, PERIOD, 4, 1000))
          .contains(new RegisterAccess(false, VALUE, 4, 0xffff_fa24L));
      assertThat(system.vm().statistics().devices())
          .anySatisfy(each -> assertThat(each.device()).isEqualTo("own thermometer"));
    }
  }

  @Test
  void aDeviceThatThrowsEndsItsVmWithASentence() {
    Device device =
        usual(
            Device.of(board ->
                Peripheral.of(
                    (offset, size) -> {
                      throw new UnsupportedOperationException("no register " + offset);
                    },
                    (offset, size, value) -> {})));
    try (AtollSystem system = guest(device).start()) {
      assertThat(system.vm().awaitEnd(LIMIT))
          .isInstanceOfSatisfying(
              Ending.Failed.class,
              failed ->
                  assertThat(failed.reason())
                      .startsWith(
                          "device thermometer (a function of the program): read of 4 bytes at 0x0"
                              + " threw java.lang.UnsupportedOperationException: no register 0"
                              + " at atoll.api.DeviceTest.")
                      .contains("(DeviceTest.java:"));
    }
  }

  @Test
  void aDeviceIsReplacedWhileItsVmIsHeld() {
    Device device = usual(Device.of(board -> new Samples(board, 1_000)));
    try (AtollSystem system = guest(device).append("samples=1000000").start()) {
      Vm vm = system.vm();
      vm.console().expect("1.000 degrees", LIMIT);
      assertThatThrownBy(() -> vm.replaceDevice("barometer", board -> new Samples(board, 0)))
          .isInstanceOf(AtollException.class)
          .hasMessage(
              "vm has no device 'barometer' of its user's; those that it has: [thermometer]");
      vm.replaceDevice("thermometer", board -> new Running(board, 2_000));
      vm.console().expect("2.000 degrees", LIMIT);
    }
  }

  /** One that a guest finds in the midst of its work. */
  private static final class Running extends Samples {
    Running(Board board, int value) {
      super(board, value);
      write(0x04, 4, 3);
    }
  }

  @Test
  void aDeviceOfAScenarioIsReplacedAndWatched(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            """
            machine: {memory: 16M, cpus: 1}
            vms:
              bare:
                firmware: %s
                memory: 16M
                engine: %s
                devices:
                  thermometer:
                    class: %s
                    jar: %s
                    compatible: example,thermometer
            """
                .formatted(
                    GUEST,
                    engine,
                    Samples.class.getName(),
                    Path.of("target/test-classes").toAbsolutePath()));
    try (AtollSystem system = Atoll.scenario(file).start()) {
      assertThat(system.vm().awaitEnd(LIMIT)).isEqualTo(new Ending.PoweredOff(0));
      assertThat(system.vm().console().text()).contains("sample 8: 1.000 degrees");
    }
    Queue<RegisterAccess> seen = new ConcurrentLinkedQueue<>();
    ScenarioBuilder changed =
        Atoll.scenario(file)
            .replaceDevice("bare", "thermometer", board -> new Samples(board, 7_000))
            .watchDevice("bare", "thermometer", seen::add);
    try (AtollSystem system = changed.start()) {
      assertThat(system.vm().awaitEnd(LIMIT)).isEqualTo(new Ending.PoweredOff(0));
      assertThat(system.vm().console().text()).contains("sample 8: 7.000 degrees");
      assertThat(seen).contains(new RegisterAccess(false, VALUE, 4, 7_000));
    }
    assertThatThrownBy(() -> Atoll.scenario(file).watchDevice("bare", "clock", seen::add).create())
        .isInstanceOf(AtollException.class)
        .hasMessage("bare has no device 'clock', expected one of [thermometer]");
  }

  @Test
  void whatCannotBeIsRefusedBeforeAnythingRuns() {
    Device device = Device.of(board -> new Samples(board, 1));
    assertThatThrownBy(() -> device.size(5)).isInstanceOf(AtollException.class);
    assertThatThrownBy(() -> device.property("reg", 1)).isInstanceOf(AtollException.class);
    assertThatThrownBy(() -> guest(device).device("No Name", device))
        .isInstanceOf(AtollException.class)
        .hasMessageContaining("the device 'No Name' is no name for a device");
    assertThatThrownBy(() -> guest(device.at(0x1000_0000L)).create())
        .isInstanceOf(AtollException.class)
        .hasMessageContaining("the device 'thermometer' cannot be at 0x10000000");
    assertThatThrownBy(() -> guest(device.setting("speed", 5)).create())
        .isInstanceOf(AtollException.class)
        .hasMessageContaining("there is no setting 'speed'");
    Device missing = Device.of(Path.of("target/test-classes"), "atoll.api.Missing");
    assertThatThrownBy(() -> guest(missing).create())
        .isInstanceOf(AtollException.class)
        .hasMessageContaining("has no class atoll.api.Missing");
  }
}
