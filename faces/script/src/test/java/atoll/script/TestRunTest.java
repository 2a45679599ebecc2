package atoll.script;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.Tasks;
import atoll.scenario.TestScript;
import atoll.scenario.TestScriptReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Scripts for small guests, and what comes of them. */
class TestRunTest {
  @TempDir private Path folder;
  @TempDir private Path temporary;
  private final List<CaseResult> results = Collections.synchronizedList(new ArrayList<>());

  private TestScript script(String text) throws IOException {
    return TestScriptReader.read(Files.writeString(folder.resolve("t.yaml"), text), Map.of());
  }

  private List<CaseResult> run(TestScript script) throws InterruptedException {
    return run(List.of(script), 1, result -> {});
  }

  private List<CaseResult> run(List<TestScript> scripts, int jobs, Consumer<CaseResult> told)
      throws InterruptedException {
    TestRun run =
        new TestRun(scripts, name -> true, Clock.host(), tasks(), temporary, listener(told));
    assertThat(run.run(jobs)).isTrue();
    return List.copyOf(results);
  }

  private static Tasks tasks() {
    return Effects.host().tasks();
  }

  private TestRun.Listener listener(Consumer<CaseResult> told) {
    return new TestRun.Listener() {
      @Override
      public void progress(String step) {}

      @Override
      public void done(CaseResult result) {
        results.add(result);
        told.accept(result);
      }
    };
  }

  /** One case for the small guest, of these steps. */
  private CaseResult perform(String... steps) throws Exception {
    String list =
        Stream.of(steps)
            .map(step -> step.replace("\n", "\n      "))
            .collect(Collectors.joining("\n      - "));
    return run(script(
            """
            system: {guest: hello, memory: 16M, display: true}
            limit: 2m
            cases:
              - name: one
                steps:
                  - expect: '> '
                  - %s
            """
                .formatted(list)))
        .getFirst();
  }

