package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The files in {@code scenarios/}: those in {@code valid} are accepted by the reader and the
 * published schema, those in {@code invalid} are refused by both, and those in {@code unfit} only
 * by the reader, since their parts do not fit together. Their {@code # expect} lines have place,
 * key and message of each problem.
 */
class ScenarioCorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/scenarios").toAbsolutePath();
  private static final Pattern EXPECTED = Pattern.compile("# expect (\\d+):(\\d+) (\\S+) (.+)");

  private final ScenarioSchema schema = new ScenarioSchema();

  static Stream<Path> valid() throws IOException {
    return Stream.concat(files(CORPUS.resolve("valid")), files(Path.of("../../examples")));
  }

  static Stream<Path> invalid() throws IOException {
    return files(CORPUS.resolve("invalid"));
  }

  static Stream<Path> unfit() throws IOException {
    return files(CORPUS.resolve("unfit"));
  }

  private static Stream<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("valid")
  void readerAndSchemaAcceptWhatIsValid(Path file) {
    assertThat(ScenarioPlan.of(ScenarioReader.read(file)).scenario().vms()).isNotEmpty();
    assertThat(schema.problems(file)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void readerAndSchemaRefuseWhatIsInvalid(Path file) throws IOException {
    requireExpectedProblems(file);
    assertThat(schema.problems(file)).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("unfit")
  void theReaderRefusesWhatDoesNotFitTogether(Path file) throws IOException {
    requireExpectedProblems(file);
    assertThat(schema.problems(file)).isEmpty();
  }

  private static void requireExpectedProblems(Path file) throws IOException {
    List<ScenarioProblem> problems =
        catchThrowableOfType(ScenarioException.class, () -> ScenarioReader.read(file)).problems();
    List<ScenarioProblem> expected = expected(file);
    assertThat(expected).isNotEmpty();
    assertThat(problems).zipSatisfy(expected, ScenarioCorpusTest::requireSame);
  }

  private static void requireSame(ScenarioProblem found, ScenarioProblem expected) {
    ScenarioProblem place =
        new ScenarioProblem(
            found.file(), found.line(), found.column(), found.key(), expected.message());
    assertThat(place).isEqualTo(expected);
    assertThat(found.message().replace(Path.of(found.file()).getParent() + "/", ""))
        .contains(expected.message());
  }

  private static List<ScenarioProblem> expected(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(EXPECTED::matcher)
        .filter(Matcher::matches)
        .map(line ->
            new ScenarioProblem(
                file.toString(),
                Integer.parseInt(line.group(1)),
                Integer.parseInt(line.group(2)),
                line.group(3).replace("\"\"", ""),
                line.group(4)))
        .toList();
  }
}
