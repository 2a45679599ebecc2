package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.scenario.Engines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The stock Linux in a pipe, as in CI, in a process of its own. */
@Tag("slow")
class LinuxRunTest {
  @TempDir private Path folder;

  @BeforeAll
  static void findTheImages() {
    Path cache =
        Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
            .map(Path::of)
            .orElse(Path.of(System.getProperty("user.home"), ".cache"));
    assumeTrue(
        Files.exists(cache.resolve("atoll/debian/selection.json")),
        "there is no Debian kernel in the cache, nor network");
  }

  static List<String> engines() {
    return Engines.names();
  }

  private Checkout.Run run(String typed, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("run", "linux"));
    words.addAll(List.of(arguments));
    return AtollProcess.run(folder, typed, words.toArray(String[]::new));
  }

  /** The script's {@code cat} gets one end of file, and the shell that started it another. */
  @ParameterizedTest
  @MethodSource("engines")
  void aPipesEndEndsTheShellAndAFileOfTheHostIsThere(String engine) throws Exception {
    Path script = Files.writeString(folder.resolve("test.sh"), "cat; echo end of $0; exit 5\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x---"));
    Checkout.Run run =
        run(
            "ls -l /opt/a/test.sh\n/opt/a/test.sh\nsome text",
            "--engine",
            engine,
            "--file",
            "/opt/a/test.sh=test.sh");
    assertThat(run.out())
        .containsPattern("-rwxr-x--- +1 root +root .* /opt/a/test.sh")
        .contains("some text", "end of /opt/a/test.sh");
    assertThat(run.code()).isEqualTo(5);
  }

  @Test
  void aPromptIsExpectedAmongTheKernelsMessages() throws Exception {
    Checkout.Run run =
        run("", "--stdin", "keep", "--expect", "Linux version", "--expect", "atoll:~# ");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
  }
}
