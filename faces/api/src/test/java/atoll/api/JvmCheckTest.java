package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A JVM that cannot have VMs says which of its flags is to be changed. */
class JvmCheckTest {
  /** What the other JVM runs. */
  static final class Program {
    private Program() {}

    public static void main(String[] words) {
      try (AtollSystem system = Atoll.hello().memory("16M").start()) {
        system.vm().console().expect("> ", Duration.ofMinutes(10));
        System.out.println("started");
      } catch (AtollException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static String run(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void aJvmWithoutFlagsOfAtollsRunsVms() throws IOException, InterruptedException {
    assertThat(run("--enable-native-access=ALL-UNNAMED")).isEqualTo("started\n");
  }

  @Test
  void theFlagForNativeAccessIsNamed() throws IOException, InterruptedException {
    assertThat(run("--illegal-native-access=deny"))
        .isEqualTo(
            "this JVM lets Atoll not call the operating system, by which it maps guests' memory;"
                + " start it with --enable-native-access=ALL-UNNAMED\n");
  }

  @Test
  void aHeapThatIsTooSmallIsNamed() throws IOException, InterruptedException {
    assertThat(run("--enable-native-access=ALL-UNNAMED", "-Xmx32m"))
        .startsWith("the JVM's heap can have ")
        .contains("expected 64M or more")
        .endsWith("-Xmx256m\n");
  }

  @Test
  void anyCollectorWillDo() throws IOException, InterruptedException {
    assertThat(run("--enable-native-access=ALL-UNNAMED", "-XX:+UseZGC")).isEqualTo("started\n");
    assertThat(run("--enable-native-access=ALL-UNNAMED", "-XX:+UseG1GC")).isEqualTo("started\n");
  }
}
