package atoll.front;

import atoll.image.Words;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Completion for Bash: the one function {@code _atoll}, and what it looks up. It needs nothing but
 * Bash itself.
 *
 * <p>Bash takes a word like {@code --kernel=Im} apart at its equals sign and at colons, unless the
 * user has taken them out of COMP_WORDBREAKS; it then replaces the last piece only.
 */
final class BashCompletion {
  private static final String FUNCTION =
      """
      # What is typed so far, in words as a command gets them: in 'words', of which the last one is to be completed. 'broken' is how
      # much of that one is in front of what Bash will replace.
      _atoll_split() {
        local rest=$COMP_LINE piece i
        words=()
        for ((i = 0; i <= COMP_CWORD; i++)); do
          piece=${COMP_WORDS[i]}
          broken=
          if ((i == 0)) || [[ -z $rest || $rest == [[:blank:]]* ]]; then
            words+=("$piece")
          else
            broken=${words[-1]}
            words[-1]+=$piece
            [[ $piece == *[!=:]* ]] || broken=${words[-1]}
          fi
          rest=${rest#*"$piece"}
        done
      }

      # Offers those words of $1 that begin with $2.
      _atoll_offer() {
        mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
        COMPREPLY=("${COMPREPLY[@]#"$broken"}")
      }

      # The names of the images that there are.
      _atoll_images() {
        local cache=${XDG_CACHE_HOME:-} image
        [[ -n $cache || $OSTYPE != darwin* ]] || cache=$HOME/Library/Caches
        for image in "${cache:-$HOME/.cache}"/atoll/images/*-*; do
          image=${image##*/}
          [[ $image == *'*'* ]] || printf '%s\\n' "${image%-*}"
        done
      }

      # The names of the snapshots that there are.
      _atoll_snapshots() {
        local data=${XDG_DATA_HOME:-} snapshot
        [[ -n $data || $OSTYPE != darwin* ]] || data="$HOME/Library/Application Support"
        for snapshot in "${data:-$HOME/.local/share}"/atoll/snapshots/*@*; do
          snapshot=${snapshot##*/}
          [[ $snapshot == *'*'* ]] || printf '%s\\n' "${snapshot%@*}"
        done
      }

      # Completes the value $2 of kind $1, which comes after $3 in the same word.
      _atoll_complete() {
        case $1 in
          files) if [[ -n $3 && -z $broken ]]; then mapfile -t COMPREPLY < <(compgen -f -P "$3" -- "$2"); else compopt -o default; fi ;;
          folders) if [[ -n $3 && -z $broken ]]; then mapfile -t COMPREPLY < <(compgen -d -P "$3" -- "$2"); else compopt -o dirnames; fi ;;
          images*) _atoll_offer "$(printf -- "$3%s " ${1#images} $(_atoll_images))" "$3$2" ;;
          snapshots) _atoll_offer "$(printf -- "$3%s " $(_atoll_snapshots))" "$3$2" ;;
          words*) _atoll_offer "$(printf -- "$3%s " ${1#words})" "$3$2" ;;
        esac
      }

      _atoll() {
        local words broken word before='' kind commands options command=atoll operands=0 plain='' i
        COMPREPLY=()
        _atoll_split
        _atoll_command "$command"
        for ((i = 1; i < ${#words[@]} - 1; i++)); do
          word=${words[i]}
          if [[ -n $before ]]; then
            before=
          elif [[ -z $plain && $word == -- ]]; then
            plain=yes
          elif [[ -z $plain && $word == -?* ]]; then
            _atoll_option "$command $word"
            [[ -z $kind || $kind == optional* ]] || before=$kind
          elif [[ " $commands " == *" $word "* ]]; then
            command="$command $word"
            _atoll_command "$command"
          else
            operands=$((operands + 1))
          fi
        done
        word=${words[-1]}
        if [[ -n $before ]]; then
          _atoll_complete "$before" "$word" ''
        elif [[ -z $plain && $word == --*=* ]]; then
          _atoll_option "$command ${word%%=*}"
          _atoll_complete "${kind#optional }" "${word#*=}" "${word%%=*}="
        elif [[ -z $plain && $word == -* ]]; then
          _atoll_offer "$options" "$word"
          [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
        elif [[ -n $commands ]]; then
          _atoll_offer "$commands" "$word"
        else
          _atoll_operand "$command" "$operands"
          _atoll_complete "$kind" "$word" ''
        fi
      }

      complete -F _atoll atoll
      """;

  private BashCompletion() {}

  static String of(CommandDescription atoll) {
    return """
    # shellcheck shell=bash
    # shellcheck disable=SC2034,SC2059,SC2046,SC2086,SC2207 # lists of words; what functions give back is read by their caller
    # Completion of atoll's command line for Bash 4.3 and newer, as 'atoll completion bash' prints it.

    """
        + function(
            "What a command has: in 'commands' and 'options'.", "command", "", commands(atoll))
        + function(
            "What the value of an option is: in 'kind', which is empty if it takes none.",
            "option",
            "kind=",
            values(atoll))
        + function(
            "What the argument of a command is, of which so many came before: in 'kind'.",
            "operand",
            "kind=",
            operands(atoll))
        + FUNCTION;
  }

  private static String function(String comment, String name, String first, Stream<String> cases) {
    return cases.collect(
        Collectors.joining(
            "",
            "# %s\n_atoll_%s() {\n%s  case \"$*\" in\n"
                .formatted(comment, name, first.isEmpty() ? "" : "  " + first + "\n"),
            "  esac\n}\n\n"));
  }

  private static Stream<String> commands(CommandDescription atoll) {
    return atoll
        .all()
        .map(command ->
            "    '%s') commands='%s' options='%s' ;;\n"
                .formatted(
                    command.line(),
                    command.commands().stream()
                        .map(CommandDescription::name)
                        .collect(Collectors.joining(" ")),
                    command.options().stream()
                        .flatMap(BashCompletion::written)
                        .collect(Collectors.joining(" "))));
  }

  /** With an equals sign if the value follows that. */
  private static Stream<String> written(CommandDescription.Option option) {
    return option.names().stream()
        .map(name -> option.takesNextWord() && name.startsWith("--") ? name + "=" : name);
  }

  private static Stream<String> values(CommandDescription atoll) {
    return atoll
        .all()
        .flatMap(command ->
            command.options().stream()
                .filter(CommandDescription.Option::takesValue)
                .map(option ->
                    "    %s) kind='%s%s' ;;\n"
                        .formatted(
                            option.names().stream()
                                .map(name -> "'%s %s'".formatted(command.line(), name))
                                .collect(Collectors.joining(" | ")),
                            option.optional() ? "optional " : "",
                            kind(option.suggestion()))));
  }

  private static Stream<String> operands(CommandDescription atoll) {
    return atoll.all().flatMap(BashCompletion::operandsOf);
  }

  private static Stream<String> operandsOf(CommandDescription command) {
    List<CommandDescription.Operand> operands = command.operands();
    return Stream.iterate(0, i -> i < operands.size(), i -> i + 1)
        .map(i ->
            "    '%s %s) kind='%s' ;;\n"
                .formatted(
                    command.line(),
                    operands.get(i).repeated() ? "'*" : i + "'",
                    kind(operands.get(i).suggestion())));
  }

  private static String kind(Suggestion suggestion) {
    String kind = Words.of(suggestion.kind());
    return String.join(" ", Stream.concat(Stream.of(kind), suggestion.words().stream()).toList());
  }
}
