package atoll.front;

import atoll.manager.Manager;
import atoll.manager.TrustAction;
import atoll.server.ControlClient;
import atoll.server.ControlClient.RefusalException;
import atoll.server.ControlCommand;
import atoll.trust.Attestation;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll attest}. */
@Command(
    name = "attest",
    header = "Asks a system what it was started from, and checks the answer.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n")
final class AttestCommand implements Runnable {
  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  AttestCommand(
      Manager manager, UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(), "say what to do, for example: atoll attest check FILE");
  }

  @Command(
      header = "Asks a verified system that runs for its measurements, signed by its host.",
      sortOptions = false)
  int ask(
      @Parameters(paramLabel = "FILE", description = "gets the log; FILE.minisig its signature")
          Path file,
      @Option(
              names = "--nonce",
              paramLabel = "NONCE",
              required = true,
              description = "a word that was never used, such as of: openssl rand -hex 16")
          String nonce,
      @Option(
              names = "--control",
              paramLabel = "PATH",
              description =
                  "the control socket of the system; otherwise the one system that runs is meant")
          Path control) {
    SystemFinder finder = new SystemFinder(environment);
    try (ControlClient client = finder.connect(Optional.ofNullable(control))) {
      Object answer = client.ask(ControlCommand.ATTEST.request(List.of(nonce)));
      if (answer instanceof Map<?, ?> fields
          && fields.get("log") instanceof String log
          && fields.get("signature") instanceof String signature) {
        VerifyOptions.write(file, new Attestation.Quote(log, signature));
        out.println(
            "wrote %s and its signature; check it with: atoll attest check".formatted(file));
        return ExitCode.SUCCESS;
      }
      err.println("atoll: the system gave no log and signature; is it of another version?");
      return ExitCode.REFUSED;
    } catch (RefusalException e) {
      err.println("atoll: " + e.getMessage());
      return ExitCode.REFUSED;
    }
  }

  @Command(
      header = "Checks a log and its signature, and compares it with a signed scenario.",
      footer = {
        "",
        "Exit codes: 0 all is as it should be; 1 the log is of something else; 125 it is no log that somebody has signed whom you trust."
      },
      sortOptions = false)
  int check(
      @Parameters(paramLabel = "FILE", description = "the log; FILE.minisig is its signature")
          Path file,
      @Option(
              names = "--scenario",
              paramLabel = "FILE",
              description = "compare with what was signed of this one (FILE.sums)")
          Path scenario,
      @Option(
              names = "--attester",
              paramLabel = "NAME",
              description = "whose host it must be, as you call the attester")
          String attester,
      @Option(names = "--nonce", paramLabel = "NONCE", description = "the word that you asked with")
          String nonce) {
    List<String> differences =
        manager.perform(
            new TrustAction.CheckQuote(
                file,
                Optional.ofNullable(scenario),
                Optional.ofNullable(attester),
                Optional.ofNullable(nonce)));
    differences.forEach(difference -> err.println("atoll: " + difference));
    if (differences.isEmpty()) {
      out.println(
          scenario == null
              ? "the log is whole and signed"
              : "the log is whole and signed, and of what was signed of " + scenario);
    }
    return differences.isEmpty() ? ExitCode.SUCCESS : ExitCode.REFUSED;
  }
}
