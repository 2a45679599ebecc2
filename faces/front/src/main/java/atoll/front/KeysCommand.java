package atoll.front;

import atoll.keys.SignerRole;
import atoll.manager.KeyAction;
import atoll.manager.KeyList;
import atoll.manager.Manager;
import atoll.manager.TrustAction;
import atoll.manager.VmAction;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll keys}. */
@Command(
    name = "keys",
    header = "Makes and shows keys of hosts and signers, and says whom to trust.",
    description = {
      "",
      "Systems migrate only between hosts that trust each other ('atoll receive', 'atoll migrate')."
          + " Each host has a key of its own; its public half is one word, which 'atoll keys show'"
          + " prints there and 'atoll keys trust' takes at the other host, and the other way round."
          + " Keys are in ~/.config/atoll, private ones in files that nobody else can read.",
      "",
      "A key also signs files and systems ('atoll sign'), and what a host has started ('atoll"
          + " attest'). Whose signatures count here is said by 'atoll keys trust --signer' and"
          + " '--attester'; minisign's keys can be trusted too.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n")
final class KeysCommand implements Runnable {
  private static final String HOST = "host";
  private static final String KEY_NAME = "NAME";
  private static final String SIGNER = "--signer";
  private static final String ATTESTER = "--attester";

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
        "say what to do with keys: new, show, list, trust, forget, versions or reset-version; begin with: atoll keys new");
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
          String name,
      @Option(names = "--minisign", description = "as minisign takes it: minisign -V -P KEY")
          boolean minisign) {
    out.println(
        minisign
            ? manager.perform(new TrustAction.ShowSigner(name))
            : manager.perform(new KeyAction.ShowKey(name)));
    return ExitCode.SUCCESS;
  }

  @Command(
      header = "Lists the keys, and the hosts, signers and attesters that are trusted.",
      sortOptions = false)
  int list() {
    KeyList keys = manager.perform(new KeyAction.ListKeys());
    Map<String, String> signers = manager.perform(new TrustAction.ListSigners(SignerRole.SIGNER));
    Map<String, String> attesters =
        manager.perform(new TrustAction.ListSigners(SignerRole.ATTESTER));
    if (Stream.of(keys.own(), keys.trusted(), signers, attesters).allMatch(Map::isEmpty)) {
      out.println("no keys yet; make one with: atoll keys new");
      return ExitCode.SUCCESS;
    }
    TextTable table = new TextTable("key", "name", "public half");
    add(table, "own", keys.own());
    add(table, "trusted", keys.trusted());
    add(table, "signer", signers);
    add(table, "attester", attesters);
    out.print(table);
    return ExitCode.SUCCESS;
  }

  private static void add(TextTable table, String kind, Map<String, String> keys) {
    keys.forEach((name, key) -> table.row(kind, name, key));
  }

  /** Who is meant: nobody if it is a host. */
  private Optional<SignerRole> role(boolean signer, boolean attester) {
    if (signer && attester) {
      throw new ParameterException(
          command.commandLine(),
          "--signer and --attester are two lists; give one of them, or the command twice");
    }
    return signer
        ? Optional.of(SignerRole.SIGNER)
        : Optional.of(SignerRole.ATTESTER).filter(role -> attester);
  }

  @Command(
      header = "Trusts another host, to and from which systems may move, a signer or an attester.",
      sortOptions = false)
  int trust(
      @Parameters(paramLabel = KEY_NAME, description = "for whom you trust") String name,
      @Parameters(
              paramLabel = "KEY",
              description =
                  "what 'atoll keys show' prints there; of a signer also the last line of a minisign.pub")
          String key,
      @Option(
              names = SIGNER,
              description = "its signatures of files and systems count, and it is no host")
          boolean signer,
      @Option(
              names = ATTESTER,
              description = "its signatures of what was started count, and it is no host")
          boolean attester) {
    manager.perform(
        role(signer, attester)
            .<VmAction<Void>>map(role -> new TrustAction.TrustSigner(role, name, key))
            .orElseGet(() -> new KeyAction.TrustHost(name, key)));
    return ExitCode.SUCCESS;
  }

  @Command(header = "Trusts a host, signer or attester no longer.", sortOptions = false)
  int forget(
      @Parameters(paramLabel = KEY_NAME, description = "by which you trust") String name,
      @Option(names = SIGNER, description = "a signer is meant") boolean signer,
      @Option(names = ATTESTER, description = "an attester is meant") boolean attester) {
    manager.perform(
        role(signer, attester)
            .<VmAction<Void>>map(role -> new TrustAction.ForgetSigner(role, name))
            .orElseGet(() -> new KeyAction.ForgetHost(name)));
    return ExitCode.SUCCESS;
  }

  @Command(
      header = "Lists the newest version of each signed system that has run here.",
      sortOptions = false)
  int versions() {
    Map<String, Long> versions = manager.perform(new TrustAction.ListVersions());
    if (versions.isEmpty()) {
      out.println("no signed system has run here yet");
      return ExitCode.SUCCESS;
    }
    TextTable table = new TextTable("system", ">version");
    versions.forEach((system, version) -> table.row(system, Long.toString(version)));
    out.print(table);
    return ExitCode.SUCCESS;
  }

  @Command(
      name = "reset-version",
      header = "Lets any version of a signed system run next, an older one too.",
      sortOptions = false)
  int resetVersion(
      @Parameters(paramLabel = "SYSTEM", description = "as 'atoll keys versions' names it")
          String system) {
    manager.perform(new TrustAction.ResetVersion(system));
    return ExitCode.SUCCESS;
  }
}
