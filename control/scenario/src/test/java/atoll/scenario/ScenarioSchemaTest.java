package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.image.GuestProgram;
import atoll.image.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ScenarioSchemaTest {
  private static final Path EVERYTHING =
      Path.of("src/test/resources/scenarios/valid/everything.yaml");

  private final ScenarioSchema schema = new ScenarioSchema();

  @Test
  void theFileWithEveryKeyHasEveryKeyOfTheSchema() {
    Set<String> declared = new TreeSet<>();
    collectDeclared(schema.tree(), declared);
    Set<String> used = new TreeSet<>();
    collectUsed(schema.node(EVERYTHING), used);
    assertThat(declared).contains("vms", "affinity", "windows");
    assertThat(used).containsAll(declared);
  }

  @Test
  void theSchemaNamesWhatComesWithAtollEveryEngineAndEveryMmu() {
    List<String> builtin = new ArrayList<>(GuestProgram.ids());
    builtin.addFirst("linux");
    assertThat(words("/$defs/vm/properties/builtin/enum")).isEqualTo(builtin);
    assertThat(words("/$defs/vm/properties/engine/enum")).isEqualTo(Engines.WORDS);
    assertThat(words("/$defs/vm/properties/mmu/enum")).isEqualTo(MmuTechniques.WORDS);
  }

  @Test
  void theSchemaHasTheWordsOfEveryEnumeration() {
    assertThat(words("/$defs/vm/properties/console/enum"))
        .containsExactlyElementsOf(Words.constants(ConsoleKind.class).keySet());
    assertThat(words("/$defs/vm/properties/memory-policy/enum"))
        .containsExactlyElementsOf(Words.constants(MemoryPolicy.class).keySet());
    assertThat(words("/$defs/restart/enum"))
        .containsExactlyElementsOf(Words.constants(RestartPolicy.When.class).keySet());
    assertThat(words("/$defs/machine/properties/clock/enum"))
        .containsExactlyElementsOf(Words.constants(PlatformDescription.ClockKind.class).keySet());
  }

  private List<String> words(String pointer) {
    return schema.tree().at(pointer).values().stream().map(JsonNode::asString).toList();
  }

  private static void collectDeclared(JsonNode node, Set<String> names) {
    node.path("properties").properties().stream()
        .filter(property -> property.getValue().isObject())
        .forEach(property -> names.add(property.getKey()));
    node.values().forEach(part -> collectDeclared(part, names));
  }

  private static void collectUsed(JsonNode node, Set<String> names) {
    node.properties().forEach(property -> names.add(property.getKey()));
    node.values().forEach(part -> collectUsed(part, names));
  }
}
