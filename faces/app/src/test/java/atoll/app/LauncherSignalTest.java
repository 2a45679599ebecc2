package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What reaches Java through the script {@code atoll}: streams, signals, the terminal. */
@Tag("slow")
@DisabledOnOs(OS.WINDOWS)
class LauncherSignalTest extends LauncherFixture {
  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash"})
  void aClosedStreamIsAnEmptyInputOrAnOutputThatCannotBeWritten(String shell) throws Exception {
    Path interpreter = Path.of("/usr/bin", shell);
    assumeTrue(Files.isExecutable(interpreter), shell + " is not installed");
    checkout.java(
        """
        exec 5>'%s'
        cat >&5 && echo read >&5
        (echo out) 2>/dev/null || echo unwritten >&5
        echo err >&2 || echo unsaid >&5
        """
            .formatted(folder.resolve("told")));
    checkout.run();
    for (String closed :
        List.of("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-", "")) {
      closes(interpreter, closed);
    }
  }

  private void closes(Path interpreter, String closed) throws Exception {
    String line = "exec %s ./atoll %s".formatted(interpreter, closed);
    Process process = checkout.start(checkout.root(), List.of(interpreter.toString(), "-c", line));
    Checkout.Run run = Checkout.finish(process);
    assertThat(run.code()).as(line).isZero();
    assertThat(run.out()).as(line).isEqualTo(closed.matches("(.* )?>&-.*") ? "" : "out\n");
    assertThat(run.err()).as(line).isEqualTo(closed.contains("2>&-") ? "" : "err\n");
    assertThat(Files.readString(folder.resolve("told")))
        .as(line)
        .isEqualTo(closed.matches("(.* )?>&-.*") ? "read\nunwritten\n" : "read\n");
  }

  @Test
  void javaReadsTheInput() throws Exception {
    checkout.java("cat");
    Process launch = checkout.start(folder, List.of(checkout.root().resolve("atoll").toString()));
    launch.getOutputStream().write("typed\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(Checkout.finish(launch).out()).isEqualTo("typed\n");
  }

  @ParameterizedTest
  @CsvSource({"HUP, 129", "INT, 130", "QUIT, 131", "TERM, 143"})
  void aSignalReachesJavaFirst(String signal, int code) throws Exception {
    requireHeeded(signal);
    Path started = folder.resolve("started");
    Path told = folder.resolve("told");
    checkout.java(
        """
        trap 'touch "%s"; exit 143' TERM
        trap 'touch "%s"; exit 129' HUP
        touch '%s'
        while :; do sleep 0.05; done
        """
            .formatted(told, told, started));
    Process launch = checkout.start(folder, List.of(checkout.root().resolve("atoll").toString()));
    while (!Files.exists(started)) {
      Thread.onSpinWait();
    }
    kill(launch, signal);
    Checkout.Run run = Checkout.finish(launch);
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.err()).doesNotContain("killed");
    assertThat(told).exists();
  }

  private static void awaitState(long pid, boolean stopped) throws IOException {
    String state;
    do {
      String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
      state = stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
    } while (state.equals("T") != stopped);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aStopAndItsEndReachJavaToo() throws Exception {
    Process launch = started();
    for (int round = 0; round < 3; round++) {
      kill(launch, "TSTP");
      awaitState(java(), true);
      awaitState(launch.pid(), true);
      kill(launch, "CONT");
      awaitState(launch.pid(), false);
      awaitState(java(), false);
    }
    kill(launch, "TERM");
    assertThat(Checkout.finish(launch).code()).isEqualTo(143);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aChangeOfTheWindowsSizeReachesJavaToo() throws Exception {
    Process launch = started();
    kill(launch, "WINCH");
    while (!Files.exists(folder.resolve("resized"))) {
      Thread.onSpinWait();
    }
    kill(launch, "TERM");
    assertThat(Checkout.finish(launch).code()).isEqualTo(143);
  }

  /** A shell ends its loop only if what it runs has died of the signal. */
  @ParameterizedTest
  @CsvSource({"HUP, 1", "INT, 2", "QUIT, 3", "TERM, 15"})
  void whatASignalEndsDiesOfIt(String signal, int number) throws Exception {
    requireHeeded(signal);
    Path python = Path.of("/usr/bin/python3");
    assumeTrue(Files.isExecutable(python), "python3 is not installed");
    Path started = folder.resolve("started");
    checkout.java(
        "trap 'exit 143' TERM; trap 'exit 129' HUP; touch '%s'; while :; do sleep 0.05; done"
            .formatted(started));
    Process launch =
        checkout.start(
            folder,
            List.of(
                python.toString(),
                "-c",
                "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); print(p.pid,"
                    + " flush=True); print(p.wait())",
                checkout.root().resolve("atoll").toString()));
    Shown shown = new Shown(launch);
    String pid = shown.await("\n").strip();
    while (!Files.exists(started)) {
      Thread.onSpinWait();
    }
    assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
    assertThat(shown.await("\n").strip()).isEqualTo("-" + number);
    assertThat(Checkout.finish(launch).err()).doesNotContain("killed");
  }

  /** A key that is typed before the guest is there would be seen twice, and Ctrl-a as ^A. */
  @ParameterizedTest
  @CsvSource({"run hello, -echo", "up s.yaml, -echo", "info, echo", "run hello | cat, echo"})
  void onATerminalTheGuestAloneEchoes(String line, String mode) throws Exception {
    checkout.java("stty -a");
    checkout.run();
    List<String> shown = atTerminal("./atoll %s; echo; stty -a".formatted(line)).lines().toList();
    assertThat(shown.stream().flatMap(words -> Stream.of(words.split("[ ;]+"))))
        .filteredOn(word -> word.matches("-?echo"))
        .containsExactly(mode, "echo");
  }

  @Test
  void theTerminalIsRestoredEvenAfterAKill() throws Exception {
    checkout.java("stty raw -echo; kill -9 $$");
    assertThat(atTerminal("./atoll; echo code $?; stty -a"))
        .contains("\033[?25h", "killed by signal 9 (SIGKILL)", "code 137")
        .containsPattern("[^-]icanon")
        .containsPattern("[^-]echo ");
  }
}
