package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A checkout with a Java that tells what it was given, for tests of the script {@code atoll}. */
abstract class LauncherFixture {
  @TempDir Path folder;
  Checkout checkout;

  @BeforeEach
  void checkOut() throws IOException {
    checkout = new Checkout(folder);
  }

  /** What a command prints on a terminal. */
  String atTerminal(String command) throws Exception {
    Path script = Path.of("/usr/bin/script");
    assumeTrue(Files.isExecutable(script), "script(1) is not installed");
    return Checkout.finish(
            checkout.start(
                checkout.root(), List.of(script.toString(), "-qec", command, "/dev/null")))
        .out();
  }

  /**
   * What a JVM does that pretends: it runs until it is told to end. Like Atoll's, it stops itself:
   * a group of processes without a shell above it, as in CI, is not stopped by the signal.
   */
  Process started() throws Exception {
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

  long java() throws IOException {
    return Long.parseLong(Files.readString(folder.resolve("started")).strip());
  }

  /** A shell cannot catch what is ignored when it starts, as below {@code nohup}. */
  static void requireHeeded(String signal) throws IOException {
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

  static void kill(Process process, String signal) throws Exception {
    String pid = String.valueOf(process.pid());
    assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
  }

  /** What {@code package} makes, without what the JVM needs. */
  Path installed() throws IOException {
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
}
