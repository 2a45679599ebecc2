package atoll.scenario;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A published JSON Schema, of scenarios or recipes, as an editor would use it. */
final class ScenarioSchema {
  static final Path FILE = Path.of("../../docs/scenario.schema.json");

  static final Path RECIPES = Path.of("../../docs/recipe.schema.json");

  private final JsonMapper mapper = new JsonMapper();
  private final Path file;
  private final Schema schema;

  ScenarioSchema() {
    this(FILE);
  }

  ScenarioSchema(Path file) {
    this.file = file;
    schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(tree());
  }

  /** The schema itself. */
  JsonNode tree() {
    return mapper.readTree(file);
  }

  /** What it has against a YAML file. */
  List<String> problems(Path file) {
    return schema.validate(node(file)).stream().map(Object::toString).toList();
  }

  /** A YAML file as JSON; of a key that is there twice, the last counts. */
  JsonNode node(Path file) {
    LoadSettings settings = LoadSettings.builder().setAllowDuplicateKeys(true).build();
    try {
      Object value = new Load(settings).loadFromString(Files.readString(file));
      return mapper.valueToTree(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
