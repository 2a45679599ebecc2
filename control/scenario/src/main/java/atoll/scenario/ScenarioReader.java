package atoll.scenario;

import atoll.host.FileFormat;
import atoll.host.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/**
 * Reads a scenario from a YAML file and says at once all that is wrong with it. The format is
 * described in docs/scenario.md and docs/scenario.schema.json.
 */
public final class ScenarioReader {
  /** Bytes of the longest file; a scenario has a few thousand. */
  private static final int LONGEST = 1 << 20;

  /** Mappings and lists in one another; a scenario has six. */
  private static final int DEEPEST = 64;

  private final Path file;
  private final Problems problems;

  private ScenarioReader(Path file) {
    this.file = file;
    problems = new Problems(file.toString());
  }

  /**
   * What a file describes.
   *
   * @param scenario the parts with which nothing is wrong; all of them if there are no problems
   * @param problems in the order of the file
   */
  public record Reading(Scenario scenario, List<ScenarioProblem> problems) {
    public Reading {
      Objects.requireNonNull(scenario, "scenario");
      problems = List.copyOf(problems);
    }
  }

  /**
   * Reads a file.
   *
   * @throws ScenarioException if it cannot be read or does not describe a system that can run
   */
  public static Scenario read(Path file) {
    Reading reading = look(file);
    if (!reading.problems.isEmpty()) {
      throw new ScenarioException(reading.problems);
    }
    return reading.scenario;
  }

  /**
   * The same for who looks at the sound parts too before all that is wrong is said.
   *
   * @throws ScenarioException if the file cannot be read, or is no mapping of a scenario's keys
   */
  public static Reading look(Path file) {
    return new ScenarioReader(file).look();
  }

  private Reading look() {
    Optional<Node> root = parse(text());
    if (root.isEmpty()) {
      throw failure("the file is empty, expected the keys machine and vms");
    }
    problems.locate("", root.get());
    Optional<Scenario> scenario = scenario(new YamlValue("", root.get(), problems));
    return new Reading(
        scenario.orElseThrow(() -> new ScenarioException(problems.all())), problems.all());
  }

