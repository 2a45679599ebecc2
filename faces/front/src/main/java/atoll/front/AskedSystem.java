package atoll.front;

import atoll.server.ControlClient;
import atoll.server.ControlClient.RefusalException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/** Which of the systems that run a command is about. */
final class AskedSystem {
  @Option(
      names = "--control",
      paramLabel = "PATH",
      description = "the control socket of the system; otherwise the one system that runs is meant")
  private Path control;

  /**
   * Has something asked of it.
   *
   * @param question what to ask; says what the command exits with
   * @param err gets why the system has refused
   * @throws atoll.host.HostException if the system cannot be reached
   */
  int ask(UnaryOperator<String> environment, PrintStream err, Question question) {
    try (ControlClient client =
        new SystemFinder(environment).connect(Optional.ofNullable(control))) {
      return question.ask(client);
    } catch (RefusalException e) {
      err.println("atoll: " + e.getMessage());
      return ExitCode.REFUSED;
    }
  }

  /** What is asked. */
  interface Question {
    /**
     * Asks, and shows the answer.
     *
     * @return what the command exits with
     */
    int ask(ControlClient client) throws RefusalException;
  }
}
