package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The checked-in generated sources are what the tables say. */
class GeneratedSourcesTest {
  private static final Path MODULE = Path.of("");

  @Test
  void checkedInFilesAreFresh() throws IOException {
    Path folder = MODULE.resolve("src/main/generated/java/atoll/isa");
    for (Map.Entry<String, String> file : GenerateInstructions.files(MODULE).entrySet()) {
      assertThat(Files.readString(folder.resolve(file.getKey())))
          .as("run core/isa/generate: " + file.getKey())
          .isEqualTo(file.getValue());
    }
  }
}
