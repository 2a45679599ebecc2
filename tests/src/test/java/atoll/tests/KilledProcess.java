package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.testkit.GuestProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A process that is killed in the middle of its work, as when the power goes. */
final class KilledProcess {
  private KilledProcess() {}

  /**
   * Runs a program of these tests, and kills it once it has printed a line.
   *
   * @return all lines up to that
   */
  static List<String> run(Class<?> program, List<String> arguments, Predicate<String> last)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(arguments);
    Process victim =
        new ProcessBuilder(command)
            .directory(GuestProgram.repository().toFile())
            .redirectErrorStream(true)
            .start();
    List<String> said = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(victim.getInputStream(), StandardCharsets.ISO_8859_1))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        said.add(line);
        if (last.test(line)) {
          break;
        }
      }
    } finally {
      victim.destroyForcibly(); // SIGKILL
    }
    assertThat(victim.waitFor()).as(String.join("\n", said)).isEqualTo(128 + 9);
    return said;
  }
}
