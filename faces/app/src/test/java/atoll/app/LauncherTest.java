package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.software.Translator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code atoll}: the flags that Java gets, the cache of classes, a Java that fails. */
@Tag("slow")
@DisabledOnOs(OS.WINDOWS)
class LauncherTest extends LauncherFixture {
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
}
