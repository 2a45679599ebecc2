package atoll.scenario;

import atoll.image.Words;
import atoll.vmm.FrontPanel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads the steps of a test script, one list after the other. */
final class TestStepReader {
  private static final Pattern VARIABLE = Pattern.compile("(?<!\\$)\\$\\{([^}]*)}");
  private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]{1,16}");
  private static final Pattern PERCENTILE = Pattern.compile("p(50|90|99|999)|max");
  private static final Duration USUAL_PRESS = Duration.ofMillis(100);
  private static final int MOST_NICS = 31;
  private static final int MOST_HARTS = 31;
  private static final int MOST_CODE = 65_535;

  private final Path folder;
  private final Set<String> variables;

  /**
   * @param folder of the file
   * @param variables that are there; those that steps save are added
   */
  TestStepReader(Path folder, Set<String> variables) {
    this.folder = folder;
    this.variables = variables;
  }

  /** The steps of a list. */
  List<TestStep> steps(YamlValue list) {
    List<TestStep> steps = new ArrayList<>();
    for (YamlValue item : list.items().orElse(List.of())) {
      step(item).ifPresent(steps::add);
    }
    return steps;
  }

  private Optional<TestStep> step(YamlValue value) {
    Optional<YamlFields> keys = value.fields(TestVerb.keys());
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = keys.get();
    List<TestVerb> verbs =
        fields.values().keySet().stream().flatMap(word -> TestVerb.of(word).stream()).toList();
    if (verbs.size() != 1) {
      if (fields.meant().isEmpty()) {
        value.reject(
            verbs.isEmpty()
                ? "the step does nothing, expected one of " + Words.any(TestVerb.words())
                : "%s and %s in one step, expected a step for each"
                    .formatted(verbs.get(0).word(), verbs.get(1).word()));
      }
      return Optional.empty();
    }
    TestVerb verb = verbs.getFirst();
    requireFitting(verb, fields);
    YamlValue object = fields.get(verb.word()).orElseThrow();
    Optional<String> vm = fields.get("vm").flatMap(YamlValue::text);
    Optional<Duration> within = fields.get("within").flatMap(YamlValue::time);
    return work(verb, object, fields)
        .map(work ->
            new TestStep(
                value.problems().line(object.key()),
                inWords(verb, object),
                who(verb, object, vm),
                within,
                work));
  }

  /** The VM that an operator's verb has as its object. */
  private static Optional<String> who(TestVerb verb, YamlValue object, Optional<String> vm) {
    return switch (verb) {
      case START, STOP, PAUSE, RESUME, RESET, POWERDOWN -> object.text();
      default -> vm;
    };
  }

  private static String inWords(TestVerb verb, YamlValue object) {
    return verb.word() + " " + object.shown();
  }

  private static void requireFitting(TestVerb verb, YamlFields fields) {
    fields.values().keySet().stream()
        .filter(key -> !key.equals(verb.word()) && !verb.beside().contains(key))
        .forEach(key ->
            fields.refuse(
                key,
                "does not go with %s%s"
                    .formatted(
                        verb.word(),
                        verb.beside().isEmpty()
                            ? ", which stands alone"
                            : ", expected " + Words.any(verb.beside()))));
  }

  private Optional<TestStep.Work> work(TestVerb verb, YamlValue object, YamlFields fields) {
    return switch (verb) {
      case EXPECT -> text(object).map(TestStep.Expect::new);
      case MATCH -> match(object, fields);
      case ABSENT -> regex(object).map(TestStep.Absent::new);
      case SEND -> text(object).map(TestStep.Send::new);
      case SEND_LINE -> text(object).map(line -> new TestStep.Send(line + "\r"));
      case PRESS -> press(object);
      case RUN -> run(object, fields);
      case COPY_IN -> copyIn(object, fields);
      case COPY_OUT ->
          text(object)
              .flatMap(from ->
                  fields
                      .require("to", "result.txt")
                      .flatMap(this::text)
                      .map(to -> new TestStep.CopyOut(from, to)));
      case WAIT -> object.time().map(TestStep.Wait::new);
      case START, STOP, PAUSE, RESUME, RESET, POWERDOWN ->
          object.text().map(vm -> new TestStep.Operate(TestStep.Operation.valueOf(verb.name())));
      case BUTTON ->
          button(object)
              .map(name ->
                  new TestStep.Button(name, fields.get("for", YamlValue::time, USUAL_PRESS)));
      case HOLD -> button(object).map(name -> new TestStep.Hold(name, true));
      case RELEASE -> button(object).map(name -> new TestStep.Hold(name, false));
      case LED -> led(object, fields);
      case LINK -> link(object, fields);
      case ENDS -> ends(object, fields);
      case STATE ->
          object
              .word(List.of("ready", "running", "paused", "stopped", "restarting", "ended"))
              .map(TestStep.State::new);
      case LIVES -> object.number(0, Integer.MAX_VALUE).map(TestStep.Lives::new);
      case MEMORY -> memory(object, fields);
      case REGISTER -> register(object, fields);
      case EXITS -> exits(object, fields);
      case LATENESS -> lateness(object, fields);
      case SCREENSHOT -> text(object).map(TestStep.Screenshot::new);
    };
  }

  /** Words whose variables are there. */
  private Optional<String> text(YamlValue value) {
    Optional<String> text = value.typed();
    text.ifPresent(words -> requireVariables(value, words));
    return text;
  }

  private void requireVariables(YamlValue value, String words) {
    Matcher used = VARIABLE.matcher(words);
    while (used.find()) {
      String name = used.group(1);
      if (!variables.contains(name)) {
        value.reject(
            "there is no variable '%s'%s"
                .formatted(
                    name,
                    variables.isEmpty()
                        ? "; name it under variables"
                        : Words.nearestOrAll(name, variables)));
      }
    }
  }

  /** An expression that can be understood, as far as that can be told before its variables are. */
  private Optional<String> regex(YamlValue value) {
    return text(value)
        .filter(regex -> {
          try {
            Pattern compiled = Pattern.compile(VARIABLE.matcher(regex).replaceAll("x"));
            if (!compiled.matcher("").find()) {
              return true;
            }
            value.reject(
                "'%s' also matches nothing, expected an expression for a text".formatted(regex));
          } catch (PatternSyntaxException e) {
            value.reject("'%s' is no regular expression: %s".formatted(regex, e.getDescription()));
          }
          return false;
        });
  }

  private Optional<TestStep.Work> match(YamlValue object, YamlFields fields) {
    Optional<List<String>> save =
        fields
            .get("save")
            .map(names ->
                names.isList()
                    ? names.items().orElse(List.of()).stream()
                        .flatMap(n -> name(n).stream())
                        .toList()
                    : name(names).stream().toList());
    Optional<String> regex = regex(object);
    int groups = regex.map(TestStepReader::groups).orElse(Integer.MAX_VALUE);
    if (save.isPresent() && save.get().size() > groups) {
      fields.refuse(
          "save",
          "%d names for %d groups, expected at most as many".formatted(save.get().size(), groups));
    }
    return regex.map(words -> new TestStep.Match(words, save.orElse(List.of())));
  }

  private static int groups(String regex) {
    return Pattern.compile(VARIABLE.matcher(regex).replaceAll("x")).matcher("").groupCount();
  }

  /** The name of a variable that is there from now on. */
  private Optional<String> name(YamlValue value) {
    Optional<String> name = value.text(TestScriptReader.VARIABLE, TestScriptReader.VARIABLES);
    name.ifPresent(variables::add);
    return name;
  }

  private Optional<TestStep.Work> press(YamlValue object) {
    List<YamlValue> names = object.isList() ? object.items().orElse(List.of()) : List.of(object);
    List<ConsoleKey> keys =
        names.stream()
            .flatMap(name ->
                name.parsed(ConsoleKey::of, "a key: " + Words.any(ConsoleKey.names())).stream())
            .toList();
    return keys.isEmpty() ? Optional.empty() : Optional.of(new TestStep.Press(keys));
  }

  private static Optional<String> button(YamlValue object) {
    return object.text(FrontPanel.NAME, "the name of a button");
  }

  private static Optional<TestStep.Work> led(YamlValue object, YamlFields fields) {
    Optional<String> is =
        fields.require("is", "on").flatMap(value -> value.word(List.of("on", "off")));
    return object
        .text(FrontPanel.NAME, "the name of an LED")
        .flatMap(name -> is.map(word -> new TestStep.Led(name, word.equals("on"))));
  }

  private Optional<TestStep.Work> run(YamlValue object, YamlFields fields) {
    Optional<String> command = text(object);
    OptionalInt exit =
        fields.get("exit").isPresent() && fields.get("exit").get().isWord("any")
            ? OptionalInt.empty()
            : OptionalInt.of(fields.get("exit", value -> value.number(0, 255), 0));
    Optional<String> output = fields.get("output").flatMap(this::text);
    Optional<String> match = fields.get("output-match").flatMap(this::regex);
    Optional<String> save = fields.get("save").flatMap(this::name);
    return command.map(words -> new TestStep.Run(words, exit, output, match, save));
  }

  private Optional<TestStep.Work> copyIn(YamlValue object, YamlFields fields) {
    Optional<String> from = text(object);
    from.flatMap(TestStep::plain)
        .filter(file -> !Files.isReadable(folder.resolve(file)))
        .ifPresent(file ->
            object.reject("%s is not a file that can be read".formatted(folder.resolve(file))));
    Optional<String> to = fields.require("to", "/tmp/file").flatMap(this::text);
    return from.flatMap(file -> to.map(place -> new TestStep.CopyIn(file, place)));
  }

  private static Optional<TestStep.Work> link(YamlValue object, YamlFields fields) {
    int nic = fields.get("nic", value -> value.number(0, MOST_NICS), 0);
    return object.word(List.of("up", "down")).map(way -> new TestStep.Link(nic, way.equals("up")));
  }

  private static Optional<TestStep.Work> ends(YamlValue object, YamlFields fields) {
    Optional<Integer> code = fields.get("code").flatMap(value -> value.number(0, MOST_CODE));
    if (object.isWord("any")) {
      return Optional.of(new TestStep.Ends(Optional.empty(), optional(code)));
    }
    Optional<TestStep.How> how = object.constant(TestStep.How.class);
    if (code.isPresent() && how.isPresent() && how.get() != TestStep.How.POWEROFF) {
      fields.refuse("code", "only a poweroff has a code; leave it out");
    }
    return how.map(word -> new TestStep.Ends(Optional.of(word), optional(code)));
  }

  private static OptionalInt optional(Optional<Integer> number) {
    return number.map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private Optional<TestStep.Work> memory(YamlValue object, YamlFields fields) {
    Optional<Long> address = word(object);
    Optional<YamlValue> text = fields.get("text");
    if (text.isPresent()) {
      fields.refuse("is", "the text is given already; leave one of the two out");
      fields.refuse("bytes", "a text has as many as it has; leave it out");
      return address.flatMap(
          at -> text(text.get()).map(words -> new TestStep.MemoryText(at, words)));
    }
    int bytes = fields.get("bytes", value -> value.number(1, 8), 4);
    if (Integer.bitCount(bytes) != 1) {
      fields.refuse("bytes", "%d bytes at once, expected 1, 2, 4 or 8".formatted(bytes));
    }
    Optional<Long> is = fields.require("is", "0x1").flatMap(TestStepReader::word);
    return address.flatMap(at -> is.map(value -> new TestStep.MemoryIs(at, bytes, value)));
  }

  private static Optional<TestStep.Work> register(YamlValue object, YamlFields fields) {
    int hart = fields.get("hart", value -> value.number(0, MOST_HARTS), 0);
    Optional<Long> is = fields.require("is", "0x1").flatMap(TestStepReader::word);
    return object
        .text()
        .flatMap(name -> is.map(value -> new TestStep.RegisterIs(hart, name, value)));
  }

  /** 64 bits, as people write them. */
  private static Optional<Long> word(YamlValue value) {
    if (value.isNumber()) {
      return value.number(Long.MIN_VALUE, Long.MAX_VALUE);
    }
    return value
        .text(HEXADECIMAL, "a number, such as 42 or 0x80000000")
        .map(text -> Long.parseUnsignedLong(text.substring(2), 16));
  }

  private static Optional<TestStep.Work> exits(YamlValue object, YamlFields fields) {
    OptionalLong least = count(fields, "at-least");
    OptionalLong most = count(fields, "at-most");
    if (least.isEmpty() && most.isEmpty()) {
      object.reject("nothing is said about their number, expected at-least, at-most or both");
    }
    return object.text().map(reason -> new TestStep.Exits(reason, least, most));
  }

  private static OptionalLong count(YamlFields fields, String key) {
    return fields
        .get(key)
        .flatMap(value -> value.number(0L, Long.MAX_VALUE))
        .map(OptionalLong::of)
        .orElse(OptionalLong.empty());
  }

  private static Optional<TestStep.Work> lateness(YamlValue object, YamlFields fields) {
    Optional<Duration> most = fields.require("at-most", "5ms").flatMap(YamlValue::time);
    return object
        .text(PERCENTILE, "one of p50, p90, p99, p999 and max")
        .flatMap(word -> most.map(time -> new TestStep.Lateness(percent(word), time)));
  }

  private static double percent(String word) {
    return switch (word) {
      case "max" -> 100;
      case "p999" -> 99.9;
      default -> Double.parseDouble(word.substring(1));
    };
  }
}
