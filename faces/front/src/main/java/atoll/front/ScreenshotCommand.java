package atoll.front;

import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.server.ControlClient;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code atoll screenshot}. */
@Command(
    name = "screenshot",
    header = "Writes what the display of a VM that is running shows into a PNG file.",
    description = {
      "",
      "The VM need not be named if its system has only one. Without --control, the one system that"
          + " runs is meant.",
      ""
    },
    footer = {"", "Exit codes: as those of 'atoll ctl'."},
    sortOptions = false)
final class ScreenshotCommand implements Callable<Integer> {
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Parameters(arity = "1..2", paramLabel = "[VM] FILE", description = "which VM, and where to")
  private List<String> words = List.of();

  @Mixin private final AskedSystem system = new AskedSystem();

  ScreenshotCommand(UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    Path file = new OutputName().convert(words.getLast());
    return system.ask(
        environment,
        err,
        client -> {
          out.println(ScreenAlbum.take(client, vm(client), file));
          return ExitCode.SUCCESS;
        });
  }

  private String vm(ControlClient client) {
    if (words.size() > 1) {
      return words.getFirst();
    }
    if (client.vms().size() > 1) {
      throw new RefusedException(
          "%s has several VMs; name one: %s".formatted(client.system(), Words.any(client.vms())));
    }
    return client.vms().getFirst();
  }
}