  private CaseResult.Failure failure(String... steps) throws Exception {
    return perform(steps).failure().orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"translator", "interpreter"})
  void whatAGuestDoesIsTypedExpectedAndKept(String engine) throws Exception {
    List<CaseResult> all =
        run(
            script(
                """
                system: {guest: hello, memory: 16M, engine: %s}
                variables: {word: one+}
                setup:
                  - expect: Hello
                  - match: 'hart (\\d+) of (\\d+)'
                    save: [hart, count]
                cases:
                  - name: it answers
                    variables: {other: two}
                    steps:
                      - send-line: echo ${word} ${other} ${count} $${word}
                      - match: '^${word} (two) 1 [$][{]word}$'
                        save: seen
                      - send: "echo <${seen}>"
                      - press: enter
                      - expect: <two>
                      - absent: never
                        within: 1ms
                      - wait: 1ms
                  - name: it ends as it is told, and starts again
                    steps:
                      - send-line: poweroff 9
                      - ends: poweroff
                        code: 9
                      - ends: any
                      - state: ended
                      - start: vm
                      - expect: Hello
                      - lives: 2
                """
                    .formatted(engine)));
    assertThat(all).allSatisfy(result -> assertThat(result.failure()).isEmpty()).hasSize(2);
  }

  @Test
  void aVmIsOperatedAndLookedInto() throws Exception {
    assertThat(
            perform(
                    "pause: vm",
                    "state: paused",
                    "resume: vm",
                    "state: running",
                    "register: zero\n  is: 0",
                    "exits: mmio-write\n  at-least: 1\n  at-most: 1000000000",
                    "lateness: max\n  at-most: 10m",
                    "screenshot: shot.png",
                    "stop: vm",
                    "state: stopped",
                    "ends: stopped",
                    "start: vm",
                    "lives: 2",
                    "reset: vm",
                    "lives: 3",
                    "expect: Hello")
                .failure())
        .isEmpty();
    assertThat(Files.readAllBytes(folder.resolve("shot.png"))).startsWith(0x89, 'P', 'N', 'G');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          expect: never; within: 50ms            | vm has not printed 'never' within 50 ms of guest time
          match: 'ne(v)er'; within: 50ms         | vm has not printed what matches 'ne(v)er' within 50 ms
          state: paused; within: 50ms            | vm is running, expected paused within 50 ms
          lives: 2; within: 50ms                 | vm has begun 1 lives, expected 2 within 50 ms
          lives: 0                               | vm has begun 1 lives, expected 0
          ends: any; within: 50ms                | vm has not ended within 50 ms
          exits: mmio-write; at-most: 0          | exits of the kind mmio-write, expected at most 0
          exits: mmio-write; at-least: 2000000000 | exits of the kind mmio-write, expected at least 2000000000
          memory: 0x80000000; is: 1              | memory at 0x80000000 is 0x
          memory: 0x80000000; text: abc          | memory at 0x80000000 has '
          register: zero; is: 1                  | zero is 0x0, expected 0x1
          """)
  void whatAGuestDoesNotDoFailsWithWhatItDid(String step, String message) throws Exception {
    CaseResult.Failure failure = failure(step.replace("; ", "\n  "));
    assertThat(failure.message()).contains(message);
    assertThat(failure.line()).isEqualTo(7);
    assertThat(failure.error()).isFalse();
  }

  @Test
  void whatShouldNotBePrintedFailsAsSoonAsItIs() throws Exception {
    CaseResult.Failure failure =
        failure("send-line: echo again", "absent: 'a(g)ain'\n  within: 10m");
    assertThat(failure.message())
        .startsWith("vm has printed 'again', expected that it does not within ");
    assertThat(failure.tail()).contains("again");
  }

  @Test
  void aRealTimeSystemIsAskedHowLateItIs() throws Exception {
    List<CaseResult> all =
        run(
            script(
                """
                system: {guest: cluster, memory: 16M}
                setup: [{expect: us control loop}, {expect: ' km/h, '}]
                cases:
                  - {name: a, steps: [{lateness: p50, at-most: 10s}]}
                  - {name: b, steps: [{lateness: max, at-most: 1ns}]}
                """));
    assertThat(all.getFirst().failure()).isEmpty();
    assertThat(all.getLast().failure().orElseThrow().message())
        .containsPattern("vm was up to .* late for 100.0 % of the times, expected at most 1 ns");
  }

  @Test
  void howItEndedIsToldIfItShouldHaveEndedOtherwise() throws Exception {
    assertThat(failure("send-line: poweroff 3", "ends: poweroff\n  code: 4").message())
        .isEqualTo("vm switched itself off with code 3, expected poweroff with code 4");
    results.clear();
    CaseResult.Failure early = failure("send-line: poweroff 3", "expect: never");
    assertThat(early.message()).contains("vm switched itself off").contains("'never'");
    assertThat(early.tail()).contains("poweroff 3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          resume: vm          | vm is not paused, it is running
          stop: two           | there is no VM 'two'
          link: down          | vm has no network interface
          register: x99       | x99
          """)
  void whatCannotBeDoneIsAnError(String step, String message) throws Exception {
    CaseResult.Failure failure = failure(step.startsWith("register") ? step + "\n  is: 0" : step);
    assertThat(failure.message()).contains(message);
    assertThat(failure.error()).isTrue();
  }

  @Test
  void aSystemThatCannotBeMadeFailsEachOfItsCases() throws Exception {
    List<CaseResult> all =
        run(
            script(
                """
                system: {guest: nosuchimage}
                shared: true
                cases:
                  - {name: one, steps: [{expect: x}]}
                  - {name: two, steps: [{expect: x}]}
                """));
    assertThat(all)
        .hasSize(2)
        .allSatisfy(result -> {
          assertThat(result.failure().orElseThrow().message()).contains("nosuchimage");
          assertThat(result.failure().orElseThrow().error()).isTrue();
        });
  }

  @Test
  void theTimeOfACaseIsLimitedInGuestTime() throws Exception {
    CaseResult.Failure late =
        run(script(
                """
                system: {guest: hello, memory: 16M}
                limit: 300ms
                cases: [{name: one, steps: [{wait: 200ms}, {expect: never, within: 10m}]}]
                """))
            .getFirst()
            .failure()
            .orElseThrow();
    assertThat(late.message())
        .containsPattern("vm has not printed 'never' within .* of guest time");
  }

  @Test
  void casesShareASystemUntilOneFails() throws Exception {
    List<CaseResult> all =
        run(
            script(
                """
                system: {guest: hello, memory: 16M}
                shared: true
                setup: [{expect: '> '}]
                cases:
                  - {name: a, steps: [{reset: vm}, {lives: 2}]}
                  - {name: b, steps: [{lives: 2}]}
                  - {name: c, steps: [{lives: 7, within: 1ms}]}
                  - {name: d, steps: [{lives: 1}]}
                """));
    assertThat(all.stream().map(CaseResult::passed)).containsExactly(true, true, false, true);
  }

  @Test
  void disksOfATestAreThrownAwayWithIt() throws Exception {
    Path image = Files.write(folder.resolve("d.img"), new byte[1 << 16]);
    List<CaseResult> all =
        run(
            script(
                """
                system: {guest: hello, memory: 16M, disks: [{copy: d.img}, {copy: d.img}, {blank: 1M}]}
                cases: [{name: a, steps: [{expect: '> '}]}]
                """));
    assertThat(all.getFirst().failure()).isEmpty();
    assertThat(image).hasSize(1 << 16);
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void severalSystemsRunAtOnceIfThatIsWanted() throws Exception {
    TestScript script =
        script(
            """
            system: {guest: hello, memory: 16M}
            cases:
              - {name: a, steps: [{expect: '> '}]}
              - {name: b, steps: [{expect: '> '}]}
              - {name: c, steps: [{expect: never, within: 20ms}]}
            """);
    CountDownLatch two = new CountDownLatch(2);
    // No result is handed on before a second one is there: so two are being done at once.
    List<CaseResult> all =
        run(
            List.of(script, script),
            2,
            result -> {
              two.countDown();
              try {
                two.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    assertThat(all).hasSize(6);
    assertThat(all.stream().filter(result -> !result.passed())).hasSize(2);
  }

  @Test
  void aRunThatIsCancelledEndsSoonAndTellsNoMore() throws Exception {
    TestScript script =
        script(
            """
            system: {guest: hello, memory: 16M}
            cases:
              - {name: a, steps: [{expect: '> '}]}
              - {name: b, steps: [{expect: never, within: 10m}]}
              - {name: c, steps: [{expect: never, within: 10m}]}
            """);
    TestRun[] run = new TestRun[1];
    run[0] =
        new TestRun(
            List.of(script),
            name -> true,
            Clock.host(),
            tasks(),
            temporary,
            listener(first -> run[0].cancel()));
    assertThat(run[0].run(1)).isFalse();
    assertThat(results.stream().map(result -> result.of().name())).containsExactly("a");
  }

  @Test
  void resultsAreXmlThatCiServersRead() throws Exception {
    List<CaseResult> all =
        run(
            script(
                """
                name: "<&>"
                system: {guest: hello, memory: 16M}
                cases:
                  - {name: good, steps: [{expect: '> '}]}
                  - {name: bad, steps: [{expect: "never \\u0001]]>", within: 20ms}]}
                  - {name: wrong, steps: [{resume: vm}]}
                """));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    JunitXml.write(all, bytes);
    Document xml =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(bytes.toByteArray()));
    Element suite = (Element) xml.getElementsByTagName("testsuite").item(0);
    assertThat(suite.getAttribute("name")).isEqualTo("<&>");
    assertThat(suite.getAttribute("tests")).isEqualTo("3");
    assertThat(suite.getAttribute("failures")).isEqualTo("1");
    assertThat(suite.getAttribute("errors")).isEqualTo("1");
    Element failed = (Element) xml.getElementsByTagName("failure").item(0);
    assertThat(failed.getAttribute("message")).contains("never \ufffd]]>");
    assertThat(failed.getTextContent()).contains("t.yaml:5: expect").contains("Hello from");
    assertThat(bytes.toString(StandardCharsets.UTF_8)).startsWith("<?xml version=\"1.0\"");
  }

  @Test
  void theReportSaysWhereAndWhy() throws Exception {
    CaseResult bad = perform("expect: never\n  within: 20ms");
    assertThat(TextReport.of(bad)).element(0).asString().matches("FAIL t: one \\(\\d+\\.\\d s\\)");
    assertThat(String.join("\n", TextReport.of(bad)))
        .contains("t.yaml:7: expect 'never': vm has not printed 'never'")
        .contains("     | Hello from a bare-metal RISC-V guest");
    assertThat(TextReport.of(List.of(bad), Duration.ofMillis(1500)))
        .isEqualTo("1 case: 0 passed, 1 failed, in 1.5 s");
  }
}
