package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
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
        .startsWith("-XX:AOTMode=auto|@" + checkout.root().resolve("target/launcher"))
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
  void theUsersFlagsComeLastAndSoWin() throws Exception {
    checkout.variable("ATOLL_JVM_FLAGS", "-Xmn4m -Xint");
    assertThat(checkout.run("info").out()).contains(".args|-Xmn4m|-Xint|--module-path|");
  }

  @Test
  void theCacheOfClassesIsUsedByTheJdkThatMadeIt() throws Exception {
    checkout.java(
        "case $1$2 in -XX:AOTMode=create*) echo cache >\"${3#*=}\" ;; esac; printf '%s|' \"$@\"",
        0);
    assertThat(checkout.run().out())
        .matches("-XX:AOTCache=.*/target/launcher/[0-9-]+/atoll\\.aot\\|@.*");
    assertThat(checkout.run().out()).startsWith("-XX:AOTCache=");
    assertThat(checkout.run("up", "x.yaml").out())
        .as("another collector cannot use that")
        .matches("-XX:AOTCache=.*/atoll-up\\.aot\\|@.*");
    checkout.anotherJdk();
    assertThat(checkout.run().out()).startsWith("-XX:AOTMode=auto|@");
  }

  @Test
  void theFirstUseBuildsAndTheNextDoesNot() throws Exception {
    assertThat(checkout.run().err()).isEqualTo("atoll: building Atoll (first use)...\n");
    assertThat(checkout.run().err()).isEmpty();
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void aNewerSourceIsBuilt() throws Exception {
    checkout.run();
    checkout.source("isa/src/main/java/New.java");
    assertThat(checkout.run().err()).isEqualTo("atoll: building Atoll (sources have changed)...\n");
    assertThat(checkout.builds()).isEqualTo(2);
  }

  @Test
  void aDeletedSourceIsBuilt() throws Exception {
    checkout.run();
    Files.delete(checkout.root().resolve("isa/src/main/java/Old.java"));
    checkout.run();
    assertThat(checkout.builds()).isEqualTo(2);
  }

  @Test
  void launchesAtOnceBuildOnce() throws Exception {
    checkout.maven("sleep 1; mkdir -p app/target/dist/lib && echo >app/target/dist/java.args");
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
    checkout.source("isa/src/main/java/New.java");
    checkout.run();
    try (Stream<Path> files = Files.list(checkout.root().resolve("target/launcher"))) {
      assertThat(files.filter(Files::isDirectory)).hasSize(2);
    }
  }

  @Test
  void aFailedBuildShowsItsLog() throws Exception {
    checkout.maven("echo 'Main.java:1: no'; exit 1");
    Checkout.Run run = checkout.run();
    assertThat(run.code()).isEqualTo(125);
    assertThat(run.err()).contains("Main.java:1: no", "the build failed");
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

  @Test
  void terminationReachesJavaFirst() throws Exception {
    Path started = folder.resolve("started");
    Path told = folder.resolve("told");
    checkout.java(
        "trap 'touch \"%s\"; exit 143' TERM; touch '%s'; while :; do sleep 0.05; done"
            .formatted(told, started));
    Process launch = checkout.start(folder, List.of(checkout.root().resolve("atoll").toString()));
    while (!Files.exists(started)) {
      Thread.onSpinWait();
    }
    assertThat(launch.toHandle().destroy()).isTrue();
    assertThat(Checkout.finish(launch).code()).isEqualTo(143);
    assertThat(told).exists();
  }

  @Test
  void theTerminalIsRestoredEvenAfterAKill() throws Exception {
    Path script = Path.of("/usr/bin/script");
    assumeTrue(Files.isExecutable(script), "script(1) is not installed");
    checkout.java("stty raw -echo; kill -9 $$");
    Process session =
        checkout.start(
            checkout.root(),
            List.of(script.toString(), "-qec", "./atoll; echo code $?; stty -a", "/dev/null"));
    assertThat(Checkout.finish(session).out())
        .contains("code 137")
        .containsPattern("[^-]icanon")
        .containsPattern("[^-]echo ");
  }
}
