package atoll.front;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Completion for Fish: a line for each command, option and argument, with where it is possible. */
final class FishCompletion {
  private static final String FUNCTIONS =
      """
      # Whether the commands of the line are exactly these.
      function __atoll_at
          set -l words (commandline -opc)
          set -e words[1]
          set -l at
          for word in $words
              string match -q -- '-*' $word
              and continue
              set -l next (string join ' ' $at $word)
              contains -- $next KNOWN
              or break
              set -a at $word
          end
          test "$at" = "$argv"
      end

      # The names of the images that there are.
      function __atoll_images
          set -l cache $HOME/.cache
          test (uname) = Darwin
          and set cache $HOME/Library/Caches
          set -q XDG_CACHE_HOME
          and set cache $XDG_CACHE_HOME
          for image in $cache/atoll/images/*-*
              string replace -r '.*/(.*)-.*' '$1' $image
          end
      end

      # The names of the snapshots that there are.
      function __atoll_snapshots
          set -l data $HOME/.local/share
          test (uname) = Darwin
          and set data "$HOME/Library/Application Support"
          set -q XDG_DATA_HOME
          and set data $XDG_DATA_HOME
          for snapshot in $data/atoll/snapshots/*@*
              string replace -r '.*/(.*)@.*' '$1' $snapshot
          end
      end

      """;

  private FishCompletion() {}

  static String of(CommandDescription atoll) {
    String known =
        atoll.all().skip(1).map(command -> quoted(below(command))).collect(Collectors.joining(" "));
    return "# Completion of atoll's command line for Fish, as 'atoll completion fish' prints"
        + " it.\n\n"
        + FUNCTIONS.replace("KNOWN", known)
        + "complete -c atoll -f\n"
        + atoll.all().flatMap(FishCompletion::lines).collect(Collectors.joining());
  }

  /** The names of its commands. */
  private static String below(CommandDescription command) {
    return String.join(" ", command.path().subList(1, command.path().size()));
  }

  private static Stream<String> lines(CommandDescription command) {
    String here = "complete -c atoll -n " + quoted("__atoll_at " + below(command));
    return Stream.of(
            command.commands().stream()
                .map(each -> " -a %s -d %s".formatted(each.name(), quoted(each.header()))),
            command.options().stream().map(FishCompletion::option),
            command.operands().stream().map(operand -> value(operand.suggestion(), false)))
        .flatMap(each -> each)
        .filter(line -> !line.isEmpty())
        .map(line -> here + line + "\n");
  }

  private static String option(CommandDescription.Option option) {
    return option.names().stream().map(FishCompletion::name).collect(Collectors.joining())
        + " -d "
        + quoted(option.description())
        + (option.takesNextWord() ? value(option.suggestion(), true) : "");
  }

  private static String name(String name) {
    return name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1);
  }

  /**
   * @param needed whether it follows an option that cannot be without it
   */
  private static String value(Suggestion suggestion, boolean needed) {
    String words = String.join(" ", suggestion.words());
    String sign = needed ? " -x" : "";
    return switch (suggestion.kind()) {
      case ANYTHING -> sign;
      case FILES -> needed ? " -r -F" : " -F";
      case FOLDERS -> sign + " -a '(__fish_complete_directories)'";
      case WORDS -> sign + " -a " + quoted(words);
      case SNAPSHOTS -> sign + " -a " + quoted("(__atoll_snapshots)");
      case IMAGES -> sign + " -a " + quoted((words + " (__atoll_images)").strip());
    };
  }

  private static String quoted(String text) {
    return "'%s'".formatted(text.replace("\\", "\\\\").replace("'", "\\'"));
  }
}
