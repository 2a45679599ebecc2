package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.PlatformStatistics;
import atoll.kernel.VcpuStatistics;
import atoll.keys.SignerRole;
import atoll.manager.KeyAction;
import atoll.manager.LifeAction;
import atoll.manager.Manager;
import atoll.manager.SystemAction;
import atoll.manager.TrustAction;
import atoll.manager.VmStatus;
import atoll.scenario.ScenarioPlan;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestSystem;
import atoll.trust.MeasurementLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The systems in {@code examples/} do what docs/examples.md says of them. */
@Tag("slow")
class ExamplesTest {
  /** Of time on a processor, for shares to show. */
  private static final Duration ENOUGH = Duration.ofSeconds(1);

  /** Between two looks at the shares. */
  private static final Duration GLANCE = Duration.ofMillis(100);

  private static final String PROMPT = ":~# ";

  @TempDir private Path folder;

  @BeforeEach
  void findLinux() {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
  }

  private static TestSystem start(String name) {
    return TestSystem.start(Path.of("../examples", name + ".yaml"));
  }

  private static void await(TestSystem system, String vm, String text) throws InterruptedException {
    system.console(vm).await(text, LIMIT);
  }

  @Test
  void infotainmentReadsTheClusterAndItsCrashDoesNotReachIt() throws InterruptedException {
    try (TestSystem system = start("cockpit")) {
      await(system, "infotainment", " km/h, ");
      await(system, "infotainment", PROMPT);
      assertThat(system.console("infotainment").text())
          .containsPattern("The coolant has \\d+\\.\\d{3} degrees");
      await(system, "cluster", "coolant ");
      system.console("infotainment").type("echo c >/proc/sysrq-trigger\n");
      assertThat(system.awaitEnd("infotainment", 1, LIMIT).again()).isTrue();
      await(system, "cluster", "a reader has gone");
      await(system, "infotainment", " km/h, ");
      await(system, "cluster", "a reader has come");
      assertThat(system.vm("infotainment").restarts()).isEqualTo(1);
      assertThat(system.vm("cluster").restarts()).isZero();
      assertThat(system.console("cluster").text()).containsOnlyOnce("us control loop");
    }
  }

  /**
   * A copy, since its list and signature come beside it. On a busy host two Linuxes that start on
   * one processor take longer than their watchdogs wait, and the cluster's stops it for good
   * reason.
   */
  private Path signedAcrn(UnaryOperator<String> environment) throws IOException {
    Path copy = Files.createDirectories(folder.resolve("examples/acrn")).getParent();
    Path program = Path.of("guests/atoll-channel/atoll-channel.elf");
    Files.createDirectories(folder.resolve(program).getParent());
    Files.copy(Path.of("..").resolve(program), folder.resolve(program));
    for (String name : List.of("disk.img", "infotainment", "rear-seat")) {
      Files.copy(Path.of("../examples/acrn", name), copy.resolve("acrn").resolve(name));
    }
    String text =
        Files.readString(Path.of("../examples/acrn.yaml"))
            .replaceAll(" +(append: watchdog=4|watchdog: 10s|watchdog: 10m)\n", "");
    assertThat(text).contains("builtin: cluster").doesNotContain("watchdog");
    Path file = Files.writeString(copy.resolve("acrn.yaml"), "verify: required\n" + text);
    Manager manager = new Manager(Clock.host(), Effects.host(), environment);
    String key = manager.perform(new KeyAction.MakeKey("sign"));
    manager.perform(new TrustAction.TrustSigner(SignerRole.SIGNER, "me", key));
    assertThat(manager.perform(new TrustAction.Sign(file, "sign", OptionalLong.empty())).open())
        .isEmpty();
    return file;
  }

