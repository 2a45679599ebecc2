package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.console.CommandPrompt.Answer;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.SystemAction;
import atoll.manager.SystemEnd;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The monitor's commands on two machines that run. */
class MonitorPromptTest {
  @TempDir private Path folder;
  private final Manager manager = new Manager(Clock.host(), Effects.host(), name -> null);
  private final CountDownLatch quit = new CountDownLatch(1);
  private MonitorPrompt prompt;

  @BeforeEach
  void start() throws IOException {
    Files.write(folder.resolve("d.img"), new byte[512]);
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            """
            name: monitored
            machine:
              cpus: [dedicated, dedicated, dedicated, dedicated, dedicated, dedicated]
              memory: 80M
            vms:
              cluster: {builtin: hello, memory: 16M, vcpus: 2, affinity: [0, 1], buttons: [user], leds: [status]}
              linux: {builtin: hello, memory: 16M, affinity: [2]}
              paged: {builtin: hello, memory: 16M, memory-policy: paged, affinity: [3], display: 64x64}
              waiting: {builtin: hello, memory: 16M, autostart: false, affinity: [4], disks: [d.img]}
              still: {builtin: hello, memory: 16M, memory-policy: paged, autostart: false, affinity: [5]}
            """);
    Scenario scenario = manager.perform(new PlanAction.Plan(file)).scenario();
    manager.perform(new SystemAction.CreateSystem(scenario, Guest.Linux.NO_TERMINAL, Map.of()));
    manager.perform(new SystemAction.StartSystem());
    prompt = new MonitorPrompt(manager, () -> Optional.of(scenario), quit::countDown);
  }

  @AfterEach
  void close() {
    SystemEnd ignored = manager.perform(new SystemAction.CloseSystem());
  }

  private List<String> said(String line) {
    return prompt.perform(List.of(line.split(" "))).lines();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          strat linux             | there is no command 'strat'; did you mean start?
          shutdown                | there is no command 'shutdown'; help lists them
          start                   | expected: start VM
          start linux now         | expected: start VM
          pause linux cpu 0       | expected: pause VM [vcpu N]
          pause linux vcpu first  | 'first' is not the number of a vCPU; give a whole number from 0 to 31
          pause linux vcpu 1000   | linux has no vCPU 1000; its only vCPU is 0
          pause cluster vcpu 2    | cluster has no vCPU 2; its vCPUs are 0 to 1
          pause cluster vcpu -1   | '-1' is not the number of a vCPU; give a whole number from 0 to 31
          resume cluster vcpu 99999999999999 | '99999999999999' is not the number of a vCPU; give a whole number from 0 to 31
          START LINUX             | linux is running already
          STRAT linux             | there is no command 'STRAT'; did you mean start?
          list linux              | expected: list
          start linux             | linux is running already
          stop lunix              | there is no VM 'lunix'; did you mean linux?
          stats lunix             | there is no VM 'lunix'; did you mean linux?
          stats all               | there is no VM 'all'; there are cluster, linux, paged, waiting and still
          stop everything         | there is no VM 'everything'; there are cluster, linux, paged, waiting and still
          resume linux            | linux is not paused, it is running
          balloon linux           | expected: balloon VM SIZE
          balloon linux much      | 'much' is not a size; give a number with a unit, such as 512M or 1G
          balloon linux 1M        | linux has contiguous memory, of which it cannot give any back; only a VM with memory-policy: paged in its scenario can
          pause linux vcpu 1      | linux has no vCPU 1; its only vCPU is 0
          resume linux vcpu 1     | linux has no vCPU 1; its only vCPU is 0
          resume linux vcpu 0     | vCPU 0 of linux is not paused
          stop waiting            | waiting is ready; there is nothing to stop
          pause waiting           | waiting is ready; start it first
          pause waiting vcpu 0    | waiting is ready; start it first
          reset waiting           | waiting is ready; start it first
          resume waiting          | waiting is not paused, it is ready
          link linux 0            | "expected: link VM NIC up|down"
          link linux 0 sideways   | "expected: link VM NIC up|down"
          link linux 0 down       | linux has no network interface
          link lunix 0 down       | there is no VM 'lunix'; did you mean linux?
          link linux 9999999999 up | "'9999999999' is not the number of a network interface; give a whole number from 0 to 30"
          devices                 | expected: devices VM
          devices waiting         | waiting is ready; start it first
          device linux            | expected: device replace VM DEVICE JAR CLASS
          device replace linux thermometer A.jar | expected: device replace VM DEVICE JAR CLASS
          device change linux thermometer A.jar a.B | expected: device replace VM DEVICE JAR CLASS
          device replace lunix thermometer A.jar a.B | there is no VM 'lunix'; did you mean linux?
          screenshot linux        | expected: screenshot VM FILE
          gdb                     | expected: gdb VM [ADDRESS]
          gdb lunix               | there is no VM 'lunix'; did you mean linux?
          gdb linux nowhere       | "'nowhere' is no place for a debugger, expected :PORT such as :1234 for programs of this host, ADDRESS:PORT, or the path of a socket such as ./gdb.sock"
          screenshot linux a.png b | expected: screenshot VM FILE
          screenshot linux A.png  | linux has no display; give it one, with --display or with display: in its scenario
          screenshot lunix a.png  | there is no VM 'lunix'; did you mean linux?
          screenshot linux -      | standard output has something else already; give a file, or ./- for one of that name
          disk change linux 0     | "expected: disk resize|change VM DISK SIZE|IMAGE[,ro][,format=FORMAT]"
          disk shrink linux 0 1M  | "expected: disk resize|change VM DISK SIZE|IMAGE[,ro][,format=FORMAT]"
          disk change linux 0 A.img | linux has no disk
          disk change lunix 0 A.img | there is no VM 'lunix'; did you mean linux?
          disk change linux first A.img | 'first' is not the number of a disk; give a whole number from 0 to 30
          disk change linux 0 A.img,format=vdi | 'vdi' is not a format of disks; give raw or qcow2, and convert it: qemu-img convert -f vdi -O qcow2 FROM TO
          disk change linux 0 A.img,iops=5 | a disk keeps its place and its limits; give its new image without pci, iops and bps
          disk change waiting 0 None.img | disk image None.img does not exist; check the path, or create one with: atoll disk create None.img 1G
          press linux             | expected: press VM BUTTON [TIME]
          press linux user        | linux has no buttons; give it some, as in --button user or buttons: [user]
          press cluster usr       | cluster has no button 'usr'; did you mean user?
          press cluster user soon | 'soon' is not a time from 1ms to 1h; give one such as 60s, 5m or 500ms
          press lunix user        | there is no VM 'lunix'; did you mean linux?
          hold cluster            | expected: hold VM BUTTON
          powerdown cluster       | cluster has no button 'power'; there is only user
          powerdown waiting       | waiting has no buttons; give it some, as in --button power or buttons: [power]
          panel linux             | linux has no buttons and no LEDs; give it some, as in --button power, --led status
          networks                | there is no network
          dirty                   | expected: dirty VM [TIME]
          dirty waiting           | waiting is ready; start it first
          dirty linux soon        | 'soon' is not a time from 1ms to 1m; give one such as 60s, 5m or 500ms
          dirty linux 2m          | '2m' is not a time from 1ms to 1m; give one such as 60s, 5m or 500ms
          dirty linux 0s          | '0s' is not a time from 1ms to 1m; give one such as 60s, 5m or 500ms
          dirty linux 99999999999s | '99999999999s' is not a time from 1ms to 1m; give one such as 60s, 5m or 500ms
          dirty lunix             | there is no VM 'lunix'; did you mean linux?
          registers               | expected: registers VM
          registers linux         | linux is running, and its registers change all the time; pause it first
          registers waiting       | waiting is ready; start it first
          report                  | expected: report VM
          report waiting          | "waiting is ready, and no life of it has failed"
          dump linux              | expected: dump VM FILE
          dump linux Core         | linux is running, and its memory changes all the time; pause it first
          dump waiting Core       | waiting is ready; start it first
          dump linux -            | standard output has something else already; give a file, or ./- for one of that name
          balloon waiting 1M      | waiting has contiguous memory, of which it cannot give any back; only a VM with memory-policy: paged in its scenario can
          balloon still 1M        | still is ready; start it first
          balloon still 16M       | still has 16M of RAM and can give back 0 to 16380K of it, not 16M
          pause waiting vcpu 1    | waiting has no vCPU 1; its only vCPU is 0
          resume waiting vcpu 1   | waiting has no vCPU 1; its only vCPU is 0
          balloon paged 16M       | paged has 16M of RAM and can give back 0 to 16380K of it, not 16M
          balloon paged 0         | paged is asked for 0B and has given 0B; its guest has no balloon driver running
          balloon paged 5K        | paged is asked for 4K and has given 0B; its guest has no balloon driver running
          balloon paged 1M        | paged is asked for 1M and has given 0B; its guest has no balloon driver running
          """)
  void whatCannotBeDoneIsSaidInOneLine(String line, String expected) {
    assertThat(said(line)).containsExactly(expected);
  }

  @Test
  void machinesAreStoppedStartedPausedResumedAndReset() {
    assertThat(said("pause linux")).containsExactly("linux is paused");
    assertThat(said("resume linux")).containsExactly("linux is running");
    assertThat(said("reset linux")).containsExactly("linux is running");
    assertThat(said("stop linux")).containsExactly("linux is stopped");
    assertThat(said("start linux")).containsExactly("linux is running");
  }

  @Test
  void whatAMachineIsDoingIsShownAndItGoesOn() {
    assertThat(said("report linux").getFirst()).matches("== linux, life 1, at [\\d.]+ s: it runs");
    said("pause linux");
    assertThat(said("report linux").getFirst()).endsWith("s: it is paused");
    assertThat(said("resume linux")).containsExactly("linux is running");
  }

  @Test
  void whatIsDoneTwiceIsSaidToBeDoneAlready() {
    said("pause linux");
    assertThat(said("pause linux")).containsExactly("linux is paused already");
    assertThat(said("start linux")).containsExactly("linux is paused already");
    assertThat(said("resume linux vcpu 0"))
        .containsExactly("vCPU 0 of linux is not paused by itself; resume linux");
    assertThat(said("pause linux vcpu 0"))
        .containsExactly("vCPU 0 of linux is paused; linux is paused");
    said("stop linux");
    assertThat(said("stop linux")).containsExactly("linux is stopped; there is nothing to stop");
    assertThat(said("pause linux vcpu 0")).containsExactly("linux is stopped; start it first");
  }

  @Test
  void aSingleVcpuIsPaused() {
    assertThat(said("pause cluster vcpu 1"))
        .containsExactly("vCPU 1 of cluster is paused; cluster is running");
    assertThat(said("pause cluster vcpu 1")).containsExactly("vCPU 1 of cluster is paused already");
    while (!said("list").contains("  vcpu 1 on CPU 1: paused")) {
      Thread.onSpinWait(); // It may still be leaving guest code.
    }
    assertThat(said("resume cluster vcpu 1"))
        .containsExactly("vCPU 1 of cluster is no longer paused by itself; cluster is running");
    assertThat(said("list")).doesNotContain("  vcpu 1 on CPU 1: paused");
  }

  @Test
  void whatAPausedVmWritesToIsNotWaitedFor() {
    said("pause linux");
    assertThat(said("dirty linux 60s"))
        .containsExactly("linux is paused, and writes to nothing; resume it first");
  }

  @Test
  void aCommandThatWaitsEndsWhenItIsInterruptedAndTheVmGoesOn() {
    Thread.currentThread().interrupt();
    assertThat(said("dirty linux 60s")).containsExactly("interrupted before the time was over");
    assertThat(Thread.interrupted()).isTrue();
    Thread.currentThread().interrupt();
    assertThat(said("stop linux")).containsExactly("the wait was interrupted; linux is running");
    assertThat(Thread.interrupted()).isTrue();
    while (!said("list").getFirst().isEmpty()
        && said("list").stream().noneMatch(line -> line.startsWith("linux        stopped"))) {
      Thread.onSpinWait(); // what was asked for goes on
    }
  }

  @Test
  void everyCommandCanSayWhatItWaitsFor() {
    assertThat(prompt.waiting(List.of("DIRTY", "linux")))
        .isEqualTo("waiting until the time is over; Ctrl-c ends the wait");
    assertThat(prompt.waiting(List.of("list")))
        .isEqualTo("waiting until there is an answer; Ctrl-c ends the wait");
  }

  @Test
  void theRegistersOfEveryVcpuAreShownWhileTheVmIsPaused() {
    said("pause cluster");
    assertThat(said("registers cluster"))
        .contains("hart 0", "hart 1")
        .anyMatch(line -> line.matches(" +pc [0-9a-f]{16} .*"));
  }

  @Test
  void theListHasMachinesAndTheirVcpus() {
    assertThat(said("list")).hasSize(10).first().asString().startsWith("cluster      running");
  }

  @Test
  void statisticsAreOfAllOrOfOne() {
    assertThat(said("stats")).anyMatch(line -> line.startsWith("== cluster: 0 restarts"));
    assertThat(said("stats")).anyMatch(line -> line.startsWith("CPU 2, dedicated: "));
    assertThat(said("stats linux"))
        .noneMatch(line -> line.contains("cluster"))
        .first()
        .asString()
        .startsWith("== linux: 0 restarts");
  }

  @Test
  void helpNamesEveryCommand() {
    assertThat(said("help")).hasSize(29).anyMatch(line -> line.startsWith("pause VM [vcpu N]"));
  }

  @Test
  void aScreenshotIsWrittenToTheFileAsItIsTyped() throws IOException {
    Path file = folder.resolve("Shot.PNG");
    assertThat(said("screenshot PAGED " + file))
        .containsExactly(
            file
                + " has the picture, 64 x 64 pixels; it is the last one, and paged shows none now");
    assertThat(Files.readAllBytes(file)).startsWith(0x89, 'P', 'N', 'G');
    Path nowhere = folder.resolve("none/a.png");
    assertThat(said("screenshot paged " + nowhere))
        .containsExactly(
            "the picture of the display %s cannot be written: there is no such folder; give another file"
                .formatted(nowhere));
  }

  @Test
  void aDebuggerIsToldWhatToType() {
    assertThat(said("gdb LINUX"))
        .singleElement()
        .asString()
        .matches("gdb-multiarch .*target extended-remote 127\\.0\\.0\\.1:[1-9]\\d+'");
    Path socket = folder.resolve("A.sock");
    assertThat(said("gdb linux " + socket)).singleElement().asString().contains(socket.toString());
  }

  @Test
  void wordsAreCompletedByWhatCanStandThere() {
    assertThat(prompt.candidates(List.of(""))).contains("start", "stop", "help", "quit");
    assertThat(prompt.candidates(List.of("pause", "")))
        .containsExactly("cluster", "linux", "paged", "waiting", "still");
    assertThat(prompt.candidates(List.of("pause", "cluster", ""))).containsExactly("vcpu");
    assertThat(prompt.candidates(List.of("pause", "cluster", "vcpu", "")))
        .containsExactly("0", "1");
    assertThat(prompt.candidates(List.of("link", "linux", "0", ""))).containsExactly("up", "down");
    assertThat(prompt.candidates(List.of("device", ""))).containsExactly("replace");
    assertThat(prompt.candidates(List.of("device", "replace", ""))).contains("linux");
    assertThat(prompt.candidates(List.of("disk", ""))).containsExactly("resize", "change");
    assertThat(prompt.candidates(List.of("disk", "change", ""))).contains("cluster", "linux");
    assertThat(prompt.candidates(List.of("stats", ""))).contains("cluster", "linux");
    assertThat(prompt.candidates(List.of("start", "cluster", ""))).isEmpty();
    assertThat(prompt.candidates(List.of("list", ""))).isEmpty();
    assertThat(prompt.candidates(List.of("nonsense", ""))).isEmpty();
  }

  @Test
  void backLeavesThePromptAndQuitEverything() {
    assertThat(prompt.perform(List.of("back"))).isEqualTo(new Answer(List.of(), true));
    assertThat(quit.getCount()).isOne();
    assertThat(prompt.perform(List.of("quit")).leave()).isTrue();
    assertThat(quit.getCount()).isZero();
  }

  @Test
  void anotherImageIsPutInThePlaceOfADisksAndShown() throws IOException {
    Path other = Files.write(folder.resolve("Other.img"), new byte[1024]);
    assertThat(said("list")).contains("  disk 0: %s, 512B".formatted(folder.resolve("d.img")));
    assertThat(said("disk CHANGE Waiting 0 " + other + ",ro,format=raw"))
        .containsExactly("disk 0 of waiting is %s now".formatted(other));
    String line = "disk 0: %s, 1K, read-only".formatted(other);
    assertThat(said("list")).contains("  " + line);
    assertThat(said("stats waiting")).contains(line);
  }

  @Test
  void beforeThereAreMachinesItSaysSo() {
    MonitorPrompt early = new MonitorPrompt(manager, Optional::empty, quit::countDown);
    assertThat(early.perform(List.of("list")).lines())
        .containsExactly("the VMs are still being made; try again in a moment");
    assertThat(early.candidates(List.of("start", ""))).isEmpty();
  }

  @Test
  void buttonsArePressedHeldAndLetGo() {
    assertThat(said("press cluster user 1h"))
        .containsExactly("button user of cluster is pressed for 1 h");
    assertThat(said("panel cluster"))
        .containsExactly("button user         held key 256", "led    status       off  0 changes");
    assertThat(said("release cluster user")).containsExactly("button user of cluster is let go");
    assertThat(said("panel cluster").getFirst()).isEqualTo("button user              key 256");
    assertThat(said("hold cluster user")).containsExactly("button user of cluster is held");
    assertThat(prompt.candidates(List.of("press", "cluster", ""))).containsExactly("user");
  }
}
