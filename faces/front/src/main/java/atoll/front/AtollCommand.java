package atoll.front;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code atoll} without a command. */
@Command(
    name = "atoll",
    header = "Atoll, a microkernel hypervisor on the JVM.",
    commandListHeading = "%nCommands:%n",
    footer = {"", "Try: atoll run hello, then: atoll run linux. Each command has --help."},
    synopsisSubcommandLabel = "COMMAND")
final class AtollCommand implements Runnable {
  @Spec private CommandSpec command;

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(), "say what to do, for example: atoll run hello, or: atoll help");
  }
}