  @Test
  void theCarsSystemsAreVerifiedAndTheServiceVmServesTwoLinuxesAndIsStartedAgain()
      throws IOException, InterruptedException {
    UnaryOperator<String> environment =
        name -> name.equals("XDG_CONFIG_HOME") ? folder.toString() : System.getenv(name);
    try (TestSystem system = TestSystem.start(signedAcrn(environment), environment)) {
      await(system, "infotainment", "These are the maps");
      await(system, "infotainment", "The network has given 10.0.2.");
      await(system, "rear-seat", "These are the films");
      await(system, "rear-seat", "The network has given 10.0.2.");
      await(system, "infotainment", " km/h, ");
      await(system, "infotainment", PROMPT);
      assertThat(system.perform(new LifeAction.Reset("service"))).isEqualTo(VmStatus.RUNNING);
      system
          .console("infotainment")
          .type("dd if=/dev/vda bs=4k iflag=direct | tail -c 999 | grep map\n");
      await(system, "infotainment", "map 738"); // with whoever serves it now
      assertThat(system.perform(new TrustAction.ReadMeasurements()).steps())
          .extracting(MeasurementLog.Step::link)
          .contains("signature", "linux/kernel", "vms.service.disks[0]");
      assertThat(system.vm("cluster").restarts()).isZero();
      assertThat(system.console("cluster").text()).containsOnlyOnce("us control loop");
    }
  }

  @Test
  void theOpenSystemGetsAnswersOfTheSecureOne() throws InterruptedException {
    try (TestSystem system = start("secure")) {
      await(system, "open", "of 'unlock the gate' that answer is wrong");
      assertThat(system.console("open").text())
          .containsPattern("to 'unlock the door' the vault answers [0-9a-f]{64}\r\n")
          .contains("of 'unlock the door' that answer is right");
      await(system, "secure", "request 3 wrong mac");
    }
  }

  @Test
  void aDebianServesItsDiskAgainWhenItsProgramAndItselfHaveEnded() throws InterruptedException {
    try (TestSystem system = start("driver-debian")) {
      await(system, "linux", "it begins: This is the disk of the driver VM");
      await(system, "linux", PROMPT);
      system.console("linux").type("echo random $(head -c 8 /dev/hwrng | wc -c)\n");
      await(system, "linux", "random 8");
      await(system, "storage", PROMPT);
      system.console("storage").type("killall -9 atoll-serve; reboot -f\n");
      assertThat(system.awaitEnd("storage", 1, LIMIT).again()).isTrue();
      system.console("linux").type("dd if=/dev/vda bs=4k count=1 iflag=direct | head -n 1\n");
      await(system, "linux", "This is the disk of the driver VM");
      assertThat(system.vm("linux").restarts()).isZero();
    }
  }

  @Test
  void partitionsShareNothingAndARogueOneStaysAlone() throws InterruptedException {
    try (TestSystem system = start("partition")) {
      assertThat(ScenarioPlan.of(system.scenario()).flows().flows()).isEmpty();
      await(system, "rogue", "round 1");
      await(system, "general", PROMPT);
      await(system, "control", " km/h, ");
      assertThat(system.statistics().vms()).allSatisfy(vm -> assertThat(vm.restarts()).isZero());
      assertThat(system.console("control").text()).containsOnlyOnce("us control loop");
    }
  }

  @Test
  void fourLinuxMachinesGetTheirSharesOfTwoProcessors() throws InterruptedException {
    try (TestSystem system = start("consolidation")) {
      for (String vm : new String[] {"web", "batch", "mail", "build"}) {
        await(system, vm, "work: ");
      }
      awaitRatio(system, "web", "batch", 3);
      awaitRatio(system, "mail", "build", 1);
    }
  }

  /**
   * Two that always work get their shares of the time that they get together, however little that
   * is: where the host holds one of them up, the other makes that good later.
   */
  private static void awaitRatio(TestSystem system, String one, String other, double ratio) {
    PlatformStatistics before = system.statistics().platform();
    double first = 0;
    double second = 0;
    while (first + second < ENOUGH.toNanos() || Math.abs(first / second - ratio) > ratio / 20) {
      assertThat(system.perform(new SystemAction.AwaitSystem(GLANCE)))
          .as("over, when %s has had %g ns and %s %g ns", one, first, other, second)
          .isFalse();
      PlatformStatistics now = system.statistics().platform();
      first = consumed(now, one) - consumed(before, one);
      second = consumed(now, other) - consumed(before, other);
    }
  }

  private static double consumed(PlatformStatistics board, String vm) {
    return board.vcpu(vm + "/cpu0").map(VcpuStatistics::consumed).orElseThrow();
  }
}
