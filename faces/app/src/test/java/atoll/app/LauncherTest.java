package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.software.Translator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code atoll}. One file, though long, because that is one file. */
@Tag("slow")
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  @TempDir private Path folder;
  private Checkout checkout;

  @BeforeEach
  void checkOut() throws IOException {
    checkout = new Checkout(folder);
  }

  @Test
  void javaGetsTheFlagsTheModulesAndTheArguments() throws Exception {
    Checkout.Run run = checkout.run("run", "--append", "two words", "");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .startsWith("@" + checkout.root().resolve("target/launcher"))
        .containsPattern("/java\\.args\\|@.*/(translator|interpreter)\\.args\\|--module-path\\|")
        .contains("/lib|--class-path|" + checkout.root().resolve("target/launcher"))
        .endsWith("/fetch/*|--module|atoll.app/atoll.app.Main|run|--append|two words||");
  }

  @ParameterizedTest
  @CsvSource({
    "run hello --engine interpreter, interpreter",
    "run hello --engine=interpreter --stats, interpreter",
    "run --kernel interpreter, translator",
    "run --engine auto, translator",
    "info, translator",
  })
  void theEngineThatIsAskedForGetsItsFlags(String line, String engine) throws Exception {
    checkout.host("Linux x86_64");
    assertThat(checkout.run(line.split(" ")).out()).contains("/" + engine + ".args|");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Linux aarch64", "Darwin x86_64", "Linux riscv64"})
  void whereTheTranslatorCannotRunTheInterpreterGetsItsFlags(String host) throws Exception {
    checkout.host(host);
    assertThat(checkout.run("run", "hello").out()).contains("/interpreter.args|");
  }

  @Test
  void machinesBesideEachOtherGetFlagsOfTheirOwnBehindTheEngines() throws Exception {
    assertThat(checkout.run("up", "cockpit.yaml").out())
        .contains(".args|@", "/system.args|--module-path|");
    assertThat(checkout.run("run", "up").out()).doesNotContain("system.args");
  }

  @Test
  void copiesGetFlagsOfTheirOwnToo() throws Exception {
    assertThat(checkout.run("fork", "booted").out())
        .contains(".args|@", "/forks.args|--module-path|")
        .doesNotContain("system.args");
  }

  @Test
  void theUsersFlagsComeLastAndSoWin() throws Exception {
    checkout.variable("ATOLL_JVM_FLAGS", "-Xmn4m -Xint");
    assertThat(checkout.run("info").out()).contains(".args|-Xmn4m|-Xint|--module-path|");
  }

  @Test
  void wordsOfTheUsersFlagsAreNoPatternsOfFileNames() throws Exception {
    checkout.variable("ATOLL_JVM_FLAGS", "-Dx=* -Dy=?");
    assertThat(checkout.run("info").out()).contains("|-Dx=*|-Dy=?|--module-path|");
  }

  @Test
  void whatTheJvmWouldAnnounceGoesToTheCommandLineInTheJvmsOrder() throws Exception {
    checkout.variable("JAVA_TOOL_OPTIONS", "-Da=1");
    checkout.variable("JDK_JAVA_OPTIONS", "-Db=2 -Dc=3");
    checkout.variable("ATOLL_JVM_FLAGS", "-Dd=4");
    checkout.variable("_JAVA_OPTIONS", "-De=5");
    checkout.java("printf '%s|' \"${JAVA_TOOL_OPTIONS-unset}\" \"$@\"");
    assertThat(checkout.run("info").out())
        .startsWith("unset|-Da=1|-Db=2|-Dc=3|@")
        .contains(".args|-Dd=4|-De=5|--module-path|");
  }

  @Test
  void wordsInQuotesAreLeftForTheJvmToTakeApart() throws Exception {
    checkout.variable("JAVA_TOOL_OPTIONS", "-Da='1 2'");
    checkout.java("printf '%s|' \"$JAVA_TOOL_OPTIONS\" \"$@\"");
    assertThat(checkout.run("info").out()).startsWith("-Da='1 2'|@");
  }

  private void recordCaches() throws Exception {
    checkout.java("printf '%s|' \"$@\"", 0);
    checkout.run();
  }

  @Test
  void theCacheOfClassesIsUsedByTheJdkThatMadeIt() throws Exception {
    recordCaches();
    assertThat(checkout.run().out())
        .matches("-XX:AOTCache=.*/target/launcher/[0-9-]+/atoll\\.aot\\|@.*");
    assertThat(checkout.run("up", "x.yaml").out())
        .as("another collector cannot use that")
        .matches("-XX:AOTCache=.*/atoll-up\\.aot\\|@.*");
    checkout.anotherJdk();
    assertThat(checkout.run().out()).doesNotContain("AOT");
  }

  @Test
  void anotherBuildOfTheJdkInTheSameFolderDoesNotGetTheCache() throws Exception {
    recordCaches();
    checkout.release("25.0.2");
    assertThat(checkout.run().out()).doesNotContain("AOT");
  }

  @Test
  void aCheckoutThatWasMovedOrCopiedDoesNotUseTheCache() throws Exception {
    recordCaches();
    Path moved = Files.move(checkout.root(), folder.resolve("moved"));
    Checkout.Run run =
        Checkout.finish(checkout.start(moved, List.of(moved.resolve("atoll").toString())));
    assertThat(run.out()).contains("|--module|atoll.app/").doesNotContain("AOT");
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"cach, cut short", "'', empty", "cache cache, longer", "catch, another byte"})
  void aCacheThatHasComeToHarmIsNotUsed(String content, String harm) throws Exception {
    recordCaches();
    Files.writeString(checkout.build().resolve("atoll.aot"), content + "\n");
    assertThat(checkout.run().out()).as(harm).doesNotContain("AOT");
  }

  @Test
  void aCacheThatIsGoneOrOfOtherFlagsIsNotUsed() throws Exception {
    recordCaches();
    Files.delete(checkout.build().resolve("atoll-up.aot"));
    assertThat(checkout.run("up", "x.yaml").out()).doesNotContain("AOT");
    Files.writeString(checkout.build().resolve("java.args"), "-Xmx1g\n");
    assertThat(checkout.run().out()).doesNotContain("AOT");
  }

  @ParameterizedTest
  @CsvSource({
    "ATOLL_JVM_FLAGS, -Dx=y, true",
    "ATOLL_JVM_FLAGS, -XX:-UseSerialGC -XX:+UseParallelGC, false",
    "JAVA_TOOL_OPTIONS, -Xmx40g, false",
    "_JAVA_OPTIONS, -Xmx40g, false",
  })
  void theCacheIsForOurFlagsAlone(String variable, String flags, boolean used) throws Exception {
    recordCaches();
    checkout.variable(variable, flags);
    assertThat(checkout.run().out().contains("-XX:AOTCache=")).isEqualTo(used);
  }

  @ParameterizedTest
  @CsvSource({"'', translator", "bmi2, interpreter", "popcnt, interpreter"})
  void aProcessorThatLacksWhatTheTranslatorNeedsGetsTheInterpretersFlags(
      String hidden, String engine) throws Exception {
    assumeTrue(Translator.unavailable().isEmpty(), "the translator cannot run here");
    Path description = folder.resolve("cpu info");
    List<String> features = new ArrayList<>(Translator.features());
    features.remove(hidden);
    Files.writeString(
        description,
        "processor\t: 0\nmodel name\t: X\nflags\t\t: fpu %s sse2\nbugs\t\t:\n"
            .formatted(String.join(" ", features)));
    checkout.processor(description);
    assertThat(checkout.run("run", "hello").out()).contains("/" + engine + ".args|");
  }

  /** A JDK that has dropped one of our flags, and knows only properties of the user's. */
  private void jdkThatHasDroppedAFlag() throws IOException {
    checkout.rawJava(
        """
        unknown=
        case "$*" in *java.args*) unknown=yes ;; esac
        case "$*" in *UseTypo*) unknown=yes ;; esac
        case "$*" in *-XX:+IgnoreUnrecognizedVMOptions*) unknown= ;; esac
        [ -z "$unknown" ] || { echo 'Unrecognized VM option' >&2; exit 1; }
        case $1 in -XX:AOTMode* | */ModernClasses.java) exit 1 ;; esac
        echo begun >>"$ATOLL_LIFE"
        printf '%s|' "$@"
        echo 'ended 0' >>"$ATOLL_LIFE"
        """);
  }

  @Test
  void aJdkThatHasDroppedOneOfOurFlagsStartsWithoutIt() throws Exception {
    assertThat(checkout.run().out()).doesNotContain("IgnoreUnrecognized");
    jdkThatHasDroppedAFlag();
    checkout.release("27");
    Checkout.Run run = checkout.run();
    assertThat(run.out()).as("after it has come").contains("-XX:+IgnoreUnrecognizedVMOptions|");
    checkout.source("core/isa/src/main/java/New.java");
    assertThat(checkout.run().out()).as("built with it").contains("IgnoreUnrecognizedVMOptions|");
  }

  @Test
  void evenThereAnUnknownFlagOfTheUsersIsRefused() throws Exception {
    jdkThatHasDroppedAFlag();
    checkout.variable("ATOLL_JVM_FLAGS", "-XX:+UseTypo");
    Checkout.Run run = checkout.run();
    assertThat(run.code()).isEqualTo(125);
    assertThat(run.err()).contains("Unrecognized VM option", "'-XX:+UseTypo'");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 127})
  void aJvmThatDoesNotStartAtollIsExplained(int code) throws Exception {
    checkout.rawJava("echo 'Multiple garbage collectors selected' >&2; exit " + code);
    checkout.variable("ATOLL_JVM_FLAGS", "-XX:+UseParallelGC");
    Checkout.Run run = checkout.run("info");
    assertThat(run.code()).isEqualTo(125);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("Multiple garbage collectors selected")
        .containsPattern("(?m)^atoll: the JVM did not start Atoll \\(code " + code + ";")
        .contains("'-XX:+UseParallelGC'", "docs/cli.md");
  }

  @Test
  void withoutFlagsOfTheUsersAnotherJdkIsAdvised() throws Exception {
    checkout.rawJava("exit 1");
    assertThat(checkout.run("info").err())
        .contains("try another JDK than " + checkout.jdk())
        .doesNotContain("docs/cli.md");
  }

  @Test
  void aJvmThatEndsByItselfAmidstARunIsExplained() throws Exception {
    checkout.rawJava("echo begun >>\"$ATOLL_LIFE\"; exit 3");
    Checkout.Run run = checkout.run("run", "hello");
    assertThat(run.code()).isEqualTo(125);
    assertThat(run.err())
        .contains("atoll: the JVM ended by itself with code 3, before Atoll ended");
  }

  @ParameterizedTest
  @CsvSource({"KILL, 137, memory", "ABRT, 134, hs_err_pid", "SEGV, 139, above", "USR1, 138, above"})
  void aJvmThatWasKilledIsExplained(String signal, int code, String hint) throws Exception {
    checkout.java("kill -" + signal + " $$");
    Checkout.Run run = checkout.run("run", "hello");
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.err())
        .contains("atoll: the JVM was killed by signal " + (code - 128) + " (SIG" + signal + "); ")
        .contains(hint);
  }

  @Test
  void aGuestsCodeIsItsOwnWhateverItIs() throws Exception {
    checkout.java("for code; do :; done; exit $code"); // the last word
    checkout.run("0");
    for (int code : new int[] {1, 125, 128, 129, 130, 134, 137, 139, 143, 255}) {
      Checkout.Run run = checkout.run("run", "hello", String.valueOf(code));
      assertThat(run.code()).isEqualTo(code);
      assertThat(run.err()).as("%d", code).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {134, 137, 139})
  void onATerminalTheLineThatTellsAGuestsCodeStays(int code) throws Exception {
    checkout.java("echo 'failure code'; exit " + code);
    checkout.run();
    assertThat(atTerminal("./atoll; echo code $?"))
        .isEqualTo("failure code\r\ncode " + code + "\r\n");
  }

  @Test
  void whereAJvmCannotTellItsCodeIsBelieved() throws Exception {
    checkout.run();
    Files.writeString(folder.resolve("tools/mkfifo"), "#!/bin/sh\nexit 1\n");
    checkout.rawJava("echo \"life '$ATOLL_LIFE'\"; exit 137");
    Checkout.Run run = checkout.run("run", "hello");
    assertThat(run.out()).isEqualTo("life ''\n");
    assertThat(run.code()).isEqualTo(137);
    assertThat(run.err()).isEmpty();
  }

  @Test
  void nothingIsLeftBehindInTheFolderOfTemporaryFiles() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    checkout.variable("TMPDIR", temporary.toString());
    checkout.java("kill -KILL $$");
    checkout.run();
    assertThat(temporary).isEmptyDirectory();
  }

  /** What a command prints on a terminal. */
  private String atTerminal(String command) throws Exception {
    Path script = Path.of("/usr/bin/script");
    assumeTrue(Files.isExecutable(script), "script(1) is not installed");
    return Checkout.finish(
            checkout.start(
                checkout.root(), List.of(script.toString(), "-qec", command, "/dev/null")))
        .out();
  }

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
  void theScriptsPassShellcheck() throws Exception {
    Path shellcheck = Path.of("/usr/bin/shellcheck");
    assumeTrue(Files.isExecutable(shellcheck), "shellcheck is not installed");
    Process check =
        new ProcessBuilder(
                shellcheck.toString(),
                "-x",
                "atoll",
                "check",
                ".ci/run",
                "docs/lines",
                "faces/app/src/launcher/jdk.sh",
                "faces/app/src/launcher/build.sh")
            .directory(Checkout.REPOSITORY.toFile())
            .redirectErrorStream(true)
            .start();
    assertThat(Checkout.finish(check).out()).isEmpty();
  }

  @Test
  void theFirstUseBuildsAndTheNextDoesNot() throws Exception {
    assertThat(checkout.run().err())
        .isEqualTo("atoll: building Atoll (first use; it takes about a minute)...\n");
    assertThat(checkout.run().err()).isEmpty();
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void aNewerSourceIsBuilt() throws Exception {
    checkout.run();
    checkout.source("core/isa/src/main/java/New.java");
    assertThat(checkout.run().err()).isEqualTo("atoll: building Atoll (sources have changed)...\n");
    assertThat(checkout.builds()).isEqualTo(2);
  }

  @Test
  void aDeletedSourceIsBuilt() throws Exception {
    checkout.run();
    Files.delete(checkout.root().resolve("core/isa/src/main/java/Old.java"));
    checkout.run();
    assertThat(checkout.builds()).isEqualTo(2);
  }

  @Test
  void launchesAtOnceBuildOnce() throws Exception {
    checkout.maven(
        "sleep 1; mkdir -p faces/app/target/dist/lib && echo >faces/app/target/dist/java.args");
    List<String> command = List.of(checkout.root().resolve("atoll").toString(), "x");
    List<Process> launches =
        List.of(
            checkout.start(folder, command),
            checkout.start(folder, command),
            checkout.start(folder, command));
    for (Process launch : launches) {
      Checkout.Run run = Checkout.finish(launch);
      assertThat(run.code()).isZero();
      assertThat(run.out()).endsWith("|x|");
    }
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"HUP, 129", "INT, 130", "QUIT, 131", "TERM, 143"})
  void aSignalEndsABuildAtOnce(String signal, int code) throws Exception {
    requireHeeded(signal);
    Path maven = folder.resolve("maven");
    checkout.maven(
        "echo $$ >'%s.new'; mv '%s.new' '%s'; exec sleep 1000".formatted(maven, maven, maven));
    Process launch = checkout.start(folder, List.of(checkout.root().resolve("atoll").toString()));
    while (!Files.exists(maven)) {
      Thread.onSpinWait();
    }
    kill(launch, signal);
    assertThat(Checkout.finish(launch).code()).isEqualTo(code);
    assertThat(checkout.root().resolve("target/launcher/lock")).doesNotExist();
    Optional<ProcessHandle> builder =
        ProcessHandle.of(Long.parseLong(Files.readString(maven).strip()));
    if (builder.isPresent()) {
      builder.get().onExit().get();
    }
  }

  /** A Maven that is at a module and goes on when the test has seen that. */
  private Path mavenAtTheFifthModule() throws IOException {
    Path seen = folder.resolve("seen");
    checkout.maven(
        """
        echo '[INFO] Building engine 0.1.0-SNAPSHOT                                [5/14]'
        while [ ! -f '%s' ]; do sleep 0.05; done
        mkdir -p faces/app/target/dist/lib && echo >faces/app/target/dist/java.args
        """
            .formatted(seen));
    return seen;
  }

  @ParameterizedTest
  @ValueSource(ints = {80, 40, 20})
  void onATerminalALineShowsHowFarTheBuildIs(int columns) throws Exception {
    Path script = Path.of("/usr/bin/script");
    assumeTrue(Files.isExecutable(script), "script(1) is not installed");
    Path seen = mavenAtTheFifthModule();
    checkout.variable("TERM", "xterm");
    String command = "stty cols %d; ./atoll".formatted(columns);
    Process session =
        checkout.start(checkout.root(), List.of(script.toString(), "-qec", command, "/dev/null"));
    String line = "atoll: building engine (5 of 14), ";
    String shown =
        new Shown(session).await(line.substring(0, Math.min(line.length(), columns - 1)));
    Files.createFile(seen);
    shown += Checkout.finish(session).out();
    assertThat(shown.substring(shown.indexOf('\n') + 1).split("[\r\n]"))
        .filteredOn(part -> part.startsWith("atoll: "))
        .hasSizeGreaterThan(1)
        .allMatch(part -> part.replace("\033[K", "").length() < columns, "within the width");
  }

  @Test
  void inAPipeALineNowAndThenShowsHowFarTheBuildIs() throws Exception {
    Path seen = mavenAtTheFifthModule();
    Path hour = folder.resolve("hour");
    Files.writeString(hour, "1");
    // Each look at the clock is ten seconds after the one before.
    Files.writeString(
        folder.resolve("tools/date"),
        "#!/bin/sh\nread -r t <'%s'; t=$((t + 10)); echo $t >'%s'; echo $t\n"
            .formatted(hour, hour));
    Process launch = checkout.start(folder, List.of(checkout.root().resolve("atoll").toString()));
    String ignored = new Shown(launch.getErrorStream()).await("atoll: building engine (5 of 14), ");
    Files.createFile(seen);
    Checkout.Run run = Checkout.finish(launch);
    assertThat(run.code()).isZero();
    assertThat(run.err()).doesNotContain("\r", "\033");
  }

  @Test
  void theLockOfADeadLaunchIsTakenAway() throws Exception {
    Path lock = checkout.root().resolve("target/launcher/lock");
    Files.createDirectories(lock.getParent());
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.writeString(lock, dead.pid() + "\n");
    assertThat(checkout.run().code()).isZero();
    assertThat(lock).doesNotExist();
  }

  @Test
  void aRunningAtollKeepsItsFilesWhenAnotherBuilds() throws Exception {
    checkout.run();
    checkout.source("core/isa/src/main/java/New.java");
    checkout.run();
    try (Stream<Path> files = Files.list(checkout.root().resolve("target/launcher"))) {
      assertThat(files.filter(Files::isDirectory)).hasSize(2);
    }
  }

  @Test
  void aFailedBuildShowsItsLog() throws Exception {
    checkout.maven("echo '[INFO] Building isa'; echo 'Main.java:1: no'; exit 1");
    Checkout.Run run = checkout.run();
    assertThat(run.code()).isEqualTo(125);
    assertThat(run.err()).contains("Main.java:1: no", "the build failed").doesNotContain("[INFO]");
    assertThat(checkout.run().code()).isEqualTo(125);
  }

  @Test
  void withoutMavenOneSentenceSaysHowToGetIt() throws Exception {
    checkout.noMaven();
    Checkout.Run run = checkout.run();
    assertThat(run.code()).isEqualTo(127);
    assertThat(run.err()).startsWith("atoll: Maven is needed").hasLineCount(1);
  }

  @Test
  void withoutAJdkOneSentenceSaysHowToGetIt() throws Exception {
    checkout.release("17.0.15");
    Checkout.Run run = checkout.run();
    assertThat(run.code()).isEqualTo(127);
    assertThat(run.err())
        .startsWith("atoll: no JDK 25 or newer found (JAVA_HOME is ")
        .contains("release 17")
        .hasLineCount(1);
  }

  @Test
  void aNewerJdkWillDo() throws Exception {
    checkout.release("27-ea");
    assertThat(checkout.run().code()).isZero();
  }

  @Test
  void theExitCodeIsJavas() throws Exception {
    checkout.java("exit 42");
    assertThat(checkout.run().code()).isEqualTo(42);
  }

  @Test
  void itWorksThroughASymbolicLinkAndKeepsTheFolderItWasCalledFrom() throws Exception {
    checkout.java("pwd");
    Path link = Files.createSymbolicLink(folder.resolve("link"), checkout.root().resolve("atoll"));
    Path elsewhere = Files.createDirectory(folder.resolve("else where"));
    Checkout.Run run = Checkout.finish(checkout.start(elsewhere, List.of(link.toString())));
    assertThat(run.code()).isZero();
    assertThat(run.out()).isEqualTo(elsewhere.toRealPath() + "\n");
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

  /**
   * What a JVM does that pretends: it runs until it is told to end. Like Atoll's, it stops itself:
   * a group of processes without a shell above it, as in CI, is not stopped by the signal.
   */
  private Process started() throws Exception {
    Path started = folder.resolve("started");
    checkout.java(
        """
        trap 'exit 143' TERM
        trap 'kill -STOP $$' TSTP
        trap 'touch "%1$s"' WINCH
        echo $$ >'%2$s.new'; mv '%2$s.new' '%2$s'
        while :; do sleep 0.05; done
        """
            .formatted(folder.resolve("resized"), started));
    Process launch = checkout.start(folder, List.of(checkout.root().resolve("atoll").toString()));
    while (!Files.exists(started)) {
      Thread.onSpinWait();
    }
    return launch;
  }

  private long java() throws IOException {
    return Long.parseLong(Files.readString(folder.resolve("started")).strip());
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

  /** A shell cannot catch what is ignored when it starts, as below {@code nohup}. */
  private static void requireHeeded(String signal) throws IOException {
    Path status = Path.of("/proc/self/status");
    assumeTrue(Files.isReadable(status), "this host does not say which signals are ignored");
    int number = Map.of("HUP", 1, "INT", 2, "QUIT", 3, "TERM", 15).get(signal);
    String ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .map(line -> line.substring("SigIgn:".length()).strip())
            .findFirst()
            .orElse("0");
    boolean heeded = (Long.parseUnsignedLong(ignored, 16) >>> number - 1 & 1) == 0;
    assumeTrue(heeded, "SIG" + signal + " is ignored here, as below nohup");
  }

  private static void kill(Process process, String signal) throws Exception {
    String pid = String.valueOf(process.pid());
    assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
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

  private void withVersion() throws IOException {
    checkout.maven(
        "mkdir -p faces/app/target/dist/lib faces/app/target/dist/fetch"
            + " && : >faces/app/target/dist/lib/app-1.2.jar"
            + " && echo -Xshare:auto >faces/app/target/dist/java.args");
  }

  @Test
  void packagesAreMadeOfTheBuildInTheOrderOfTheirKinds() throws Exception {
    withVersion();
    checkout.java("printf '%s|' \"$@\"", 0);
    checkout.jlink();
    checkout.host("Linux");
    Checkout.Run run = checkout.run("package", "--archive", "--output", "my packages");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo("archive\n");
    try (Stream<Path> left = Files.list(checkout.root().resolve("target/launcher"))) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("package-"));
    }
    assertThat(checkout.root().resolve("my packages")).isDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          package --zip    | 2   | unknown argument '--zip' of package, expected --archive, --deb, --oci or --output
          package --output | 2   | --output needs a folder
          package          | 127 | has no jlink, which packages are made with
          """)
  void whatCannotBePackedIsSaid(String line, int code, String words) throws Exception {
    Checkout.Run run = checkout.run(line.split(" "));
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.err()).contains(words);
    assertThat(run.out()).isEmpty();
  }

  /** What {@code package} makes, without what the JVM needs. */
  private Path installed() throws IOException {
    checkout.java("printf '%s|' \"$@\"", 0);
    Path home = Files.createDirectories(folder.resolve("opt/an atoll"));
    Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("lib"));
    Files.copy(
        checkout.root().resolve("atoll"),
        home.resolve("bin/atoll"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.copy(
        Checkout.REPOSITORY.resolve("faces/app/src/launcher/fits.sh"), home.resolve("lib/fits.sh"));
    Files.createDirectories(home.resolve("runtime/bin"));
    Files.copy(
        checkout.jdk().resolve("bin/java"),
        home.resolve("runtime/bin/java"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.copy(checkout.jdk().resolve("release"), home.resolve("runtime/release"));
    Files.writeString(home.resolve("java.args"), "-Xshare:auto");
    return home;
  }

  @Test
  void anInstalledAtollStartsItsOwnJavaAndBuildsNothing() throws Exception {
    Path home = installed();
    checkout.noMaven();
    Path link = Files.createSymbolicLink(folder.resolve("link"), home.resolve("bin/atoll"));
    Checkout.Run run =
        Checkout.finish(checkout.start(folder, List.of(link.toString(), "info", "a b")));
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains("@" + home.toRealPath() + "/java.args|")
        .doesNotContain("--module-path")
        .endsWith("/fetch/*|--module|atoll.app/atoll.app.Main|info|a b|");
    assertThat(run.code()).isZero();
  }

  @Test
  void anInstalledAtollUsesItsCacheWhereverItIsMovedButNotADamagedOne() throws Exception {
    Path home = installed();
    Files.writeString(home.resolve("atoll.aot"), "cache");
    String identity =
        Checkout.finish(
                checkout.start(
                    folder,
                    List.of(
                        "sh",
                        "-c",
                        "java_home=$1/runtime checkout=; . \"$1/lib/fits.sh\"; cache_identity \"$1/atoll.aot\"",
                        "sh",
                        home.toString())))
            .out();
    Files.writeString(home.resolve("atoll.aot.fits"), identity);
    Path moved = Files.move(home, folder.resolve("moved"));
    List<String> command = List.of(moved.resolve("bin/atoll").toString(), "info");
    assertThat(Checkout.finish(checkout.start(folder, command)).out())
        .contains("-XX:AOTCache=" + moved.toRealPath() + "/atoll.aot|");
    Files.writeString(moved.resolve("atoll.aot"), "cachE");
    assertThat(Checkout.finish(checkout.start(folder, command)).out()).doesNotContain("AOT");
  }
}
