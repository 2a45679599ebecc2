package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole system in a process of its own. */
@Tag("slow")
@Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UpRunTest {
  @TempDir private Path folder;

  @BeforeEach
  void writeTheScenario() throws IOException {
    Files.writeString(
        folder.resolve("two.yaml"),
        """
        name: two
        machine: {cpus: [priority, fair], memory: 64M}
        vms:
          one: {builtin: hello, memory: 16M, affinity: 0}
          other:
            builtin: hello
            memory: 16M
            affinity: 1
            restart: {policy: on-failure, max: 1, backoff: 1ms}
        """);
  }

  private static String[] words(String... arguments) {
    List<String> words = new ArrayList<>(List.of("up", "two.yaml"));
    words.addAll(List.of(arguments));
    return words.toArray(String[]::new);
  }

  private Checkout.Run run(String typed, String... arguments) throws Exception {
    return AtollProcess.run(folder, typed, words(arguments));
  }

  @Test
  void inAPipeLinesHaveTheirMachinesNameInBothDirections() throws Exception {
    Checkout.Run run =
        run(
            "echo to one\nother| echo to other\npoweroff 3\n",
            "--stdin",
            "keep",
            "--expect",
            "one:^to one$",
            "--expect",
            "other:^to other$",
            "--expect",
            "other:Hello from");
    assertThat(run.out().lines())
        .contains("one| to one", "other| to other")
        .allMatch(line -> line.startsWith("one| ") || line.startsWith("other| "));
    assertThat(run.err())
        .contains(
            "atoll: other switched itself off with failure code 3; starts again in 1 ms (1 of 1)",
            "atoll: other begins again");
    assertThat(run.code()).as("the other one runs again and waits").isZero();
  }

  @Test
  void theEndOfInputIsThatOfEachMachineInEachOfItsLives() throws Exception {
    Checkout.Run run = run("other| poweroff 3\n");
    assertThat(run.err())
        .contains(
            "atoll: one switched itself off\n",
            "atoll: other begins again",
            "atoll: other switched itself off\n");
    assertThat(run.code()).isZero();
  }

  @Test
  void whatIsExpectedOfAMachineEndsAll() throws Exception {
    Checkout.Run run =
        run(
            "other| echo b7\n",
            "--stdin",
            "keep",
            "--expect",
            "one:bare-metal",
            "--expect",
            "other:^b\\d$");
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
  }

  @Test
  void whatIsForbiddenToAMachineEndsAllWith123() throws Exception {
    Checkout.Run run = run("other| echo b7\n", "--stdin", "keep", "--fail", "other:^b\\d$");
    assertThat(run.code()).isEqualTo(123);
    assertThat(run.err()).isEqualTo("atoll: other printed what --fail '^b\\d$' looks for: b7\n");
    Checkout.Run unknown = run("", "--fail", "othr:x");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err())
        .contains("two.yaml has no VM 'othr' with a console; did you mean other?");
  }

  @Test
  void theMachineInFrontGetsTheFirstLineAndLogsGoWhereTheScenarioSays() throws Exception {
    Files.writeString(
        folder.resolve("two.yaml"),
        """
        machine: {cpus: [priority, fair], memory: 64M}
        vms:
          one: {builtin: hello, memory: 16M, affinity: 0}
          other: {builtin: hello, memory: 16M, affinity: 1, front: true, console-log: {file: o.log, max: 8K}}
        """);
    Checkout.Run run = run("echo to whom\n");
    assertThat(run.code()).isZero();
    assertThat(run.out().lines()).contains("other| to whom").doesNotContain("one| to whom");
    assertThat(folder.resolve("o.log")).content().contains("to whom");
  }

  @Test
  void anOutputThatCannotBeWrittenIsSaidBeforeTheRun() throws Exception {
    Files.writeString(folder.resolve("file"), "");
    for (String[] option :
        new String[][] {
          {"--stats-json", "none/out"},
          {"--stats-json", "file/out"},
          {"--stats-json", "."},
          {"--console-log", "file"},
          {"--console-log", "file/logs"}
        }) {
      Checkout.Run run = run("", option);
      assertThat(run.code()).isEqualTo(125);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).startsWith("atoll: the ").hasLineCount(1).doesNotContain("Exception");
    }
  }

  @Test
  void theEndOfTheFirstThatFailedIsTheProcesss() throws Exception {
    Files.writeString(
        folder.resolve("two.yaml"),
        """
        name: two
        machine: {cpus: [dedicated, dedicated], memory: 64M}
        vms:
          one: {builtin: hello, memory: 16M}
          other: {builtin: hello, memory: 16M}
        """);
    Checkout.Run run =
        run(
            "poweroff\nother| poweroff 9\n",
            "--console-log",
            "logs",
            "--stats",
            "--stats-json",
            "stats.json");
    assertThat(run.code()).isEqualTo(9);
    assertThat(folder.resolve("logs/other.log")).content().contains("Hello from a bare-metal");
    assertThat(run.err())
        .contains("machine memory: at most 32 of 64 MiB in use", "CPU 1, dedicated: ")
        .contains("== other: 0 restarts", "last it switched itself off with failure code 9");
    assertThat(folder.resolve("stats.json"))
        .content()
        .contains("\"exitCode\" : 9", "\"policy\" : \"dedicated\"", "\"lostBySwitches\" : 0")
        .contains("\"lastEnd\" : \"switched itself off\"", "\"wakeUpNanos\"");
  }

  @Test
  void aSignalEndsTheMachinesInOrderAndTheReportIsWritten() throws Exception {
    Process process =
        AtollProcess.start(folder, words("--stats-json", "stats.json", "--stdin", "keep"));
    String ignored = new Shown(process).await("Hello from a bare-metal");
    assertThat(process.toHandle().destroy()).isTrue();
    assertThat(Checkout.finish(process).code()).isEqualTo(143);
    assertThat(folder.resolve("stats.json"))
        .content()
        .contains("\"outcome\" : \"signal\"", "\"lastEnd\" : \"was stopped\"");
  }

  @Test
  void aDryRunShowsThePlanAndStartsNothing() throws Exception {
    Checkout.Run run = run("", "--dry-run");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Machine memory", "CPUs", "Who can reach whom");
    assertThat(run.out()).doesNotContain("Hello from");
  }

  @Test
  void aScenarioThatCannotRunIsExplainedByFileAndLine() throws Exception {
    Files.writeString(
        folder.resolve("two.yaml"),
        """
        name: two
        machine: {cpus: [dedicated], memory: 64M}
        vms:
          one: {builtin: hello, memroy: 16M}
        """);
    Checkout.Run run = run("");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("two.yaml:4:", "memroy", "memory").doesNotContain("at atoll.");
  }

  @Test
  void onATerminalConsolesAreSwitchedCommandsAreTakenAndTheTableIsLive() throws Exception {
    Process session = AtollProcess.onTerminal(folder, words());
    try {
      operate(session);
    } finally {
      session.descendants().forEach(ProcessHandle::destroyForcibly);
      session.destroyForcibly();
    }
  }

  private static void operate(Process session) throws Exception {
    Shown shown = new Shown(session);
    shown.await("Ctrl-a n shows the next console, Ctrl-a x quits");
    shown.await("> ");
    AtollProcess.type(session, "echo first\r");
    shown.await("\nfirst\r\n> ");
    AtollProcess.type(session, "\001n");
    shown.await("atoll: console other, 2 of 2");
    shown.await("> ");
    AtollProcess.type(session, "echo second\r");
    shown.await("\nsecond\r\n> ");
    AtollProcess.type(session, "\001s");
    shown.await("VM           STATE");
    shown.await("one          running");
    shown.await("other        running");
    shown.await("fair");
    AtollProcess.type(session, " ");
    shown.await("atoll: console other, 2 of 2");
    AtollProcess.type(session, "\001c");
    shown.await("atoll> ");
    AtollProcess.type(session, "pau\tot\t\r");
    shown.await("other is paused");
    AtollProcess.type(session, "reset other\r");
    shown.await("other is running");
    AtollProcess.type(session, "stop other\r");
    shown.await("other is stopped");
    AtollProcess.type(session, "back\r");
    shown.await("atoll: console other, 2 of 2; other is stopped, and what is typed goes nowhere");
    shown.await("atoll: other was paused by the operator");
    shown.await("atoll: other was reset by the operator");
    shown.await("atoll: other was stopped by the operator");
    AtollProcess.type(session, "echo nowhere\r");
    shown.await("to start it: Ctrl-a c, then start other");
    AtollProcess.type(session, "\001c");
    shown.await("atoll> ");
    AtollProcess.type(session, "start other\rback\r");
    shown.await("atoll: console other, 2 of 2\r\n");
    shown.await("atoll: other was started by the operator");
    shown.await("> ");
    AtollProcess.type(session, "echo third\r");
    assertThat(shown.await("\nthird\r\n> ")).doesNotContain("nowhere");
    AtollProcess.type(session, "\001x");
    shown.await("code 0");
    shown.await("icanon");
    assertThat(shown.text()).doesNotContain("-icanon");
    assertThat(session.waitFor()).isZero();
  }

  private Process upReady(String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("up", "ready.yaml", "--stdin", "keep"));
    words.addAll(List.of(more));
    return AtollProcess.start(folder, folder.resolve("data"), words.toArray(String[]::new));
  }

  private void control(String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of("ctl", "./ready.sock"));
    all.addAll(List.of(words));
    Checkout.Run run = AtollProcess.run(folder, "", all.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
  }

  @Test
  void aScenarioBeginsWithItsSnapshotAndGoesBackToItUntilItIsAnotherScenario() throws Exception {
    String text =
        """
        snapshot: ready
        machine: {cpus: 1, memory: 16M}
        vms: {vm: {builtin: hello, memory: 16M, restart: {from: snapshot, max: 1}}}
        """;
    Path scenario = Files.writeString(folder.resolve("ready.yaml"), text);
    Process first = upReady("--control", "./ready.sock");
    String said = new Shown(first.getErrorStream()).await("\n");
    assertThat(said).contains("the snapshot ready is not used: it is not there yet");
    Shown console = new Shown(first);
    AtollProcess.type(first, "echo first\n");
    assertThat(console.await("\nfirst")).contains("Hello from");
    control("save", "ready");
    control("quit");
    assertThat(Checkout.finish(first).code()).isZero();

    Process second = upReady();
    Shown notes = new Shown(second.getErrorStream());
    assertThat(notes.await("vm goes on where it was saved")).doesNotContain("is not used");
    AtollProcess.type(second, "poweroff 3\n");
    assertThat(notes.await("vm goes on where it was saved")).contains("failure code 3");
    AtollProcess.type(second, "echo again\npoweroff\n");
    Checkout.Run run = Checkout.finish(second);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("\nagain").doesNotContain("Hello from");

    Path changed = Files.writeString(scenario, text.replace("max: 1", "max: 2"));
    Process third = upReady();
    said = new Shown(third.getErrorStream()).await("\n");
    assertThat(said).contains("the snapshot ready is not used: ", changed + " has changed");
    AtollProcess.type(third, "poweroff\n");
    run = Checkout.finish(third);
    assertThat(run.out()).contains("Hello from");
  }
}
