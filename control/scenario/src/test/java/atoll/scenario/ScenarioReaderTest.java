package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.console.LogFile;
import atoll.device.DmaGrant;
import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.display.ScreenSize;
import atoll.display.VncAddress;
import atoll.engine.Paging;
import atoll.image.GuestProgram;
import atoll.image.MirrorChoice;
import atoll.image.Recipe;
import atoll.line.FarAddress;
import atoll.net.MacAddress;
import atoll.net.PortForward;
import atoll.scenario.ChannelDescription.Endpoint;
import atoll.scenario.CpuPolicy.Window;
import atoll.virtio.Service;
import atoll.vmm.Aia;
import atoll.vmm.ChannelDevice.Chip;
import atoll.vmm.ChannelDevice.I2c;
import atoll.vmm.ChannelDevice.Ivshmem;
import atoll.vmm.ChannelDevice.Served;
import atoll.vmm.DeviceProperty;
import atoll.vmm.FrontPanel;
import atoll.vmm.OwnDevice;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenarioReaderTest {
  private static final Path VALID = Path.of("src/test/resources/scenarios/valid").toAbsolutePath();
  private static final Path IMAGE = VALID.resolve("image.bin");

  @TempDir private Path folder;

  private Scenario read(String text) throws IOException {
    return ScenarioReader.read(Files.writeString(folder.resolve("test.yaml"), text));
  }

  private String problem(String text) {
    String message = catchThrowableOfType(ScenarioException.class, () -> read(text)).getMessage();
    return message.replace(folder.toString(), "");
  }

  private String problemOf(String vm) {
    return problem(
        "machine: {cpus: 1, memory: 1G}\nvms:\n  v: {builtin: linux, memory: 256M, %s}\n"
            .formatted(vm));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          console-log: test.yaml                                  | console-log: /test.yaml is this scenario
          console-log: {file: ./test.yaml}                        | console-log: /test.yaml is this scenario
          console-log: {file: /dev/null, max: 1M}                 | console-log.max: /dev/null is a device
          console-log: "-"                                        | console-log: standard output has what VMs print already
          'files: {/a: test.yaml, /a/b: test.yaml}'               | files./a: /a is a file here, and the folder of another
          'files: {/c/d/e: test.yaml, /c/d: test.yaml}'           | files./c/d: /c/d is a file here, and the folder of
          'append: "a\\0b"'                                       | append: found the control character 0x00
          'append: "\\e[31m"'                                     | append: found the control character 0x1b
          """)
  void whatCouldOnlyFailLaterIsFoundInTheScenario(String key, String message) {
    assertThat(problemOf(key)).contains("3:").contains(message);
  }

  private static SerialSpec serial(String name, Path device, int speed) {
    return new SerialSpec(name, Optional.of(device), Optional.of(speed), Optional.empty());
  }

  private static SerialSpec serial(String name, String far) {
    return new SerialSpec(name, Optional.empty(), Optional.empty(), FarAddress.parse(far));
  }

  @Test
  void aConsoleLogIsNoPipeThatWouldWaitForItsReader() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
    assertThat(problemOf("console-log: pipe")).contains("/pipe is a pipe, a socket or a disk");
  }

  @Test
  void aDeviceAsConsoleLogHasNoLimit() throws IOException {
    assumeTrue(Files.exists(Path.of("/dev/null")));
    Scenario scenario =
        read(
            """
            machine: {cpus: 1, memory: 64M}
            vms:
              v: {builtin: hello, memory: 16M, console-log: /dev/null}
            """);
    assertThat(scenario.vms().getFirst().consoleLog())
        .contains(LogFile.unbounded(Path.of("/dev/null")));
  }

  @Test
  void everyKeyOfTheMachineIsRead() {
    PlatformDescription machine = ScenarioReader.read(VALID.resolve("everything.yaml")).platform();
    assertThat(machine.memory()).isEqualTo(2L << 30);
    assertThat(machine.cpus())
        .containsExactly(
            new PcpuDescription(0, new CpuPolicy.Dedicated(), OptionalInt.empty()),
            new PcpuDescription(
                1, new CpuPolicy.RoundRobin(Duration.ofMillis(10)), OptionalInt.empty()),
            new PcpuDescription(2, new CpuPolicy.Fair(micros(500)), OptionalInt.of(1)),
            new PcpuDescription(3, new CpuPolicy.Priority(), OptionalInt.empty()),
            new PcpuDescription(
                4,
                new CpuPolicy.Cyclic(
                    Duration.ofMillis(20),
                    List.of(
                        new Window("firm", Duration.ofMillis(10), Duration.ofMillis(5)),
                        new Window("own", Duration.ZERO, Duration.ofMillis(10)))),
                OptionalInt.empty()),
            new PcpuDescription(5, new CpuPolicy.Pool(), OptionalInt.empty()));
  }

  private static List<DeviceSpec> devices() {
    Map<String, DeviceProperty> properties =
        Map.of(
            "clock-frequency", new DeviceProperty.Cells(List.of(100_000L)),
            "label", new DeviceProperty.Texts(List.of("left")),
            "big-endian", new DeviceProperty.Flag(),
            "limits", new DeviceProperty.Cells(List.of(-1L, 0xffff_ffffL)),
            "names", new DeviceProperty.Texts(List.of("0x1", "b")));
    return List.of(
        new DeviceSpec(
            new OwnDevice(
                "sensor",
                OptionalLong.of(0x1200_0000),
                0x1_0000,
                OptionalInt.of(40),
                2,
                List.of("example,sensor", "generic-uio"),
                properties),
            new DeviceSpec.Code.InJar(IMAGE, "com.example.Sensor"),
            Map.of("rate", "5", "unit", "kelvin", "loud", "true"),
            new DmaGrant(false, List.of(new DmaGrant.Range(0x8000_1000L, 4096, false))),
            Optional.empty(),
            Duration.ofMinutes(2)),
        new DeviceSpec(
            new OwnDevice(
                "other",
                OptionalLong.empty(),
                0x1000,
                OptionalInt.empty(),
                1,
                List.of("example,other"),
                Map.of()),
            new DeviceSpec.Code.InJar(VALID.resolve("shared"), "Other"),
            Map.of(),
            DmaGrant.RAM,
            Optional.empty(),
            Duration.ofSeconds(5)));
  }

  @Test
  void anImageIsKnownByItsNameOrItsRecipeAndItsDiskByTheScenarioAndTheMachine() {
    Scenario scenario = ScenarioReader.read(VALID.resolve("everything.yaml"));
    Guest.Image work = image(scenario, "work");
    assertThat(work.boot()).isEqualTo(Recipe.Boot.KERNEL);
    assertThat(work.append()).isEqualTo("quiet");
    assertThat(work.choice().name()).isEqualTo("debian");
    assertThat(work.choice().own()).isEmpty();
    assertThat(work.choice().fresh()).isFalse();
    assertThat(work.choice().owner().vm()).isEqualTo("work");
    assertThat(work.choice().owner().system()).matches("everything\\.yaml-[0-9a-f]{12}");
    Guest.Image tested = image(scenario, "tested");
    assertThat(tested.uefi()).isTrue();
    assertThat(tested.choice().own().orElseThrow().packages()).containsExactly("systemd-sysv");
    assertThat(tested.choice().fresh()).isTrue();
    assertThat(image(scenario, "short").choice().own()).isEqualTo(tested.choice().own());
    assertThat(image(scenario, "again").choice().owner().system())
        .isEqualTo(work.choice().owner().system());
  }

  private static Guest.Image image(Scenario scenario, String vm) {
    return (Guest.Image) scenario.vm(vm).orElseThrow().guest();
  }

  /** A disk of the scenario's own is on PCI Express, behind that of the image. */
  @Test
  void theImagesDiskComesBeforeThoseOfTheScenario() {
    VmDescription work =
        ScenarioReader.read(VALID.resolve("everything.yaml")).vm("work").orElseThrow();
    assertThat(work.boardOptions().pciDisks()).containsExactly(1);
    assertThat(work.console()).isEqualTo(ConsoleKind.VIRTIO);
  }

  @Test
  void everyKeyOfAVmIsRead() {
    Scenario scenario = ScenarioReader.read(VALID.resolve("everything.yaml"));
    assertThat(scenario.name()).isEqualTo("every key");
    assertThat(scenario.vm("cluster"))
        .contains(
            new VmDescription(
                "cluster",
                new Guest.Program(GuestProgram.CLUSTER, "rate=1000"),
                32 << 20,
                MemoryPolicy.CONTIGUOUS,
                1,
                List.of(3),
                new Schedule(200, 50, Optional.of(new Schedule.Budget(micros(300), micros(1000)))),
                List.of(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.of(new VsockDescription(Optional.empty(), Optional.empty(), List.of())),
                devices(),
                new FrontPanel(
                    List.of(
                        new FrontPanel.Button("power", 116), new FrontPanel.Button("user", 0x100)),
                    List.of("status", "error")),
                List.of(
                    serial("gps", VALID.resolve("/dev/ttyS9"), 9600),
                    serial("bus", "tls://bench.example:7000"),
                    serial("loop", "tcp://127.0.0.1:7002?listen")),
                List.of("cabin", "motor"),
                FarAddress.parse("tls://0.0.0.0:7001?listen&peer=bench"),
                ConsoleKind.SERIAL,
                Map.of(),
                List.of(),
                new RestartPolicy(RestartPolicy.When.ON_FAILURE, 3, Duration.ZERO),
                Optional.of(Duration.ofSeconds(1)),
                true,
                true,
                "interpreter",
                "nested",
                Paging.SV39,
                true,
                Aia.APLIC_IMSIC,
                VmConfig.OnTrapLoop.REPORT,
                List.of(VALID.resolve("image.bin"), VALID.resolve("other.bin")),
                Optional.of(VALID.resolve("cluster.txt")),
                true,
                Optional.of(new LogFile(VALID.resolve("cluster.log"), OptionalLong.of(1 << 20))),
                Secrecy.but(List.of(Secrecy.Leave.REPORT))));
    assertThat(scenario.vm("linux"))
        .contains(
            new VmDescription(
                "linux",
                new Guest.Linux(
                    MirrorChoice.USUAL, "dumb", images(null, null, null, null, "quiet")),
                256 << 20,
                MemoryPolicy.PAGED,
                2,
                List.of(1, 2),
                Schedule.ofRank(false),
                List.of(
                    new DiskSpec(
                        DiskLocation.of(IMAGE),
                        true,
                        Optional.of(DiskFormat.RAW),
                        true,
                        new DiskLimits(500, 20 << 20)),
                    new DiskSpec(VALID.resolve("other.bin"), false)),
                List.of(
                    new ShareSpec(
                        VALID.resolve("shared"), "work", true, Optional.of("/work"), true),
                    new ShareSpec(VALID.resolve("shared"), "shared", false, Optional.empty())),
                List.of(
                    NicDescription.to("lan"),
                    new NicDescription(
                        "out",
                        MacAddress.parse("52:54:00:12:34:56"),
                        OptionalLong.of(10 << 20),
                        Optional.of(VALID.resolve("linux.pcapng")),
                        List.of(
                            PortForward.parse("2222:22").orElseThrow(),
                            PortForward.parse("udp:0.0.0.0:5353:53").orElseThrow()))),
                Optional.of(
                    new DisplayDescription(
                        new ScreenSize(1024, 768),
                        VncAddress.parse("0.0.0.0:5901"),
                        Optional.of(IMAGE))),
                Optional.of(
                    new VsockDescription(
                        Optional.of(4_294_967_294L),
                        Optional.of(Path.of("/tmp/linux.sock")),
                        List.of("cluster"))),
                List.of(),
                FrontPanel.NONE,
                List.of(),
                List.of(),
                Optional.empty(),
                ConsoleKind.VIRTIO,
                Map.of("/etc/motd", IMAGE),
                List.of(),
                RestartPolicy.of(RestartPolicy.When.ALWAYS),
                Optional.empty(),
                false,
                true,
                "auto",
                "auto",
                Paging.SV57,
                false,
                Aia.NONE,
                VmConfig.OnTrapLoop.END,
                List.of(),
                Optional.empty(),
                false,
                Optional.of(new LogFile(VALID.resolve("linux.log"), LogFile.USUAL)),
                Secrecy.NONE));
  }

  @Test
  void imagesAreFoundBesideTheScenario() {
    Scenario scenario = ScenarioReader.read(VALID.resolve("everything.yaml"));
    VmDescription own = scenario.vm("own").orElseThrow();
    assertThat(own.guest()).isEqualTo(new Guest.Custom(images(IMAGE, null, IMAGE, IMAGE, "")));
    assertThat(own.files()).containsExactly(Map.entry("/a/b..c/.d", IMAGE));
    assertThat(own.console()).isEqualTo(ConsoleKind.NONE);
    assertThat(own.autostart()).isFalse();
    assertThat(own.display())
        .contains(
            new DisplayDescription(new ScreenSize(640, 480), Optional.empty(), Optional.empty()));
    assertThat(scenario.snapshot()).contains("ready");
    assertThat(scenario.vm("firm").orElseThrow().restart())
        .isEqualTo(
            new RestartPolicy(
                RestartPolicy.When.ON_FAILURE,
                RestartPolicy.DEFAULT_MAX,
                Duration.ZERO,
                RestartPolicy.From.SNAPSHOT));
    assertThat(scenario.vm("firm").orElseThrow().guest())
        .isEqualTo(new Guest.Custom(images(IMAGE, IMAGE, null, null, "")));
  }

  @Test
  void everyKeyOfAChannelIsRead() {
    assertThat(ScenarioReader.read(VALID.resolve("everything.yaml")).channels())
        .containsExactly(
            new ChannelDescription(
                "vehicle",
                8192,
                List.of(new Endpoint("cluster", true), new Endpoint("linux", false))),
            new ChannelDescription(
                "back-way",
                1 << 20,
                List.of(new Endpoint("linux", true), new Endpoint("own", true))),
            new ChannelDescription(
                "pool",
                1 << 16,
                List.of(
                    new Endpoint("linux", true, new Ivshmem(2)),
                    new Endpoint("own", false, new Ivshmem(2)),
                    new Endpoint("cluster", true, new Ivshmem(2)))),
            new ChannelDescription(
                "flat",
                4096,
                List.of(
                    new Endpoint("linux", true, new Ivshmem(0)),
                    new Endpoint("own", false, new Ivshmem(0)))),
            new ChannelDescription(
                "bus",
                4096,
                List.of(
                    new Endpoint("cluster", true),
                    new Endpoint(
                        "linux",
                        false,
                        new I2c(
                            List.of(
                                new Chip(0x48, "ti,tmp102"),
                                new Chip(0x60, "microchip,mcp4725")))))),
            new ChannelDescription(
                "data",
                Service.MEMORY,
                List.of(
                    new Endpoint("disk", true),
                    new Endpoint(
                        "linux",
                        true,
                        new Served(new Service(Service.Kind.BLOCK, true, 0, 1 << 20, 64 << 10))))),
            new ChannelDescription(
                "random",
                Service.MEMORY,
                List.of(
                    new Endpoint("disk", true),
                    new Endpoint(
                        "own",
                        true,
                        new Served(new Service(Service.Kind.ENTROPY, false, 0, 0, 0))))),
            ChannelDescription.ofFirst("NETWORK", "wire", "disk", "own"),
            ChannelDescription.ofFirst("CONSOLE", "screen", "disk", "own"));
  }

  @Test
  void whatIsNotSaidIsUsual() {
    Scenario scenario = ScenarioReader.read(VALID.resolve("smallest.yaml"));
    assertThat(scenario.name()).isEqualTo("smallest");
    assertThat(scenario.platform().cpus())
        .containsExactly(
            new PcpuDescription(0, new CpuPolicy.Fair(Duration.ofMillis(4)), OptionalInt.empty()));
    assertThat(scenario.vms())
        .containsExactly(
            new VmDescription(
                "hello",
                new Guest.Program(GuestProgram.HELLO, ""),
                16 << 20,
                MemoryPolicy.CONTIGUOUS,
                1,
                List.of(0),
                new Schedule(128, 100, Optional.empty()),
                List.of(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                FrontPanel.NONE,
                List.of(),
                List.of(),
                Optional.empty(),
                ConsoleKind.SERIAL,
                Map.of(),
                List.of(),
                RestartPolicy.NEVER,
                Optional.empty(),
                false,
                true,
                "auto",
                "auto",
                Paging.SV57,
                false,
                Aia.NONE,
                VmConfig.OnTrapLoop.END,
                List.of(),
                Optional.empty(),
                false,
                Optional.empty(),
                Secrecy.NONE));
    assertThat(scenario.channels()).isEmpty();
  }

  @Test
  void aServiceRanksBeforeOthersUnlessItSaysOtherwise() throws IOException {
    Scenario scenario =
        read(
            """
            machine: {cpus: 1, memory: 64M}
            vms:
              usual: {builtin: hello, memory: 1M}
              first: {builtin: hello, memory: 1M, service: true}
              weighed: {builtin: hello, memory: 1M, service: true, schedule: {weight: 7}}
              last: {builtin: hello, memory: 1M, service: true, schedule: {priority: 3}}
            """);
    assertThat(scenario.vms())
        .extracting(vm -> vm.schedule().priority())
        .containsExactly(128, 192, 192, 3);
  }

  @Test
  void vcpusWithoutAffinityGoWhereTheFewestAre() throws IOException {
    Scenario scenario =
        read(
            """
            machine:
              memory: 64M
              cpus:
                - dedicated
                - fair
                - fair
                - policy: cyclic
                  frame: 10ms
                  windows: [{vm: timed, offset: 0ms, duration: 1ms}]
            vms:
              two: {builtin: hello, memory: 1M, vcpus: 2}
              fixed: {builtin: hello, memory: 1M, affinity: 1}
              timed: {builtin: hello, memory: 1M}
              one: {builtin: hello, memory: 1M}
              whole: {builtin: hello, memory: 1M, vcpus: 3, affinity: 2}
            """);
    assertThat(scenario.vms())
        .extracting(VmDescription::affinity)
        .containsExactly(List.of(1, 1), List.of(1), List.of(3), List.of(1), List.of(2, 2, 2));
  }

  @Test
  void aDedicatedCpuIsTakenOnlyWhereThereIsNoOther() throws IOException {
    Scenario scenario =
        read(
            """
            machine: {cpus: [dedicated, dedicated], memory: 64M}
            vms:
              a: {builtin: hello, memory: 1M}
              b: {builtin: hello, memory: 1M}
            """);
    assertThat(scenario.vms())
        .extracting(VmDescription::affinity)
        .containsExactly(List.of(0), List.of(1));
  }

  @Test
  void theNumberOfVcpusFollowsFromAListOfCpus() throws IOException {
    Scenario scenario =
        read(
            """
            machine: {cpus: 2, memory: 64M}
            vms:
              a: {builtin: hello, memory: 1M, affinity: [1, 0, 1]}
            """);
    assertThat(scenario.vms().getFirst().vcpus()).isEqualTo(3);
  }

  private static Duration micros(long number) {
    return Duration.ofNanos(number * 1000);
  }

  private static Guest.Images images(
      Path kernel, Path firmware, Path initrd, Path tree, String append) {
    return new Guest.Images(
        Optional.ofNullable(kernel),
        Optional.ofNullable(firmware),
        Optional.ofNullable(initrd),
        Optional.ofNullable(tree),
        append);
  }
}
