package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.console.HostConsole;
import atoll.host.Clock;
import atoll.host.Effects;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code atoll test}: its options, reports and exit codes. */
class TestCommandTest {
  private static final String SCRIPT =
      """
      system: {guest: hello, memory: 16M}
      variables: {word: Hello}
      cases:
        - {name: it greets, steps: [{expect: '${word}'}]}
        - {name: it prompts, steps: [{expect: '> '}]}
      """;

  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    out.reset();
    err.reset();
    return new CommandLineFront(
            Clock.host(),
            Effects.host(),
            name -> null,
            () -> new HostConsole.Streams(InputStream.nullInputStream(), out, false),
            stream(out),
            stream(err))
        .run(arguments);
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private String shown() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  @Test
  void casesThatPassAreToldAndTheCodeIsZero() throws IOException {
    String file = file("t.yaml", SCRIPT);
    assertThat(run("test", file)).isZero();
    assertThat(shown())
        .containsPattern("ok   t: it greets \\(\\d+\\.\\d s\\)\nok   t: it prompts")
        .containsPattern("2 cases: 2 passed, 0 failed, in \\d+\\.\\d s\n$");
    assertThat(said()).isEmpty();
  }

  @Test
  void aVariableThatIsSetDecidesAndAFailureHasCodeOneAndAnXmlFile() throws IOException {
    String file = file("t.yaml", SCRIPT.replace("'${word}'", "'${word}', within: 20ms"));
    Path xml = folder.resolve("results.xml");
    assertThat(run("test", "--set", "word=Bonjour", "--junit", xml.toString(), "-j", "2", file))
        .isEqualTo(1);
    assertThat(shown())
        .contains("FAIL t: it greets", "t.yaml:4: expect '${word}': vm has not printed 'Bonjour'")
        .contains("2 cases: 1 passed, 1 failed");
    assertThat(xml).content().contains("<testsuites tests=\"2\" failures=\"1\" errors=\"0\"");
  }

  @Test
  void onlyTheCasesThatAreWantedAreDoneOrListed() throws IOException {
    String file = file("t.yaml", SCRIPT);
    assertThat(run("test", "--list", file)).isZero();
    assertThat(shown()).isEqualTo("t: it greets\nt: it prompts\n");
    assertThat(run("test", "--only", "prompt", file)).isZero();
    assertThat(shown()).contains("it prompts").doesNotContain("it greets");
    assertThat(run("test", "--only", "nothing", file)).isEqualTo(ExitCode.USAGE);
    assertThat(said()).contains("no case has a name like 'nothing'; --list shows them");
  }

  @Test
  void allThatIsWrongWithAllScriptsIsToldBeforeAnythingRuns() throws IOException {
    String good = file("good.yaml", SCRIPT);
    String one =
        file("one.yaml", "system: {guest: hello}\ncases: [{name: a, steps: [{wiat: 1s}]}]");
    String two = file("two.yaml", "cases: []");
    assertThat(run("test", good, one, two, folder.resolve("three.yaml").toString()))
        .isEqualTo(ExitCode.USAGE);
    assertThat(shown()).isEmpty();
    assertThat(said())
        .contains("one.yaml:2:", "unknown key; did you mean wait?")
        .contains("two.yaml", "the key system is missing")
        .contains("three.yaml: there is no such file");
  }

  @Test
  void wrongUsageIsToldInASentence() throws IOException {
    String file = file("t.yaml", SCRIPT);
    assertThat(run("test")).isEqualTo(ExitCode.USAGE);
    assertThat(run("test", "-j", "0", file)).isEqualTo(ExitCode.USAGE);
    assertThat(said()).contains("--jobs is 0, expected 1 to 64");
    assertThat(run("test", "--junit", folder.resolve("none/x.xml").toString(), file))
        .isEqualTo(ExitCode.TROUBLE);
    assertThat(said()).contains("the results");
  }
}
