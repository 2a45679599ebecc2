package atoll.front;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Completion for Zsh: a function for each command, by {@code _arguments} of its own library. */
final class ZshCompletion {
  private static final String LOOKING =
      """
      # The names of the images that there are, and the words given.
      _atoll_images() {
        local cache=${XDG_CACHE_HOME:-$HOME/.cache}
        local -a found
        [[ -n $XDG_CACHE_HOME || $OSTYPE != darwin* ]] || cache=$HOME/Library/Caches
        found=($cache/atoll/images/*-*(N-/:t))
        compadd -- "$@" ${found%-*}
      }

      # The names of the snapshots that there are.
      _atoll_snapshots() {
        local data=${XDG_DATA_HOME:-$HOME/.local/share}
        local -a found
        [[ -n $XDG_DATA_HOME || $OSTYPE != darwin* ]] || data="$HOME/Library/Application Support"
        found=($data/atoll/snapshots/*@*(N-/:t))
        compadd -- ${found%@*}
      }

      """;

  private static final String END =
      """
      # As a file of fpath, or read by a shell that runs.
      if [[ $funcstack[1] == _atoll ]]; then _atoll "$@"; else compdef _atoll atoll; fi
      """;

  private ZshCompletion() {}

  static String of(CommandDescription atoll) {
    return atoll
        .all()
        .map(ZshCompletion::function)
        .collect(
            Collectors.joining(
                "",
                """
                #compdef atoll
                # Completion of atoll's command line for Zsh, as 'atoll completion zsh' prints it.

                """
                    + LOOKING,
                END));
  }

  private static String function(CommandDescription command) {
    return command.commands().isEmpty() ? leaf(command) : group(command);
  }

  private static String leaf(CommandDescription command) {
    return "%s() {\n  _arguments -s -S%s\n}\n\n"
        .formatted(
            name(command),
            specs(
                Stream.concat(
                    command.options().stream().map(ZshCompletion::option), operands(command))));
  }

  private static String group(CommandDescription command) {
    return """
    %1$s() {
      local curcontext=$curcontext state line
      local -a commands
      _arguments -C -S%2$s && return
      case $state in
        command)
          commands=(%3$s)
          _describe -t commands command commands
          ;;
        argument) (( ! $+functions[%1$s_$words[1]] )) || %1$s_$words[1] ;;
      esac
    }

    """
        .formatted(
            name(command),
            specs(
                Stream.concat(
                    command.options().stream().map(ZshCompletion::option),
                    Stream.of("'1: :->command'", "'*:: :->argument'"))),
            command.commands().stream()
                .map(each -> quoted(each.name() + ":" + escaped(each.header())))
                .collect(Collectors.joining(" ")));
  }

  private static String name(CommandDescription command) {
    return "_" + String.join("_", command.path());
  }

  private static String specs(Stream<String> specs) {
    return specs.map(spec -> " \\\n    " + spec).collect(Collectors.joining());
  }

  /** {@code '(-f --format)'{-f+,--format=}'[its format]:FORMAT:(raw qcow2)'}. */
  private static String option(CommandDescription.Option option) {
    List<String> names =
        option.names().stream().map(name -> name + valueSign(option, name)).toList();
    String rest =
        "[%s]%s".formatted(escaped(option.description()), option.takesValue() ? value(option) : "");
    if (names.size() == 1) {
      return quoted((option.repeated() ? "*" : "") + names.getFirst() + rest);
    }
    String first = option.repeated() ? "'*'" : quoted("(" + String.join(" ", option.names()) + ")");
    return first + "{" + String.join(",", names) + "}" + quoted(rest);
  }

  /** How the value follows the name. */
  private static String valueSign(CommandDescription.Option option, String name) {
    if (!option.takesValue()) {
      return "";
    }
    return name.startsWith("--") ? option.optional() ? "=-" : "=" : "+";
  }

  private static String value(CommandDescription.Option option) {
    return "%s:%s"
        .formatted(option.optional() ? ":" : "", valued(option.label(), option.suggestion()));
  }

  private static Stream<String> operands(CommandDescription command) {
    return command.operands().stream()
        .map(operand ->
            quoted(
                "%s:%s"
                    .formatted(
                        operand.repeated() ? "*" : operand.optional() ? ":" : "",
                        valued(operand.label(), operand.suggestion()))));
  }

  private static String valued(String label, Suggestion suggestion) {
    String words = String.join(" ", suggestion.words());
    return escaped(label)
        + ":"
        + switch (suggestion.kind()) {
          case ANYTHING -> " ";
          case FILES -> "_files";
          case FOLDERS -> "_files -/";
          case WORDS -> "(%s)".formatted(words);
          case SNAPSHOTS -> "{_atoll_snapshots}";
          case IMAGES -> "{_atoll_images %s}".formatted(words);
        };
  }

  private static String escaped(String text) {
    return text.replaceAll("[\\\\\\[\\]:]", "\\\\$0");
  }

  private static String quoted(String text) {
    return "'%s'".formatted(text.replace("'", "'\\''"));
  }
}
