package atoll.front;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IllegalFormatException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * A command of the command line as data, of which completion and manual pages are made.
 *
 * @param path its name after those of the commands that it is in, from {@code atoll} on
 * @param header what it does, in one sentence
 * @param description paragraphs
 * @param footer paragraphs
 * @param options in the order in which help shows them
 * @param operands by position
 * @param commands in it
 */
record CommandDescription(
    List<String> path,
    String header,
    List<String> description,
    List<String> footer,
    List<Option> options,
    List<Operand> operands,
    List<CommandDescription> commands) {
  /** The label of a value that may be left out, as of {@code --display [SIZE]}. */
  private static final Pattern OPTIONAL = Pattern.compile("\\[[^\\[\\]]*\\]");

  /**
   * An option.
   *
   * @param names all that it has, with their hyphens
   * @param label of its value; empty if it takes none
   * @param optional whether the value may be left out
   * @param repeated whether it may be given several times
   * @param description one sentence
   * @param suggestion for its value
   */
  record Option(
      List<String> names,
      String label,
      boolean optional,
      boolean repeated,
      String description,
      Suggestion suggestion) {
    Option {
      names = List.copyOf(names);
    }

    boolean takesValue() {
      return !label.isEmpty();
    }

    /** Whether the next word is its value. */
    boolean takesNextWord() {
      return takesValue() && !optional;
    }
  }

  /**
   * An argument that is no option.
   *
   * @param repeated whether it is all that follow
   */
  record Operand(
      String label,
      boolean optional,
      boolean repeated,
      String description,
      Suggestion suggestion) {}

  CommandDescription {
    path = List.copyOf(path);
    description = List.copyOf(description);
    footer = List.copyOf(footer);
    options = List.copyOf(options);
    operands = List.copyOf(operands);
    commands = List.copyOf(commands);
  }

  /** Of a command line and all in it. */
  static CommandDescription of(CommandLine line) {
    return of(line, List.of());
  }

  private static CommandDescription of(CommandLine line, List<String> above) {
    CommandSpec spec = line.getCommandSpec();
    UsageMessageSpec usage = spec.usageMessage();
    List<String> path = Stream.concat(above.stream(), Stream.of(spec.name())).toList();
    boolean help = spec.userObject() instanceof HelpCommand;
    return new CommandDescription(
        path,
        sentence(usage.header()),
        paragraphs(usage.description()),
        paragraphs(usage.footer()),
        spec.options().stream()
            .filter(option -> !option.hidden())
            .map(option -> of(option, spec))
            .toList(),
        help
            ? List.of(helped(spec.parent()))
            : spec.positionalParameters().stream().map(CommandDescription::of).toList(),
        line.getSubcommands().values().stream()
            .filter(command -> !command.getCommandSpec().usageMessage().hidden())
            .map(command -> of(command, path))
            .toList());
  }

  /** A command of its own has the name of another as its argument. */
  private static Operand helped(CommandSpec parent) {
    return new Operand(
        "COMMAND",
        true,
        false,
        "the command that it is about",
        Suggestion.words(List.copyOf(parent.subcommands().keySet())));
  }

  private static Option of(OptionSpec option, CommandSpec command) {
    List<String> names = new ArrayList<>(Arrays.asList(option.names()));
    if (option.negatable()) {
      for (String name : option.names()) {
        names.add(command.negatableOptionTransformer().makeNegative(name, command));
      }
    }
    boolean value = option.arity().max() > 0;
    return new Option(
        names,
        value ? option.paramLabel() : "",
        option.arity().min() == 0 || OPTIONAL.matcher(option.paramLabel()).matches(),
        option.isMultiValue(),
        sentence(option.description()),
        Suggestion.of(option));
  }

  private static Operand of(PositionalParamSpec operand) {
    return new Operand(
        operand.paramLabel(),
        operand.arity().min() == 0,
        operand.isMultiValue(),
        sentence(operand.description()),
        Suggestion.of(operand));
  }

  private static String sentence(String[] parts) {
    return String.join(" ", paragraphs(parts));
  }

  /** As help prints them, without its empty lines. */
  private static List<String> paragraphs(String[] parts) {
    return Arrays.stream(parts)
        .map(CommandDescription::printed)
        .filter(each -> !each.isBlank())
        .toList();
  }

  /** Help takes texts for formats, and as they are if they are none. */
  private static String printed(String text) {
    try {
      return text.formatted().strip();
    } catch (IllegalFormatException e) {
      return text;
    }
  }

  /** As it is typed: {@code atoll disk create}. */
  String line() {
    return String.join(" ", path);
  }

  /** Its last name. */
  String name() {
    return path.getLast();
  }

  /** This one, and all in it, those on top first. */
  Stream<CommandDescription> all() {
    return Stream.concat(Stream.of(this), commands.stream().flatMap(CommandDescription::all));
  }
}
