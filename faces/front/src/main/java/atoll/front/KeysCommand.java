package atoll.front;

import atoll.manager.KeyAction;
import atoll.manager.KeyList;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll keys}. */
@Command(
    name = "keys",
    header = "Makes and shows keys by which hosts know each other, and says whom to trust.",
    description = {
      "",
      "Systems migrate only between hosts that trust each other ('atoll receive', 'atoll migrate')."
          + " Each host has a key of its own; its public half is one word, which 'atoll keys show'"
          + " prints there and 'atoll keys trust' takes at the other host, and the other way round."
          + " Keys are in ~/.config/atoll, private ones in files that nobody else can read.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n")
final class KeysCommand implements Runnable {
  private static final String HOST = "host";
  private static final String KEY_NAME = "NAME";

  private final Manager manager;
  private final PrintStream out;

  @Spec private CommandSpec command;

  KeysCommand(Manager manager, PrintStream out) {
    this.manager = manager;
    this.out = out;
  }

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(),
        "say what to do with keys: new, show, list, trust or forget; begin with: atoll keys new");
  }

  @Command(name = "new", header = "Makes a key.", sortOptions = false)
  int make(
      @Parameters(
              paramLabel = KEY_NAME,
              arity = "0..1",
              defaultValue = HOST,
              description =
                  "of the key; host is the one that other hosts know this one by (default: ${DEFAULT-VALUE})")
          String name) {
    out.println(manager.perform(new KeyAction.MakeKey(name)));
    return ExitCode.SUCCESS;
  }

  @Command(header = "Prints the public half of a key, for other hosts.", sortOptions = false)
  int show(
      @Parameters(
              paramLabel = KEY_NAME,
              arity = "0..1",
              defaultValue = HOST,
              description = "of the key (default: ${DEFAULT-VALUE})")
          String name) {
    out.println(manager.perform(new KeyAction.ShowKey(name)));
    return ExitCode.SUCCESS;
  }

  @Command(header = "Lists the keys, and the hosts that are trusted.", sortOptions = false)
  int list() {
    KeyList keys = manager.perform(new KeyAction.ListKeys());
    if (keys.own().isEmpty() && keys.trusted().isEmpty()) {
      out.println("no keys yet; make one with: atoll keys new");
      return ExitCode.SUCCESS;
    }
    TextTable table = new TextTable("key", "name", "public half");
    add(table, "own", keys.own());
    add(table, "trusted", keys.trusted());
    out.print(table);
    return ExitCode.SUCCESS;
  }

  private static void add(TextTable table, String kind, Map<String, String> keys) {
    keys.forEach((name, key) -> table.row(kind, name, key));
  }

  @Command(
      header = "Trusts another host, to which systems may go and from which they may come.",
      sortOptions = false)
  int trust(
      @Parameters(paramLabel = KEY_NAME, description = "for that host") String name,
      @Parameters(paramLabel = "KEY", description = "what 'atoll keys show' prints there")
          String key) {
    manager.perform(new KeyAction.TrustHost(name, key));
    return ExitCode.SUCCESS;
  }

  @Command(header = "Trusts a host no longer.", sortOptions = false)
  int forget(@Parameters(paramLabel = KEY_NAME, description = "of that host") String name) {
    manager.perform(new KeyAction.ForgetHost(name));
    return ExitCode.SUCCESS;
  }
}
