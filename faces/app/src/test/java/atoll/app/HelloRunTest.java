package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.software.Translator;
import atoll.scenario.Engines;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole program on its smallest guest, in a process of its own. */
class HelloRunTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir private Path folder;

  private static String[] words(String... arguments) {
    List<String> words = new ArrayList<>(List.of("run", "hello"));
    words.addAll(List.of(arguments));
    return words.toArray(String[]::new);
  }

  private Checkout.Run run(String typed, String... arguments) throws Exception {
    return AtollProcess.run(folder, typed, words(arguments));
  }

  private Process start(String... arguments) throws Exception {
    return AtollProcess.start(folder, words(arguments));
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
    ProcessBuilder builder =
        new ProcessBuilder(AtollProcess.command(words())).directory(folder.toFile());
    builder.environment().put("ATOLL_LIFE", life.toString());
    Process process = builder.start();
    AtollProcess.type(process, "poweroff 137\n");
    assertThat(Checkout.finish(process).code()).isEqualTo(137);
    assertThat(Files.readAllLines(life)).containsExactly("begun", "ended 137");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Xmx4m", "-Xmx24m"})
  void withTooLittleMemoryItEndsWithOneSentence(String heap) throws Exception {
    List<String> command = AtollProcess.command(List.of(heap), words());
    Process process = new ProcessBuilder(command).directory(folder.toFile()).start();
    Checkout.Run run = Checkout.finish(process);
    assertThat(run.code()).as(run.err()).isEqualTo(125);
    assertThat(run.err())
        .startsWith("atoll: the JVM")
        .contains("give it more, such as by ATOLL_JVM_FLAGS=")
        .doesNotContain("at atoll.")
        .hasLineCount(1);
  }

  @Test
  void aSignalEndsTheMachineInOrderAndTheReportIsWritten() throws Exception {
    Process process = start("--stats-json", "stats.json", "--stdin", "keep");
    String ignored = new Shown(process).await("> ");
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
  void aTraceWithALimitIsItsLatestPart() throws Exception {
    assertThat(run("help\npoweroff\n", "--trace", "trace.txt,max=64K").code()).isZero();
    long bytes =
        Files.size(folder.resolve("trace.txt")) + Files.size(folder.resolve("trace.txt.1"));
    assertThat(bytes).isBetween(32_768L, 65_536L);
    assertThat(folder.resolve("trace.txt")).content().contains("  jal ");
  }

  @ParameterizedTest
  @MethodSource("engines")
  void theEndOfInputIsTheEndOfTheGuest(String engine) throws Exception {
    Checkout.Run empty = run("", "--engine", engine);
    assertThat(empty.code()).isZero();
    assertThat(empty.err()).isEmpty();
    Checkout.Run unfinished = run("echo one\necho two", "--engine", engine);
    assertThat(unfinished.code()).isZero();
    assertThat(unfinished.out().lines()).containsSubsequence("one", "two");
  }

  static List<String> engines() {
    return Engines.names();
  }

  @Test
  void keptInputHasNoEndButATimeoutIs() throws Exception {
    Checkout.Run run = run("", "--timeout", "500ms", "--stdin", "keep");
    assertThat(run.code()).isEqualTo(124);
    assertThat(run.err()).contains("--timeout is over");
  }

  @ParameterizedTest
  @MethodSource("engines")
  void whatIsExpectedEndsTheRun(String engine) throws Exception {
    Checkout.Run run =
        run(
            "echo b7\n",
            "--stdin",
            "keep",
            "--engine",
            engine,
            "--expect",
            "> ",
            "--expect",
            "^b\\d$");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
  }

  @Test
  void whatIsForbiddenEndsTheRunWith123() throws Exception {
    Checkout.Run run = run("echo b7\n", "--stdin", "keep", "--expect", "never", "--fail", "^b\\d$");
    assertThat(run.err())
        .isEqualTo("atoll: the guest printed what --fail '^b\\d$' looks for: b7\n");
    assertThat(run.code()).isEqualTo(123);
  }

  @Test
  void aGuestThatEndsBeforeIts123OrItsOwnCode() throws Exception {
    assertThat(run("", "--expect", "never").code()).isEqualTo(123);
    Checkout.Run run = run("poweroff 9\n", "--expect", "never");
    assertThat(run.code()).isEqualTo(9);
    assertThat(run.err())
        .isEqualTo(
            "atoll: the guest switched itself off with failure code 9\n"
                + "atoll: the run ended before the guest printed what --expect 'never' looks"
                + " for\n");
  }

  @Test
  void aPromptThatIsTheLastOutputIsSeenBeforeTheEndIsJudged() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(run("echo last\npoweroff 9\n", "--expect", "^last$").code()).isZero();
    }
  }

  /** Options that name a file which is written; {@code %s} is its name. */
  static List<String> outputs() {
    return List.of("--stats-json", "--trace", "--engine-log", "--dump-dtb", "--console-log");
  }

  @ParameterizedTest
  @MethodSource("outputs")
  void anOutputThatCannotBeWrittenIsSaidBeforeTheRun(String option) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    Files.createDirectory(folder.resolve("folder"));
    for (String name : List.of("none/out", "file/out", "folder")) {
      Checkout.Run run = run("poweroff 7\n", option, name);
      assertThat(run.code()).as(name).isEqualTo(125);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).startsWith("atoll: the ").contains(name).hasLineCount(1);
      assertThat(run.err()).doesNotContain("Exception");
    }
    assertThat(file).isEmptyFile();
  }

  @ParameterizedTest
  @MethodSource("outputs")
  void aFullDeviceIsSaidInOneLine(String option) throws Exception {
    assumeTrue(Files.exists(FULL), "there is no /dev/full here");
    Checkout.Run run = run("help\necho one\npoweroff 7\n", option, FULL.toString());
    assertThat(run.err().lines().filter(line -> line.contains("/dev/full"))).hasSize(1);
    assertThat(run.err()).contains("no space left on device");
    assertThat(run.code())
        .as("a full console log ends with the first output, not before")
        .isEqualTo(option.equals("--console-log") ? 7 : 125);
  }

  @Test
  void aTraceThatFailsLaterIsSaidAtTheEndAndChangesNothingElse() throws Exception {
    Process process = start("--trace", "trace,max=8K");
    String ignored = new Shown(process).await("> ");
    // The next older part cannot take this folder's place.
    Path inTheWay = folder.resolve("trace.1/file");
    while (!Files.exists(inTheWay)) {
      try {
        Files.deleteIfExists(folder.resolve("trace.1"));
        Files.createDirectory(folder.resolve("trace.1"));
        Files.writeString(inTheWay, "");
      } catch (FileSystemException e) {
        // An older part has come in between.
      }
    }
    AtollProcess.type(process, "poweroff 7\n");
    Checkout.Run run = Checkout.finish(process);
    assertThat(run.code()).isEqualTo(7);
    assertThat(run.err())
        .isEqualTo(
            "atoll: the guest switched itself off with failure code 7\n"
                + "atoll: the end of the trace trace is lost: it is a folder\n");
  }

  @Test
  void aFullOutputIsNotAReaderThatIsGone() throws Exception {
    assumeTrue(Files.exists(FULL), "there is no /dev/full here");
    Process process =
        new ProcessBuilder(AtollProcess.command(words()))
            .redirectOutput(FULL.toFile())
            .directory(folder.toFile())
            .start();
    Checkout.Run run = Checkout.finish(process);
    assertThat(run.err())
        .isEqualTo("atoll: standard output cannot be written: no space left on device; stopped\n");
    assertThat(run.code()).isEqualTo(125);
  }

  @ParameterizedTest
  @ValueSource(strings = {"isa", "info", "help", "--version", "run --help"})
  void everyCommandSaysThatItsOutputIsNotWhole(String line) throws Exception {
    assumeTrue(Files.exists(FULL), "there is no /dev/full here");
    List<String> words = AtollProcess.command(line.split(" "));
    Checkout.Run run =
        Checkout.finish(new ProcessBuilder(words).redirectOutput(FULL.toFile()).start());
    assertThat(run.err())
        .isEqualTo("atoll: standard output cannot be written; check the space where it goes\n");
    assertThat(run.code()).isEqualTo(125);
  }

  @Test
  void statisticsTellTheTimeOfVirtualCpusAndOfTheHost() throws Exception {
    Checkout.Run run = run("poweroff\n", "--stats", "--stats-json", "stats.json");
    assertThat(run.err()).containsPattern("time on virtual CPUs, ms +[0-9,]+");
    Matcher nanos =
        Pattern.compile("\"hostCpuNanos\" : (\\d+)")
            .matcher(Files.readString(folder.resolve("stats.json")));
    assertThat(nanos.find()).isTrue();
    assertThat(Long.parseLong(nanos.group(1))).isPositive();
  }

  @Test
  void onATerminalTheEscapeQuitsAndTheModeIsRestored() throws Exception {
    Process session = AtollProcess.onTerminal(folder, words());
    Shown shown = new Shown(session);
    String ignored = shown.await("> ");
    AtollProcess.type(session, "\001h\001x");
    assertThat(shown.all())
        .startsWith("atoll: Ctrl-a x quits")
        .contains("Ctrl-a a  sends Ctrl-a itself", "code 0")
        .containsPattern("[^-]icanon");
  }
}