  private String text() {
    try {
      byte[] bytes = bytes(file);
      if (bytes.length > LONGEST) {
        throw failure(
            "the file has more than %,d bytes, expected a scenario of at most as many"
                .formatted(LONGEST));
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (NoSuchFileException e) {
      throw failure("there is no such file; check the path");
    } catch (CharacterCodingException e) {
      throw failure(format() + ", expected a YAML text");
    } catch (IOException e) {
      throw failure(
          "the file cannot be read (%s); check that it is one".formatted(HostException.reason(e)));
    }
  }

  /** At most what is too long, also from what has no end. */
  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LONGEST + 1);
    }
  }

  /** The kind of a file that is not text. */
  private String format() {
    if (!Files.isRegularFile(file)) {
      return "the file is not UTF-8";
    }
    try (FileChannel open = FileChannel.open(file)) {
      return "the file is " + FileFormat.of(open).map(FileFormat::text).orElse("not UTF-8");
    } catch (IOException e) {
      return "the file is not UTF-8";
    }
  }

  private Optional<Node> parse(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file.toString())
            .setSchema(new JsonSchema())
            .setAllowNonScalarKeys(true)
            .build();
    try {
      requireShallow(new ParserImpl(settings, new StreamReader(settings, text)));
      StreamReader characters = new StreamReader(settings, text);
      return new Composer(settings, new ParserImpl(settings, characters)).getSingleNode();
    } catch (MarkedYamlEngineException e) {
      problems.add("", e.getProblemMark(), "this is not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      problems.add("", "this is not YAML: " + e.getMessage().lines().findFirst().orElse(""));
    }
    problems.throwIfAny();
    return Optional.empty();
  }

  /** Deeper nesting than any scenario needs would overflow the composer's stack. */
  private void requireShallow(ParserImpl events) {
    int depth = 0;
    while (events.hasNext()) {
      Event event = events.next();
      depth +=
          switch (event.getEventId()) {
            case MappingStart, SequenceStart -> 1;
            case MappingEnd, SequenceEnd -> -1;
            default -> 0;
          };
      if (depth > DEEPEST) {
        problems.add(
            "",
            event.getStartMark(),
            "this is nested more than %d deep, expected a scenario".formatted(DEEPEST));
        problems.throwIfAny();
      }
    }
  }

  private ScenarioException failure(String message) {
    return new ScenarioException(List.of(new ScenarioProblem(file.toString(), 0, 0, "", message)));
  }

  private Optional<Scenario> scenario(YamlValue root) {
    Optional<YamlFields> keys = root.fields("name", "machine", "vms", "channels");
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = keys.get();
    String name = fields.get("name", YamlValue::text, nameOfFile());
    Optional<PlatformDescription> machine =
        fields.require("machine", "{cpus: 2, memory: 1G}").flatMap(PlatformReader::read);
    Map<String, YamlValue> named = vms(fields);
    List<VmReader.Draft> drafts = readAll(named, new VmReader(folder())::read);
    List<ChannelDescription> channels = readAll(channels(fields), ChannelReader::read);
    List<VmDescription> vms =
        machine
            .map(shared -> Placer.complete(shared, drafts))
            .orElseGet(() -> drafts.stream().map(draft -> draft.vm().build()).toList());
    new ReferenceRules(problems::add).check(machine, named.keySet(), vms, channels);
    vms.forEach(this::keepScenario);
    Scenario all =
        new Scenario(
            name,
            machine.orElseGet(() -> PlatformDescription.dedicated(1)),
            vms,
            channels,
            Optional.of(file),
            problems.places());
    return Optional.of(measured(machine.isPresent(), sound(all)));
  }

  /** Looks at the quantities in sound parts; returns those in which they are sound too. */
  private Scenario measured(boolean platform, Scenario sound) {
    MemoryRules memory = new MemoryRules(sound, problems::add);
    memory.checkBoards();
    Scenario fitting = sound(sound);
    if (platform) {
      memory.checkPlatform();
      new CpuRules(sound, problems::add).check();
    }
    return with(fitting, fitting.vms(), sound(fitting).channels());
  }

  /** The parts with which nothing is wrong so far. */
  private Scenario sound(Scenario all) {
    List<VmDescription> vms =
        all.vms().stream().filter(vm -> !problems.about("vms." + vm.name())).toList();
    List<ChannelDescription> channels =
        all.channels().stream()
            .filter(channel -> !problems.about("channels." + channel.name()))
            .filter(channel ->
                channel.endpoints().stream()
                    .allMatch(end -> vms.stream().anyMatch(vm -> vm.name().equals(end.vm()))))
            .toList();
    return with(all, vms, channels);
  }

  private static Scenario with(
      Scenario all, List<VmDescription> vms, List<ChannelDescription> channels) {
    return new Scenario(all.name(), all.platform(), vms, channels, all.file(), all.places());
  }

  private static Map<String, YamlValue> vms(YamlFields fields) {
    int before = fields.owner().problems().count();
    Optional<YamlValue> value = fields.require("vms", "{hello: {builtin: hello, memory: 64M}}");
    Optional<Map<String, YamlValue>> vms =
        value.flatMap(all -> all.named(VmDescription.NAME, VmReader.NAMES));
    if (vms.isPresent() && vms.get().isEmpty() && value.get().problems().count() == before) {
      value.get().reject("there is no VM, expected at least one, by its name");
    }
    return vms.orElse(Map.of());
  }

  private static Map<String, YamlValue> channels(YamlFields fields) {
    return fields
        .get("channels")
        .flatMap(all -> all.named(ChannelDescription.NAME, ChannelReader.NAMES))
        .orElse(Map.of());
  }

  private static <T> List<T> readAll(
      Map<String, YamlValue> values, BiFunction<String, YamlValue, Optional<T>> reader) {
    List<T> all = new ArrayList<>();
    values.forEach((name, value) -> reader.apply(name, value).ifPresent(all::add));
    return all;
  }

  /** What relative paths refer to. */
  private Path folder() {
    return file.toAbsolutePath().getParent();
  }

  /** A log that replaced the scenario would leave the user with neither. */
  private void keepScenario(VmDescription vm) {
    vm.consoleLog()
        .flatMap(log -> Stream.of(log.path(), log.older()).filter(this::isScenario).findFirst())
        .ifPresent(path ->
            problems.add(
                "vms.%s.console-log".formatted(vm.name()),
                "%s is this scenario, expected another file".formatted(path)));
  }

  private boolean isScenario(Path path) {
    return path.equals(file.toAbsolutePath().normalize());
  }

  private String nameOfFile() {
    return file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
  }
}
