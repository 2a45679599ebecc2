package atoll.scenario;

import atoll.image.FileId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Reads a scenario from a YAML file and says at once all that is wrong with it. The format is
 * described in docs/scenario.md and docs/scenario.schema.json.
 */
public final class ScenarioReader {
  private final Path file;
  private final ImageLookup images;
  private final Problems problems;

  private ScenarioReader(Path file, ImageLookup images) {
    this.file = file;
    this.images = images;
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
   * Reads a file, and knows no image that is not made of a recipe.
   *
   * @throws ScenarioException if it cannot be read or does not describe a system that can run
   */
  public static Scenario read(Path file) {
    Reading reading = look(file, ImageLookup.OF_RECIPES);
    if (!reading.problems.isEmpty()) {
      throw new ScenarioException(reading.problems);
    }
    return reading.scenario;
  }

  /**
   * The same for who looks at the sound parts too before all that is wrong is said.
   *
   * @param images knows those that the file names
   * @throws ScenarioException if the file cannot be read, or is no mapping of a scenario's keys
   */
  public static Reading look(Path file, ImageLookup images) {
    return new ScenarioReader(file, images).look();
  }

  private Reading look() {
    YamlFile yaml = new YamlFile(file.toString(), "a scenario", problems);
    YamlFile.Text text = yaml.text(file);
    Optional<Scenario> scenario =
        scenario(yaml.root(text.words(), "expected the keys machine and vms"), text.digest());
    return new Reading(
        scenario.orElseThrow(() -> new ScenarioException(problems.all())), problems.all());
  }

  private Optional<Scenario> scenario(YamlValue root, String digest) {
    Optional<YamlFields> keys =
        root.fields("name", "machine", "vms", "channels", "networks", "gdb", "snapshot", "verify");
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = keys.get();
    String name = fields.get("name", YamlValue::text, nameOfFile());
    Optional<PlatformDescription> machine =
        fields.require("machine", "{cpus: 2, memory: 1G}").flatMap(PlatformReader::read);
    Map<String, YamlValue> named = vms(fields);
    List<VmReader.Draft> drafts =
        readAll(named, new VmReader(folder(), FileId.of(file), images)::read);
    List<ChannelDescription> channels =
        new ArrayList<>(readAll(channels(fields), ChannelReader::read));
    drafts.forEach(draft -> channels.addAll(draft.serves()));
    List<VmDescription> vms =
        machine
            .map(shared -> Placer.complete(shared, drafts))
            .orElseGet(() -> drafts.stream().map(draft -> draft.vm().build()).toList());
    Map<String, YamlValue> switches = networks(fields);
    List<NetworkDescription> networks = readAll(switches, NetworkReader::read);
    List<DebuggerDescription> debuggers =
        fields.get("gdb").map(new DebuggerReader(folder(), named.keySet())::read).orElse(List.of());
    new ReferenceRules(problems::add).check(machine, named.keySet(), vms, channels);
    new NetworkRules(vms, problems::add).check(networks, List.copyOf(switches.keySet()));
    new VsockRules(vms, problems::add).check(named.keySet());
    new ServiceRules(vms, problems::add).check(channels, networks);
    vms.forEach(this::keepScenario);
    Scenario all =
        new Scenario(
            name,
            machine.orElseGet(() -> PlatformDescription.of(1)),
            vms,
            channels,
            networks,
            debuggers,
            fields.get("snapshot").flatMap(YamlValue::text),
            Optional.of(file),
            problems.places(),
            VerifyReader.read(fields.get("verify"), digest));
    requireNoSnapshot(all, fields);
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
            .filter(channel -> !problems.about(channel.key()))
            .filter(channel ->
                channel.endpoints().stream()
                    .allMatch(end -> vms.stream().anyMatch(vm -> vm.name().equals(end.vm()))))
            .toList();
    return with(all, vms, channels);
  }

  /** What was saved was signed by nobody. */
  private static void requireNoSnapshot(Scenario all, YamlFields fields) {
    if (all.verify().required()) {
      fields.refuse(
          "snapshot",
          "a system that has to be verified (verify) begins with what was signed; leave it out");
    }
  }

  private static Scenario with(
      Scenario all, List<VmDescription> vms, List<ChannelDescription> channels) {
    return new Scenario(
        all.name(),
        all.platform(),
        vms,
        channels,
        all.networks(),
        all.debuggers(),
        all.snapshot(),
        all.file(),
        all.places(),
        all.verify());
  }

  private static Map<String, YamlValue> vms(YamlFields fields) {
    int before = fields.owner().problems().count();
    Optional<YamlValue> value = fields.require("vms", "{hello: {builtin: hello, memory: 64M}}");
    Optional<Map<String, YamlValue>> vms =
        value.flatMap(all -> all.named(VmDescription.NAME, VmReader.NAMES, "of VMs by name"));
    if (vms.isPresent() && vms.get().isEmpty() && value.get().problems().count() == before) {
      value.get().reject("there is no VM, expected at least one, by its name");
    }
    return vms.orElse(Map.of());
  }

  private static Map<String, YamlValue> channels(YamlFields fields) {
    return fields
        .get("channels")
        .flatMap(
            all -> all.named(ChannelDescription.NAME, ChannelReader.NAMES, "of channels by name"))
        .orElse(Map.of());
  }

  private static Map<String, YamlValue> networks(YamlFields fields) {
    return fields
        .get("networks")
        .flatMap(all -> all.named(NetworkDescription.NAME, VmReader.NAMES, "of networks by name"))
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
