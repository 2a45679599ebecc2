package atoll.front;

import atoll.manager.Manager;
import atoll.manager.TrustAction;
import atoll.trust.SystemSigner;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll sign}. */
@Command(
    name = "sign",
    header = "Signs a scenario with all files that it is made from, or a file.",
    description = {
      "",
      "Of a scenario the list FILE.sums is made, which 'sha512sum -c' reads, and signed. Signatures"
          + " are FILE.minisig, which minisign verifies: minisign -Vm FILE -P KEY, the key being what"
          + " 'atoll keys show --minisign NAME' prints.",
      ""
    },
    sortOptions = false)
final class SignCommand implements Callable<Integer> {
  private final Manager manager;
  private final PrintStream out;

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "FILE", description = "a scenario (.yaml, .yml), or any other file")
  private Path file;

  @Option(
      names = "--key",
      paramLabel = "NAME",
      description = "a key of yours: atoll keys new NAME (default: ${DEFAULT-VALUE})")
  private String key = "sign";

  @Option(
      names = "--version",
      paramLabel = "N",
      description =
          "of a scenario; where a version has run, no older one does (default: one more than"
              + " FILE.sums has)")
  private Long version;

  SignCommand(Manager manager, PrintStream out) {
    this.manager = manager;
    this.out = out;
  }

  @Override
  public Integer call() {
    if (version != null && version < 1) {
      throw new ParameterException(
          command.commandLine(), "--version %d is none, expected 1 or more".formatted(version));
    }
    SystemSigner.Signature made =
        manager.perform(
            new TrustAction.Sign(
                file, key, version == null ? OptionalLong.empty() : OptionalLong.of(version)));
    out.println(
        made.version() == 0
            ? "signed: " + made.signature()
            : "signed: %s, version %d, %d files"
                .formatted(made.signature(), made.version(), made.pieces()));
    made.open().forEach(part -> out.println("not signed, as the scenario says: " + part));
    return ExitCode.SUCCESS;
  }
}
