package atoll.front;

import atoll.manager.Manager;
import atoll.manager.TrustAction;
import atoll.trust.MeasurementLog;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code atoll verify}. */
@Command(
    name = "verify",
    header = "Verifies a scenario with all files that it is made from, or a file; starts nothing.",
    description = {
      "",
      "What signs a scenario is in FILE.sums and FILE.sums.minisig, beside it; what signs a file, by"
          + " Atoll or by minisign, in FILE.minisig.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 all is what was signed; 125 it is not, or nobody whom you trust did."
    },
    sortOptions = false)
final class VerifyCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;

  @Parameters(paramLabel = "FILE", description = "a scenario (.yaml, .yml), or any other file")
  private Path file;

  @Option(
      names = "--signer",
      paramLabel = "NAME",
      description = "who must have signed it, as you call the signer; otherwise any that you trust")
  private String signer;

  VerifyCommand(Manager manager, PrintStream out) {
    this.manager = manager;
    this.out = out;
  }

  @Override
  public Integer call() {
    MeasurementLog log = manager.perform(new TrustAction.Verify(file, Optional.ofNullable(signer)));
    TextTable table = new TextTable("link", "SHA-512", "what");
    log.steps()
        .forEach(step ->
            table.row(
                step.link(),
                step.digest().substring(0, Math.min(16, step.digest().length())),
                step.name()));
    out.print(table);
    return ExitCode.SUCCESS;
  }
}
