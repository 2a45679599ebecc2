package atoll.front;

import atoll.manager.Version;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll man}. */
@Command(
    name = "man",
    header = "Prints the manual page of a command.",
    description = {"", "To read it: atoll man run | man -l -", ""},
    sortOptions = false)
final class ManCommand implements Callable<Integer> {
  private final Supplier<CommandDescription> atoll;
  private final PrintStream out;

  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "such as run, or disk create; without one, the page of atoll itself")
  private List<String> names = List.of();

  @Option(
      names = "--all",
      paramLabel = "FOLDER",
      description = "write the pages of all commands to a folder instead")
  private Path folder;

  /**
   * @param atoll the whole command line
   */
  ManCommand(Supplier<CommandDescription> atoll, PrintStream out) {
    this.atoll = atoll;
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    CommandDescription whole = atoll.get();
    if (folder != null && !names.isEmpty()) {
      throw usage(
          "--all is for the pages of all commands; leave out '%s'".formatted(names.getFirst()));
    }
    if (folder == null) {
      out.print(page(whole, find(whole)));
      return ExitCode.SUCCESS;
    }
    Files.createDirectories(folder);
    for (CommandDescription each : whole.all().toList()) {
      Files.writeString(folder.resolve(ManualPage.name(each) + ".1"), page(whole, each));
    }
    return ExitCode.SUCCESS;
  }

  private static String page(CommandDescription whole, CommandDescription of) {
    return ManualPage.of(whole, of, Version.number());
  }

  private CommandDescription find(CommandDescription whole) {
    List<String> path = Stream.concat(whole.path().stream(), names.stream()).toList();
    return whole
        .all()
        .filter(each -> each.path().equals(path))
        .findFirst()
        .orElseThrow(() ->
            usage(
                "there is no command '%s'; 'atoll help' lists them"
                    .formatted(String.join(" ", names))));
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
