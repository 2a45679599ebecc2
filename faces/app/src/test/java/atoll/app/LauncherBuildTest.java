package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When the script {@code atoll} builds, and what it shows of that. */
@Tag("slow")
@DisabledOnOs(OS.WINDOWS)
class LauncherBuildTest extends LauncherFixture {
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
}
