package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Translator;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole program on its smallest guest, in a process of its own. */
@Timeout(120)
class HelloRunTest {
  @TempDir private Path folder;

  private static List<String> command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "atoll.app.Main",
                "run",
                "hello"));
    command.addAll(List.of(arguments));
    return command;
  }

  private Checkout.Run run(String typed, String... arguments) throws Exception {
    Process process = new ProcessBuilder(command(arguments)).directory(folder.toFile()).start();
    type(process, typed);
    return Checkout.finish(process);
  }

  private static void type(Process process, String keys) throws IOException {
    OutputStream in = process.getOutputStream();
    in.write(keys.getBytes(StandardCharsets.ISO_8859_1));
    in.flush();
  }

  @Test
  void itAnswersOnItsConsoleAndItsCodeIsTheProcesss() throws Exception {
    Checkout.Run run = run("echo a word\npoweroff 7\n", "--console-log", "log", "--cpus", "2");
    assertThat(run.out()).contains("Hello from a bare-metal RISC-V guest", "a word");
    assertThat(run.err()).isEqualTo("atoll: the guest switched itself off with failure code 7\n");
    assertThat(run.code()).isEqualTo(7);
    assertThat(folder.resolve("log")).hasContent(run.out());
  }

  @Test
  void statisticsAreForPersonsAndPrograms() throws Exception {
    Checkout.Run run = run("trap\npoweroff\n", "--stats", "--stats-json", "stats.json");
    assertThat(run.code()).isZero();
    assertThat(run.err())
        .containsPattern("instructions +[0-9,]+")
        .containsPattern("environment call from M +[0-9]+")
        .containsPattern("uart0 +[0-9,]+");
    assertThat(Files.readString(folder.resolve("stats.json")))
        .contains("\"outcome\" : \"poweroff\"", "\"exitCode\" : 0", "\"mmio-write\"")
        .contains("\"translation\" : {", "\"interpretedInstructions\" : ", "\"invalidations\"");
  }

  @Test
  void itTellsWhoHasStartedItHowFarItCame() throws Exception {
    Path life = Files.createFile(folder.resolve("life"));
    ProcessBuilder builder = new ProcessBuilder(command()).directory(folder.toFile());
    builder.environment().put("ATOLL_LIFE", life.toString());
    Process process = builder.start();
    type(process, "poweroff 137\n");
    assertThat(Checkout.finish(process).code()).isEqualTo(137);
    assertThat(Files.readAllLines(life)).containsExactly("begun", "ended 137");
  }

  @Test
  void withoutMemoryItEndsWithOneSentence() throws Exception {
    List<String> command = new ArrayList<>(command());
    command.add(1, "-Xmx4m");
    Process process = new ProcessBuilder(command).directory(folder.toFile()).start();
    Checkout.Run run = Checkout.finish(process);
    assertThat(run.code()).isEqualTo(125);
    assertThat(run.err())
        .contains("atoll: the JVM has no memory left (Java heap space); give it more")
        .doesNotContain("at atoll.");
  }

  @Test
  void aSignalEndsTheMachineInOrderAndTheReportIsWritten() throws Exception {
    Process process =
        new ProcessBuilder(command("--stats-json", "stats.json"))
            .directory(folder.toFile())
            .start();
    StringBuilder shown = new StringBuilder();
    readUntil("> ", process, shown);
    assertThat(process.toHandle().destroy()).isTrue();
    assertThat(Checkout.finish(process).code()).isEqualTo(143);
    assertThat(folder.resolve("stats.json"))
        .content()
        .contains("\"outcome\" : \"signal\"", "\"mmio-write\"");
  }

  @Test
  void theTranslatorShowsItsCountersAndItsLog() throws Exception {
    assumeTrue(Translator.unavailable().isEmpty(), "the translator cannot run here");
    Checkout.Run run =
        run("help\npoweroff\n", "--engine", "translator", "--stats", "--engine-log", "engine.log");
    assertThat(run.err())
        .containsPattern("translator\n +blocks +[0-9,]+ +of [0-9,]+ instructions")
        .containsPattern("entries +[0-9,]+ +and exits for:");
    assertThat(folder.resolve("engine.log"))
        .content()
        .contains("Hottest code", "Instructions left to Java");
  }

  @Test
  void theTraceHasInstructionsAndWhatTheyChanged() throws Exception {
    assertThat(run("poweroff\n", "--trace", "trace.txt").code()).isZero();
    assertThat(Files.readAllLines(folder.resolve("trace.txt")).getFirst())
        .matches("0 0000000080000000 [0-9a-f]{8}  \\S+ .*  x\\d+=[0-9a-f]+");
  }

  @Test
  void theEndOfInputIsNotTheEndButATimeoutIs() throws Exception {
    Checkout.Run run = run("", "--timeout", "500ms");
    assertThat(run.code()).isEqualTo(124);
    assertThat(run.err()).contains("--timeout is over");
  }

  @Test
  void onATerminalTheEscapeQuitsAndTheModeIsRestored() throws Exception {
    Path script = Path.of("/usr/bin/script");
    assumeTrue(Files.isExecutable(script), "script(1) is not installed");
    String program = String.join(" ", command());
    Process session =
        new ProcessBuilder(
                script.toString(), "-qec", program + "; echo code $?; stty -a", "/dev/null")
            .redirectErrorStream(true)
            .start();
    StringBuilder shown = new StringBuilder();
    readUntil("> ", session, shown);
    type(session, "\001h\001x");
    shown.append(new String(session.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertThat(shown.toString())
        .startsWith("atoll: Ctrl-a x quits")
        .contains("Ctrl-a a  sends Ctrl-a itself", "code 0")
        .containsPattern("[^-]icanon");
  }

  private static void readUntil(String wanted, Process process, StringBuilder shown)
      throws IOException {
    while (shown.indexOf(wanted) < 0) {
      int next = process.getInputStream().read();
      assertThat(next).as("'%s' comes before the end of: %s", wanted, shown).isNotNegative();
      shown.append((char) next);
    }
  }
}
