package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.front.CommandLineFront;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.BoardAction;
import atoll.manager.LifeAction;
import atoll.peripheral.Board;
import atoll.peripheral.Peripheral;
import atoll.scenario.DeviceSpec;
import atoll.scenario.ScenarioException;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The device of {@code examples/devices}, built as its page says, in a jar of its own. */
class OwnDeviceTest {
  @TempDir static Path made;
  @TempDir Path folder;

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    ExampleDevice.build(made);
  }

  private static String scenario(String vm) {
    return """
    machine: {memory: 32M, cpus: 1}
    vms:
      bare:
        firmware: %s
        memory: 16M
    %s
    """
        .formatted(Road.ROOT.resolve("guests/thermometer/thermometer.elf"), vm.indent(4));
  }

  private static String device(String more) {
    return """
    devices:
      thermometer:
        class: example.Thermometer
        jar: %s
        compatible: example,thermometer
    %s
    """
        .formatted(made.resolve("thermometer.jar"), more.indent(4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "auto"})
  void aBareMetalGuestDrivesTheDeviceOfTheExample(String engine) throws Exception {
    String text =
        Files.readString(ExampleDevice.FOLDER.resolve("thermometer.yaml"))
            .replace("../../guests", Road.ROOT.resolve("guests").toString())
            .replace("made/thermometer", made.resolve("thermometer").toString())
            .replaceFirst("(?s)  # Its driver is thermometer.c.*", "")
            .replace("memory: 16M", "memory: 16M\n    engine: " + engine);
    try (TestSystem system = TestSystem.start(folder, text)) {
      assertThat(system.awaitEnd("bare", 1, LIMIT).outcome()).isEqualTo(new Outcome.Poweroff(0));
      assertThat(system.console("bare").text())
          .contains("a thermometer at 12000000, interrupt 36")
          .contains("a byte of it: load access fault")
          .containsPattern("sample 1: \\d+\\.\\d{3} degrees")
          .containsPattern("sample 8: \\d+\\.\\d{3} degrees")
          .containsPattern("in memory: \\d{5} \\d{5} \\d{5}")
          .containsPattern("\\d+ samples, [1-9]\\d* refused");
    }
  }

  @Test
  void whatIsNotGrantedIsRefusedToTheDevice() throws Exception {
    String vm = device("dma: [{at: 0x8000_0000, size: 4K, read-only: true}]");
    try (TestSystem system = TestSystem.start(folder, scenario(vm))) {
      assertThat(system.awaitEnd("bare", 1, LIMIT).outcome()).isEqualTo(new Outcome.Poweroff(0));
      assertThat(system.console("bare").text())
          .contains("in memory: 0 0 0 0 0 0 0 0")
          .containsPattern("(\\d+) samples, \\1 refused");
    }
  }

  @Test
  void theDryRunAndTheDeviceTreeShowIt() throws IOException {
    String vm =
        device(
            """
            at: 0x1300_0000
            size: 0x100
            interrupts: 2
            interrupt: 50
            dma: ram
            device-tree: {label: inside, sample-rate: 0x10, big-endian: true, limits: [-5, 4_000_000_000]}
            """);
    Path file = Files.writeString(folder.resolve("s.yaml"), scenario(vm));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code =
        new CommandLineFront(Clock.host(), Effects.host(bytes -> {}), System::getenv, print, print)
            .run("up", file.toString(), "--dry-run");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .as("code %d", code)
        .containsPattern("0x1300_0000 +0x1300_00ff +256B +own thermometer +registers +50 ")
        .contains("device thermometer (class example.Thermometer), with access to memory");
    assertThat(code).isZero();
  }

  /** What a class may be that is no device. */
  public abstract static class Unmade implements Peripheral {
    protected Unmade(Board board) {}
  }

  @Test
  void aClassThatCannotBeIsRefusedWithItsPlaceInTheScenario() throws IOException {
    Path classes = Path.of("target/test-classes").toAbsolutePath();
    refused(
        "class: example.Barometer",
        "has no class example.Barometer; did you mean example.Thermometer?");
    Path text = Files.writeString(folder.resolve("no.jar"), "not a jar, though it is called so");
    refused("jar: " + text, "no.jar cannot be read as a jar: ");
    refused(
        "jar: %s\n    class: %s".formatted(classes, OwnDeviceTest.class.getName()),
        "is no device: it does not implement atoll.peripheral.Peripheral");
    refused(
        "jar: %s\n    class: %s".formatted(classes, Unmade.class.getName()),
        "needs a constructor with one parameter, atoll.peripheral.Board, or none");
  }

  private void refused(String keys, String message) throws IOException {
    String vm = device("");
    for (String key : keys.split("\n *", -1)) {
      vm =
          vm.replaceFirst(
              "(?m)^    " + key.split(":", -1)[0] + ": .*", Matcher.quoteReplacement("    " + key));
    }
    String text = scenario(vm);
    assertThatThrownBy(() -> TestSystem.start(folder, text).close())
        .isInstanceOf(ScenarioException.class)
        .hasMessageContaining("s.vms.bare.devices.thermometer".substring(2))
        .hasMessageContaining(message);
  }

  @Test
  void aClassThatCannotBeLoadedIsRefusedWithWhatToDo() throws Exception {
    refused("class: example.Thermometr", "did you mean example.Thermometer?");
    refused("class: Thermometer", "has no class Thermometer; did you mean example.Thermometer?");
    refused("class: a.B", "has no class a.B; check both names");
    Path classes = made.resolve("classes");
    refused("jar: %s\n    class: other.Thermometer".formatted(classes), "did you mean");
    Path newer = Files.createDirectories(folder.resolve("newer/example"));
    byte[] compiled = Files.readAllBytes(classes.resolve("example/Thermometer.class"));
    compiled[7]++; // major_version (JVM Specification §4.1)
    Files.write(newer.resolve("Thermometer.class"), compiled);
    int java = Runtime.version().feature();
    refused(
        "jar: " + newer.getParent(),
        "is compiled for Java %d, and Atoll runs on Java %d; compile it with --release %2$d"
            .formatted(26, java));
  }

  @Test
  void otherCodeOfAJarTakesThePlaceOfADeviceWhileItsMachineIsPaused() throws Exception {
    Path classes = Path.of("target/test-classes").toAbsolutePath();
    String text = scenario(device("")).replaceFirst("firmware: .*", "builtin: hello");
    try (TestSystem system = TestSystem.start(folder, text)) {
      system.console("bare").await("> ", LIMIT);
      DeviceSpec.Code again =
          new DeviceSpec.Code.InJar(made.resolve("thermometer.jar"), "example.Thermometer");
      DeviceSpec.Code other = new DeviceSpec.Code.InJar(classes, Sealed.class.getName());
      assertThatThrownBy(() -> replace(system, again))
          .hasMessage("bare runs, and its devices with it; pause it to replace one");
      system.perform(new LifeAction.Pause("bare"));
      assertThatThrownBy(
              () -> replace(system, new DeviceSpec.Code.InJar(folder.resolve("none.jar"), "a.B")))
          .hasMessageEndingWith("none.jar does not exist; check the path");
      assertThatThrownBy(() -> replace(system, new DeviceSpec.Code.InJar(classes, "java.lang.X")))
          .hasMessageContaining("has no class java.lang.X");
      assertThat(code(system)).contains("class example.Thermometer");
      replace(system, other);
      assertThat(code(system)).contains("class " + Sealed.class.getName());
      system.perform(new LifeAction.Resume("bare"));
      system.console("bare").type("poweroff 0\r");
      assertThat(system.awaitEnd("bare", 1, LIMIT).outcome()).isEqualTo(new Outcome.Poweroff(0));
      assertThat(system.notices())
          .contains("bare: device thermometer: takes over", "bare: device thermometer: leaves");
    }
  }

  /** Says that it comes and goes. */
  public static final class Sealed implements Peripheral {
    private final Board board;

    public Sealed(Board board) {
      this.board = board;
      board.notice("takes over");
    }

    @Override
    public long read(long offset, int size) {
      return 0;
    }

    @Override
    public void write(long offset, int size, long value) {}

    @Override
    public void close() {
      board.notice("leaves");
    }
  }

  private static void replace(TestSystem system, DeviceSpec.Code code) {
    system.perform(new BoardAction.ReplaceDevice("bare", "thermometer", code));
  }

  private static Optional<String> code(TestSystem system) {
    return system.perform(new BoardAction.ListDevices("bare")).stream()
        .filter(device -> device.name().equals("own thermometer"))
        .findFirst()
        .orElseThrow()
        .code();
  }

  @Test
  void aWrongSettingIsTheUsersMistakeAndNotTheDevices() {
    String text = scenario(device("settings: {step: much}"));
    assertThatThrownBy(() -> TestSystem.start(folder, text).close())
        .hasMessageContaining(
            "device thermometer (class example.Thermometer): setting 'step' is 'much', expected a whole number from -1000 to 1000");
  }
}
