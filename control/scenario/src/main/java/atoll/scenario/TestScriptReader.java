package atoll.scenario;

import atoll.image.GuestPath;
import atoll.image.Words;
import atoll.vmm.FrontPanel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads a test script from a YAML file and says at once all that is wrong with it. The format is
 * described in docs/test-scripts.md and docs/test.schema.json.
 */
public final class TestScriptReader {
  static final Pattern VARIABLE = Pattern.compile("[a-z][a-z0-9-]{0,30}");
  static final String VARIABLES = "a lower-case letter and up to 30 more, digits and hyphens";

  private static final int MOST_HARTS = 32;

  /** The files of a VM by the keys that name them. */
  private static final List<String> FILES = List.of("kernel", "firmware", "initrd", "dtb");

  private final Path file;
  private final FileReader files;
  private final Map<String, String> given;

  private TestScriptReader(Path file, Map<String, String> given) {
    this.file = file;
    this.given = given;
    files = new FileReader(file.toAbsolutePath().getParent());
  }

  /**
   * Reads a file.
   *
   * @param given variables that the user sets, over those of the file
   * @throws ScenarioException if it cannot be read or is not a test script
   */
  public static TestScript read(Path file, Map<String, String> given) {
    Problems problems = new Problems(file.toString());
    YamlFile yaml = new YamlFile(file.toString(), "a test script", problems);
    String text = yaml.text(file).words();
    Optional<TestScript> script =
        new TestScriptReader(file, given)
            .script(yaml.root(text, "expected the keys system and cases"));
    problems.throwIfAny();
    return script.orElseThrow();
  }

  private Optional<TestScript> script(YamlValue root) {
    Optional<YamlFields> keys =
        root.fields("name", "system", "variables", "limit", "shared", "setup", "cases");
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = keys.get();
    String name = fields.get("name", YamlValue::text, nameOfFile());
    Map<String, String> variables = variables(fields);
    variables.putAll(given);
    Duration limit = fields.get("limit", YamlValue::time, TestScript.USUAL_LIMIT);
    boolean shared = fields.get("shared", YamlValue::flag, false);
    Optional<TestScript.Subject> subject =
        fields.require("system", "cockpit.yaml, or {guest: linux}").flatMap(this::subject);
    Set<String> known = new LinkedHashSet<>(variables.keySet());
    List<TestStep> setup = fields.get("setup").map(list -> steps(list, known)).orElse(List.of());
    List<TestScript.Case> cases =
        fields
            .require("cases", "[{name: it boots, steps: [{expect: ready}]}]")
            .map(list -> cases(list, known))
            .orElse(List.of());
    return subject.map(
        tested -> new TestScript(name, file, tested, variables, limit, shared, setup, cases));
  }

  private String nameOfFile() {
    return file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
  }

  private static Map<String, String> variables(YamlFields fields) {
    Map<String, String> variables = new LinkedHashMap<>();
    fields
        .get("variables")
        .flatMap(all -> all.named(VARIABLE, VARIABLES))
        .orElse(Map.of())
        .forEach((name, value) -> value.typed().ifPresent(text -> variables.put(name, text)));
    return variables;
  }

  private List<TestStep> steps(YamlValue list, Set<String> known) {
    return new TestStepReader(file.toAbsolutePath().getParent(), known).steps(list);
  }

  private List<TestScript.Case> cases(YamlValue list, Set<String> known) {
    List<TestScript.Case> cases = new ArrayList<>();
    Set<String> names = new HashSet<>();
    List<YamlValue> items = list.items().orElse(List.of());
    if (list.isList() && items.isEmpty()) {
      list.reject("there is no case, expected at least one");
    }
    for (YamlValue item : items) {
      item(item, known)
          .ifPresent(found -> {
            if (!names.add(found.name())) {
              item.reject(
                  "there is a case '%s' already, expected another name".formatted(found.name()));
            }
            cases.add(found);
          });
    }
    return cases;
  }

  private Optional<TestScript.Case> item(YamlValue item, Set<String> known) {
    return item.fields("name", "variables", "steps")
        .flatMap(fields -> {
          Map<String, String> own = variables(fields);
          own.putAll(given);
          Set<String> all = new LinkedHashSet<>(known);
          all.addAll(own.keySet());
          Optional<String> name = fields.require("name", "it boots").flatMap(YamlValue::text);
          List<TestStep> steps =
              fields
                  .require("steps", "[{expect: ready}]")
                  .map(list -> steps(list, all))
                  .orElse(List.of());
          return name.map(
              words -> new TestScript.Case(words, item.problems().line(item.key()), own, steps));
        });
  }

