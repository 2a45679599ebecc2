package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Test scripts as they are read, and what is said of those that make no sense. */
class TestScriptReaderTest {
  private static final Path EXAMPLES = Path.of("../../examples/tests");

  @TempDir private Path folder;
  private final ScenarioSchema schema = new ScenarioSchema(Path.of("../../docs/test.schema.json"));

  static List<Path> examples() throws IOException {
    try (Stream<Path> all = Files.list(EXAMPLES)) {
      return all.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("t.yaml"), text);
  }

  private TestScript read(String text) throws IOException {
    Path file = file(text);
    assertThat(schema.problems(file)).isEmpty();
    return TestScriptReader.read(file, Map.of());
  }

  /** The work of the only step of a script with these lines. */
  private TestStep.Work work(String... lines) throws IOException {
    String steps = String.join("\n        ", lines);
    TestScript script =
        read(
            """
            system: {guest: hello}
            variables: {known: x}
            cases:
              - name: one
                steps:
                  - %s
            """
                .formatted(steps));
    return script.cases().getFirst().steps().getFirst().work();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theExamplesAreReadAndFitTheSchema(Path example) {
    assertThat(schema.problems(example)).isEmpty();
    assertThat(TestScriptReader.read(example, Map.of()).cases()).isNotEmpty();
  }

  @Test
  void eachStepOfTheSchemaIsReadAndTheOtherWayRound() {
    JsonNode properties = schema.tree().at("/$defs/step/properties");
    assertThat(properties.propertyNames()).containsExactlyInAnyOrder(TestVerb.keys());
  }

  @Test
  void aMachineHasWhatItsKeysSay() throws IOException {
    Path disk = Files.write(folder.resolve("d.img"), new byte[4096]);
    TestScript script =
        read(
            """
            name: all
            system:
              guest: linux
              kernel: d.img
              append: quiet
              memory: 64M
              cpus: 2
              engine: interpreter
              disks: [d.img, {file: d.img, read-only: true}, {copy: d.img}, {blank: 1M}]
              files: {/etc/x: d.img}
              shares: {/mnt/x: .}
              buttons: [power, user]
              leds: [status]
              network: true
              display: true
              pci: true
              reboot: true
            limit: 3s
            shared: true
            cases:
              - {name: none, steps: []}
            """);
    assertThat(script.limit()).isEqualTo(Duration.ofSeconds(3));
    assertThat(script.shared()).isTrue();
    TestScript.Subject.Machine machine = (TestScript.Subject.Machine) script.subject();
    Path image = disk.toAbsolutePath();
    assertThat(machine.disks())
        .containsExactly(
            new TestScript.Disk.Image(image, false),
            new TestScript.Disk.Image(image, true),
            new TestScript.Disk.Copy(image),
            new TestScript.Disk.Blank(1 << 20));
    assertThat(machine.files()).containsEntry("kernel", image);
    assertThat(machine.inserts()).containsEntry("/etc/x", image);
    assertThat(machine.shares()).containsKey("/mnt/x");
    assertThat(machine.buttons()).containsExactly(entry("power", 116), entry("user", 0x100));
    assertThat(machine.leds()).containsExactly("status");
    assertThat(machine.memory()).isEqualTo(64 << 20);
    assertThat(machine.switches()).isEqualTo(new TestScript.Switches(true, true, true, true));
  }

  @Test
  void stepsAreReadWithWhatStandsBesideThem() throws IOException {
    assertThat(work("expect: \"> \"", "within: 2s")).isEqualTo(new TestStep.Expect("> "));
    assertThat(work("match: '(a)(b)'", "save: [a, b]"))
        .isEqualTo(new TestStep.Match("(a)(b)", List.of("a", "b")));
    assertThat(work("send: \"x\\x03\\r\"")).isEqualTo(new TestStep.Send("x\u0003\r"));
    assertThat(work("send-line: ls ${known}")).isEqualTo(new TestStep.Send("ls ${known}\r"));
    assertThat(work("press: [up, ENTER, ctrl-c]"))
        .isEqualTo(
            new TestStep.Press(
                List.of(
                    new ConsoleKey("up", "\u001b[A"),
                    new ConsoleKey("enter", "\r"),
                    new ConsoleKey("ctrl-c", "\u0003"))));
    assertThat(work("run: ls", "exit: any", "output-match: x"))
        .isEqualTo(
            new TestStep.Run(
                "ls", OptionalInt.empty(), Optional.empty(), Optional.of("x"), Optional.empty()));
    assertThat(work("ends: poweroff", "code: 7"))
        .isEqualTo(new TestStep.Ends(Optional.of(TestStep.How.POWEROFF), OptionalInt.of(7)));
    assertThat(work("memory: 0x80000000", "is: 0xffffffffffffffff", "bytes: 8"))
        .isEqualTo(new TestStep.MemoryIs(0x8000_0000L, 8, -1));
    assertThat(work("button: user", "for: 2s"))
        .isEqualTo(new TestStep.Button("user", Duration.ofSeconds(2)));
    assertThat(work("button: user")).isEqualTo(new TestStep.Button("user", Duration.ofMillis(100)));
    assertThat(work("hold: user")).isEqualTo(new TestStep.Hold("user", true));
    assertThat(work("release: user")).isEqualTo(new TestStep.Hold("user", false));
    assertThat(work("led: status", "is: on", "within: 2s"))
        .isEqualTo(new TestStep.Led("status", true));
    assertThat(work("powerdown: vm")).isEqualTo(new TestStep.Operate(TestStep.Operation.POWERDOWN));
    assertThat(work("lateness: p999", "at-most: 5ms"))
        .isEqualTo(new TestStep.Lateness(99.9, Duration.ofMillis(5)));
    assertThat(work("stop: vm")).isEqualTo(new TestStep.Operate(TestStep.Operation.STOP));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          expect: ''; send: x         | expect and send in one step, expected a step for each
          within: 2s                  | the step does nothing, expected one of expect, match,
          expct: x                    | unknown key; did you mean expect?
          expect: 42                  | found 42, expected text; put it in quotes
          expect: x; exit: 1          | does not go with expect, expected vm or within
          wait: 2s; vm: vm            | does not go with wait, which stands alone
          wait: 2                     | found 2, expected a time with a unit
          expect: ${other}            | there is no variable 'other', expected known
          expect: ${knwon}            | there is no variable 'knwon'; did you mean known?
          match: '('                  | '(' is no regular expression: Unclosed group
          match: 'a*'                 | 'a*' also matches nothing, expected an expression for a text
          match: '(a)b'; save: [x, y] | 2 names for 1 groups, expected at most as many
          match: '(a)b'; save: [X]    | found 'X', expected a lower-case letter
          press: ctlr-c               | found 'ctlr-c', expected a key: enter, tab,
          run: ls; exit: 256          | 256 is out of range, expected a whole number from 0 to 255
          copy-in: none.txt; to: /a   | none.txt is not a file that can be read
          copy-out: /a                | the key to is missing, expected for example to: result.txt
          link: sideways              | 'sideways' is unknown, expected up or down
          ends: poweof                | 'poweof' is unknown, expected poweroff, reset, panic, watchdog, failure or stopped; did you mean poweroff?
          ends: panic; code: 1        | only a poweroff has a code; leave it out
          state: runing               | 'runing' is unknown
          memory: 0x8z; is: 1         | found '0x8z', expected a number, such as 42 or 0x80000000
          memory: 0; is: 1; bytes: 3  | 3 bytes at once, expected 1, 2, 4 or 8
          memory: 0; is: 1; text: x   | the text is given already; leave one of the two out
          register: pc                | the key is is missing
          exits: halt                 | nothing is said about their number, expected at-least, at-most or both
          led: status; is: lit        | 'lit' is unknown, expected on or off
          led: status                 | the key is is missing, expected for example is: on
          button: User                | found 'User', expected the name of a button
          lateness: p98; at-most: 5ms | found 'p98', expected one of p50, p90, p99, p999 and max
          lateness: p99               | the key at-most is missing, expected for example at-most: 5ms
          """)
  void aStepThatMakesNoSenseIsToldWithItsLine(String step, String message) throws IOException {
    Path file =
        file(
            """
            system: {guest: hello}
            variables: {known: x}
            cases:
              - name: one
                steps:
                  - %s
            """
                .formatted(String.join("\n        ", step.split("; ", -1))));
    ScenarioException wrong =
        catchThrowableOfType(ScenarioException.class, () -> TestScriptReader.read(file, Map.of()));
    assertThat(wrong.problems())
        .anySatisfy(problem -> {
          assertThat(problem.message()).contains(message);
          assertThat(problem.line()).isBetween(6, 9);
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          cases: [{name: a, steps: []}]                        | the key system is missing
          system: {guest: hello}                               | the key cases is missing
          system: none.yaml; cases: []                         | none.yaml does not exist
          system: {memory: 1M}; cases: [{name: a, steps: []}]  | there is no guest, expected one of guest, kernel and firmware
          system: {guest: hello}; cases: []                    | there is no case, expected at least one
          system: {guest: hello}; cases: [{name: a, steps: []}, {name: a, steps: []}] | there is a case 'a' already
          system: {guest: hello}; cases: [{name: a}]           | the key steps is missing
          system: {guest: hello, disks: [{}]}; cases: []       | there is no disk, expected one of file, copy and blank
          system: {guest: hello, disks: [{copy: a, blank: 1M}]}; cases: [] | copy or blank together
          system: {guest: hello}; variables: {A: x}; cases: [] | 'A' is not a name, expected a lower-case letter
          system: {guest: hello}; limt: 2s; cases: []          | unknown key; did you mean limit?
          """)
  void aFileThatMakesNoSenseIsToldWithAllThatIsWrong(String text, String message)
      throws IOException {
    Path file = file(text.replace("; ", "\n"));
    ScenarioException wrong =
        catchThrowableOfType(ScenarioException.class, () -> TestScriptReader.read(file, Map.of()));
    assertThat(wrong).hasMessageContaining(message).hasMessageContaining("t.yaml");
  }

  @Test
  void whatTheUserSetsIsOverWhatTheFileSays() throws IOException {
    Path file =
        file(
            """
            system: {guest: hello}
            variables: {a: x}
            cases:
              - name: one
                variables: {b: y}
                steps: [{expect: '${a}${b}${c}'}]
            """);
    TestScript script = TestScriptReader.read(file, Map.of("a", "1", "b", "2", "c", "3"));
    assertThat(script.variables()).containsEntry("a", "1").containsEntry("c", "3");
    assertThat(script.cases().getFirst().variables()).containsEntry("b", "2");
  }
}
