package atoll.front;

import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code atoll disk}. */
@Command(
    name = "disk",
    header = "Makes, shows, converts and checks disk images.",
    description = {"", "Options are those of qemu-img, where it has them.", ""},
    synopsisSubcommandLabel = "COMMAND")
final class DiskCommand implements Runnable {
  @Spec private CommandSpec command;

  /** The command with its own commands. */
  static CommandLine line(
      Manager manager, UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    return new CommandLine(new DiskCommand())
        .addSubcommand(new DiskCreateCommand(manager, out))
        .addSubcommand(new DiskInfoCommand(manager, out))
        .addSubcommand(new DiskConvertCommand(manager, environment, err))
        .addSubcommand(new DiskResizeCommand(manager, out))
        .addSubcommand(new DiskCheckCommand(manager, out, err))
        .addSubcommand(new DiskCommitCommand(manager, environment, out, err))
        .addSubcommand(new DiskRebaseCommand(manager, environment, err))
        .addSubcommand(new DiskMapCommand(manager, out, err))
        .addSubcommand(new DiskSnapshotCommand(manager, out))
        .addSubcommand(new DiskServeCommand(manager, out, err));
  }

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(),
        "say what to do with a disk: create, info, convert, resize, check, commit, rebase, map, snapshot or"
            + " serve");
  }
}
