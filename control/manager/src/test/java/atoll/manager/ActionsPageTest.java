package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/actions.md} lists all that there is. */
class ActionsPageTest {
  private static final Path PAGE = Path.of("../../docs/actions.md");

  static Stream<Class<?>> records() {
    return Stream.concat(leaves(VmAction.class), leaves(Event.class));
  }

  private static Stream<Class<?>> leaves(Class<?> kind) {
    return kind.isRecord()
        ? Stream.of(kind)
        : Arrays.stream(kind.getPermittedSubclasses()).flatMap(ActionsPageTest::leaves).distinct();
  }

  @ParameterizedTest
  @MethodSource("records")
  void everyActionAndEventIsOnThePage(Class<?> record) throws IOException {
    assertThat(Files.readString(PAGE)).contains("`" + record.getSimpleName() + "(");
  }
}
