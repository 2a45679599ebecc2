package atoll.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page about the protocol and its commands say the same. */
class ControlPageTest {
  private static final Path DOCS = Path.of("../../docs");

  @Test
  void eachCommandHasItsFieldsInTheTable() throws IOException {
    String rows =
        Files.readAllLines(DOCS.resolve("control.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .collect(Collectors.joining("\n"));
    for (ControlCommand command : ControlCommand.values()) {
      assertThat(rows).as("commands").contains("`" + command.word() + "`");
      for (ControlCommand.Parameter parameter : command.parameters()) {
        assertThat(rows).as(command.word()).contains("`" + parameter.name() + "`");
      }
    }
  }

  /** As the table of the events' page has them, in lower case. */
  @Test
  void everyEventIsOnThePageOfTheEvents() throws IOException {
    String page = Files.readString(DOCS.resolve("actions.md"));
    assertThat(EventJson.names()).contains("life-ended", "printed", "step-began");
    for (String name : EventJson.names()) {
      String record =
          Arrays.stream(name.split("-"))
              .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
              .collect(Collectors.joining());
      assertThat(page).contains("`" + record + "(");
    }
  }
}
