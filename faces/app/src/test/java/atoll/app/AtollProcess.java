package atoll.app;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program in a process of its own, without its launcher. */
final class AtollProcess {
  /**
   * The JVM's flags that the test runs with, which are those that the launcher passes: without them
   * a start takes twice the time of a processor.
   */
  private static final List<String> FLAGS =
      ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
          .filter(flag -> flag.startsWith("-XX:"))
          .toList();

  private static final Path SCRIPT = Path.of("/usr/bin/script");

  private AtollProcess() {}

  /** What starts it with these words. */
  static List<String> command(String... words) {
    return command(List.of(), words);
  }

  /** The same with flags for the JVM. */
  static List<String> command(List<String> flags, String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(flags);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "atoll.app.Main"));
    command.addAll(List.of(words));
    return command;
  }

  /** Starts it in a folder. */
  static Process start(Path folder, String... words) throws IOException {
    return new ProcessBuilder(command(words)).directory(folder.toFile()).start();
  }

  /** The same with the user's own files in a folder. */
  static Process start(Path folder, Path data, String... words) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command(words)).directory(folder.toFile());
    builder.environment().put("XDG_DATA_HOME", data.toString());
    return builder.start();
  }

  /** Starts it, types {@code keys}, ends the input, and waits for the end. */
  static Checkout.Run run(Path folder, String keys, String... words) throws Exception {
    Process process = start(folder, words);
    type(process, keys);
    return Checkout.finish(process);
  }

  /** Starts it on a terminal; afterwards its code and the terminal's mode are shown. */
  static Process onTerminal(Path folder, String... words) throws IOException {
    assumeTrue(Files.isExecutable(SCRIPT), "script(1) is not installed");
    String line = String.join(" ", command(words)) + "; echo code $?; stty -a";
    return new ProcessBuilder(SCRIPT.toString(), "-qec", line, "/dev/null")
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .start();
  }

  static void type(Process process, String keys) throws IOException {
    OutputStream in = process.getOutputStream();
    in.write(keys.getBytes(StandardCharsets.ISO_8859_1));
    in.flush();
  }
}