  private Optional<TestScript.Subject> subject(YamlValue value) {
    return value.isMapping()
        ? machine(value)
        : files.read(value).map(TestScript.Subject.ScenarioFile::new);
  }

  private Optional<TestScript.Subject> machine(YamlValue value) {
    Optional<YamlFields> keys =
        value.fields(
            "guest",
            "kernel",
            "firmware",
            "initrd",
            "dtb",
            "append",
            "memory",
            "cpus",
            "engine",
            "disks",
            "files",
            "shares",
            PanelReader.BUTTONS,
            PanelReader.LEDS,
            "network",
            "display",
            "pci",
            "reboot");
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = keys.get();
    String guest = fields.get("guest", YamlValue::text, "");
    Map<String, Path> images = new LinkedHashMap<>();
    FILES.forEach(
        key -> fields.get(key).flatMap(files::read).ifPresent(path -> images.put(key, path)));
    if (guest.isEmpty() && !images.containsKey("kernel") && !images.containsKey("firmware")) {
      value.reject("there is no guest, expected one of guest, kernel and firmware");
    }
    FrontPanel panel = PanelReader.read(fields, FrontPanel.NONE);
    return Optional.of(
        new TestScript.Subject.Machine(
            guest,
            images,
            fields.get("append", YamlValue::text, ""),
            fields.get("memory", YamlValue::memory, 0L),
            fields.get("cpus", cpus -> cpus.number(1, MOST_HARTS), 1),
            fields.get("engine", engine -> engine.word(Engines.WORDS), Engines.AUTO),
            fields.get("disks").map(this::disks).orElse(List.of()),
            places(fields, "files", files::read),
            places(fields, "shares", files::readFolder),
            keys(panel),
            panel.leds(),
            new TestScript.Switches(
                flag(fields, "network"),
                flag(fields, "display"),
                flag(fields, "pci"),
                flag(fields, "reboot"))));
  }

  private static Map<String, Integer> keys(FrontPanel panel) {
    Map<String, Integer> keys = new LinkedHashMap<>();
    panel.buttons().forEach(button -> keys.put(button.name(), button.code()));
    return keys;
  }

  private static boolean flag(YamlFields fields, String key) {
    return fields.get(key, YamlValue::flag, false);
  }

  /** Files or folders of the host by their place in the guest. */
  private static Map<String, Path> places(
      YamlFields fields, String key, Function<YamlValue, Optional<Path>> kind) {
    Map<String, Path> places = new LinkedHashMap<>();
    fields
        .get(key)
        .flatMap(all -> all.named(GuestPath.FORM, GuestPath.EXPECTED))
        .orElse(Map.of())
        .forEach((place, value) -> kind.apply(value).ifPresent(path -> places.put(place, path)));
    return places;
  }

  private List<TestScript.Disk> disks(YamlValue list) {
    List<TestScript.Disk> disks = new ArrayList<>();
    for (YamlValue item : list.items().orElse(List.of())) {
      (item.isMapping()
              ? disk(item)
              : files.read(item).map(image -> new TestScript.Disk.Image(image, false)))
          .ifPresent(disks::add);
    }
    return disks;
  }

  private Optional<? extends TestScript.Disk> disk(YamlValue item) {
    YamlFields fields = item.fields("file", "read-only", "copy", "blank").orElseThrow();
    List<String> kinds =
        List.of("file", "copy", "blank").stream()
            .filter(key -> fields.get(key).isPresent())
            .toList();
    if (kinds.size() != 1) {
      item.reject(
          "%s, expected one of file, copy and blank"
              .formatted(kinds.isEmpty() ? "there is no disk" : Words.any(kinds) + " together"));
      return Optional.empty();
    }
    boolean readOnly = flag(fields, "read-only");
    return switch (kinds.getFirst()) {
      case "file" ->
          fields
              .get("file")
              .flatMap(files::read)
              .map(image -> new TestScript.Disk.Image(image, readOnly));
      case "copy" -> fields.get("copy").flatMap(files::read).map(TestScript.Disk.Copy::new);
      default -> fields.get("blank").flatMap(YamlValue::memory).map(TestScript.Disk.Blank::new);
    };
  }
}
