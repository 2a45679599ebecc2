package atoll.front;

import atoll.manager.Installation;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code atoll info}. */
@Command(
    name = "info",
    header = "Shows the version, the host, the JDK, and the engine that is chosen and why.")
final class InfoCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;

  InfoCommand(Manager manager, PrintStream out) {
    this.manager = manager;
    this.out = out;
  }

  @Override
  public Integer call() {
    Installation installation = manager.perform(new PlanAction.DescribeInstallation());
    line("atoll", installation.version());
    line("host", installation.host());
    line("processors", String.valueOf(installation.processors()));
    if (installation.memory() > 0) {
      line("memory", (installation.memory() >> 20) + " MiB");
    }
    line("java", installation.java());
    line("engines", String.join(", ", installation.engines()));
    line("engine", "%s (%s)".formatted(installation.engine(), installation.reason()));
    line("mmus", String.join(", ", installation.mmuTechniques()));
    line("mmu", "%s (%s)".formatted(installation.mmu(), installation.mmuReason()));
    line("cache", installation.cache().toString());
    return ExitCode.SUCCESS;
  }

  private void line(String name, String value) {
    out.printf("%-12s%s%n", name, value);
  }
}
