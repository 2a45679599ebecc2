package atoll.front;

import atoll.console.HostConsole;
import atoll.console.LogFile;
import atoll.console.OutputFile;
import atoll.engine.MmuKind;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.VmReport;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Engines;
import atoll.scenario.Finding;
import atoll.scenario.Guest;
import atoll.scenario.RestartPolicy;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.server.StatisticsJson;
import atoll.vmm.FrontPanel;
import atoll.vmm.VmStatistics;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code atoll run}. */
@Command(
    name = "run",
    header = "Runs a VM on this terminal.",
    description = {
      "",
      "The guest is linux (Debian's kernel with a busybox shell, fetched at first use), debian (a"
          + " whole Debian on a disk of its own, made at first use), an image that you have made,"
          + " hello (a small bare-metal program), or images of your own: --kernel is entered in"
          + " supervisor mode and served by Atoll's SBI, --firmware is entered in machine mode,"
          + " without an SBI from Atoll.",
      "",
      "On a terminal, Ctrl-a x quits and Ctrl-a h helps; everything else reaches the guest.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 the guest switched itself off or you quit, or it printed all that --expect"
          + " looks for; the guest's own failure code, as it is; 2 wrong usage; 120 the guest reset"
          + " itself (reboot or panic) without --reboot; 121 the VM failed; 123 the guest printed"
          + " what --fail looks for, or not all that --expect does; 124 timeout; 125 a problem with"
          + " the host or the configuration; 141 output closed; 128+n signal n."
    },
    sortOptions = false)
final class RunCommand implements Callable<Integer> {
  /** The VM's name in messages. */
  private static final String NAME = "vm";

  private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

  private final Manager manager;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  /** Whose wrong usage what is wrong is. */
  private Supplier<CommandLine> line = () -> command.commandLine();

  @Mixin private final GuestOptions guests;

  @Mixin private final DeviceOptions devices = new DeviceOptions();

  @Mixin private final HartOptions harts = new HartOptions();

  @Option(
      names = "--expect",
      paramLabel = "REGEX",
      converter = PatternArgument.class,
      description =
          "end with 0 once the guest has printed this, and with 123 if it ends before that; may be"
              + " repeated: all must be printed, in the order given")
  private List<Pattern> expected = List.of();

  @Option(
      names = "--fail",
      paramLabel = "REGEX",
      converter = PatternArgument.class,
      description = "end with 123 once the guest has printed this; may be repeated")
  private List<Pattern> forbidden = List.of();

  @Mixin private final SessionOptions session;

  @Mixin private final ScreenOptions screen = new ScreenOptions();

  @Mixin private final PanelOptions panel = new PanelOptions();

  @Mixin private final DebugOptions debug = new DebugOptions();

  @Option(names = "--reboot", description = "start again when the guest resets itself")
  private boolean reboot;

  @Option(
      names = "--virtio-console",
      description =
          "send input to a virtio console (hvc0), which knows the window's size; linux does this"
              + " without the option, unless --append asks for another console")
  private boolean virtioConsole;

  @Option(
      names = "--console-log",
      paramLabel = "FILE[,max=SIZE]",
      converter = LogArgument.Converter.class,
      description =
          "write a copy of what the guest prints; with a limit, FILE and the older FILE.1 keep the"
              + " latest output")
  private LogArgument consoleLog;

  @Option(
      names = "--dump-dtb",
      paramLabel = "FILE",
      description =
          "write the device tree that the guest would find, and do not run it; - is standard output")
  private Path dumpTree;

  @Mixin private final VerifyOptions verify = new VerifyOptions();

  @Mixin private final WarmOption warm = new WarmOption();

  @Mixin private final ReportOptions reports = new ReportOptions();

  RunCommand(
      Manager manager,
      UnaryOperator<String> environment,
      Supplier<HostConsole.Streams> streams,
      ControlOption control,
      PrintStream out,
      PrintStream err) {
    this.manager = manager;
    this.out = out;
    this.err = err;
    session = new SessionOptions(environment, streams, control, out, err);
    guests = new GuestOptions(manager, environment, devices, harts, err, this::usage);
  }

  /**
   * Takes its options from a line without picocli, if that is plain.
   *
   * @param words behind {@code run}
   * @param parser asked for only if something is wrong with them
   * @return false if the line is not plain; this is not to be used then
   */
  boolean read(List<String> words, Supplier<CommandLine> parser) {
    line = parser;
    PlainLine plain = new PlainLine();
    guests.offer(plain);
    devices.offer(plain);
    plain.flag("--reboot", () -> reboot = true);
    harts.offer(plain);
    session.offer(plain);
    warm.offer(plain);
    return plain.read(words, guests::choose);
  }

  @Override
  public Integer call() {
    session.requireSense(line);
    verify.require(guests.unsigned());
    ProgressBar progress = session.progress();
    VmDescription vm = describe(guests.guest(progress, this::requireDistinctFiles));
    requireSense(vm);
    requireDistinctFiles();
    SystemAction.CreateSystem create = create(vm);
    // Its files were looked at when it booted, and are still the same.
    boolean known = dumpTree == null && manager.perform(new SystemAction.IsWarm(create));
    if (!known && !usable(manager.perform(new PlanAction.Check(vm)))) {
      return ExitCode.TROUBLE;
    }
    if (dumpTree != null) {
      dump(vm, progress);
      return ExitCode.SUCCESS;
    }
    session.endReport().open();
    return run(vm, begin(create), progress);
  }

  /** A system on a disk goes on where its user has left it, if he has. */
  private SystemAction.MakeSystem begin(SystemAction.CreateSystem create) {
    if (!guests.onDisk()) {
      return create;
    }
    Optional<Instant> since = manager.perform(new SnapshotAction.FindSuspended(guests.name()));
    if (since.isEmpty()) {
      return create;
    }
    if (!warm.allowed()) {
      manager.perform(new SnapshotAction.DropSuspended(guests.name()));
      return create;
    }
    if (!suspends()) {
      throw new RefusedException(
          "%s is suspended since %s; go on with it at a terminal, or boot it, as after a power failure, with --cold"
              .formatted(guests.name(), MINUTE.format(since.get().atZone(ZoneId.systemDefault()))));
    }
    return new SystemAction.ResumeSystem(
        guests.name(), create.scenario(), create.terminal(), create.reports());
  }

  /** Whether a person has the system, who leaves it and comes back. */
  private boolean suspends() {
    return guests.onDisk()
        && warm.allowed()
        && expected.isEmpty()
        && forbidden.isEmpty()
        && session.onTerminal();
  }

  private SystemAction.CreateSystem create(VmDescription vm) {
    return new SystemAction.CreateSystem(
        verify.of(Scenario.of(vm, devices.networks()).withDebuggers(debug.debuggers())),
        session.terminalKind(),
        Map.of(NAME, reports.files()),
        GuestOptions.LINUX.equals(guests.name()) && warm.allowed() && isWatchedByAPersonAlone());
  }

  /** Whether nothing asks what the boot was like, and a script does not read its messages. */
  private boolean isWatchedByAPersonAlone() {
    return expected.isEmpty()
        && forbidden.isEmpty()
        && !session.endReport().wanted()
        && session.onTerminal();
  }

  /** The one VM of the scenario that the options describe. */
  private VmDescription describe(Guest guest) {
    require(devices.obstacle(guest));
    VmDescription.Builder vm = devices.of(harts.of(VmDescription.builder(NAME, guest)));
    return reports
        .of(vm)
        .display(screen.display())
        .panel(panel(guest))
        .files(filesForGuest())
        .console(virtioConsole ? ConsoleKind.VIRTIO : ConsoleKind.usual(guest))
        .restart(reboot ? RestartPolicy.REBOOT : RestartPolicy.NEVER)
        .consoleLog(unbounded(consoleLog))
        .build();
  }

  private Map<String, Path> filesForGuest() {
    if (devices.haveFiles()) {
      guests.requireFileSystem();
    }
    try {
      return devices.files();
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private FrontPanel panel(Guest guest) {
    try {
      return panel.beside(guest.usualPanel());
    } catch (TypeConversionException e) {
      throw usage(e.getMessage());
    }
  }

  private void dump(VmDescription vm, ProgressBar progress) {
    if (dumpTree.toString().equals(OutputName.STANDARD_OUTPUT)) {
      out.writeBytes(manager.perform(new PlanAction.DescribeTree(vm), progress));
      return;
    }
    try (OutputStream file = OutputFile.open(dumpTree, "the device tree")) {
      file.write(manager.perform(new PlanAction.DescribeTree(vm), progress));
    } catch (IOException e) {
      throw new HostException(
          "the device tree in %s is lost: %s".formatted(dumpTree, HostException.reason(e)), e);
    }
    out.println("wrote " + dumpTree);
  }

  private int run(VmDescription vm, SystemAction.MakeSystem create, ProgressBar progress) {
    ScreenAlbum album = new ScreenAlbum(NAME, screen.shots());
    Map<String, LogFile> logs = new LinkedHashMap<>();
    vm.consoleLog().ifPresent(log -> logs.put(NAME, log));
    return session.run(
        manager,
        new Session(manager, false, suspends() ? Optional.of(guests.name()) : Optional.empty())
            .whenMade(() -> verify.write(manager)),
        create,
        new SessionOptions.Watched(logs, named(expected), named(forbidden), album),
        progress,
        new SessionOptions.Statistics(RunCommand::text, RunCommand::json));
  }

  private static List<VmPattern> named(List<Pattern> patterns) {
    return patterns.stream().map(pattern -> new VmPattern(NAME, pattern)).toList();
  }

  private static Optional<LogFile> unbounded(LogArgument log) {
    return Optional.ofNullable(log).map(given -> given.file(OptionalLong.empty()));
  }

  /** No output replaces another, or what the machine is made from. */
  private void requireDistinctFiles() {
    OutputClaims claims = new OutputClaims(line);
    unbounded(consoleLog).ifPresent(log -> claims.writes("--console-log", log));
    reports.claim(claims);
    if (dumpTree != null && !dumpTree.toString().equals(OutputName.STANDARD_OUTPUT)) {
      claims.writes("--dump-dtb", dumpTree);
    }
    verify.file().ifPresent(file -> claims.writes("--measurements", file));
    devices.claimOutputs(claims);
    screen.shots().forEach(shot -> claims.writes("--screenshot", shot.file()));
    claims.writes("--stats-json", session.endReport().file());
    guests.claimInputs(claims);
    devices.claimInputs(claims);
  }

  private ParameterException usage(String message) {
    return new ParameterException(line.get(), message);
  }

  private void require(Optional<String> obstacle) {
    obstacle.ifPresent(why -> {
      throw usage(why);
    });
  }

  /** Options that each make sense, but not together or not in such numbers. */
  private void requireSense(VmDescription vm) {
    require(screen.obstacle());
    require(verify.obstacle());
    require(debug.obstacle());
    require(devices.excess(vm.mostDisks()));
    if (dumpTree != null
        && dumpTree.toString().equals(OutputName.STANDARD_OUTPUT)
        && session.onTerminal()) {
      throw usage("a device tree is not for a terminal; give a file, or a pipe: | dtc -I dtb");
    }
    require(guests.obstacle(vm.guest()));
    if (vm.mmu().equals(MmuKind.DIRECT.id()) && vm.guest().machineMode()) {
      throw usage(
          "--mmu direct does not go with %s, which is entered in machine mode"
              .formatted(vm.guest().label()));
    }
    if (vm.engine().equals(Engines.INTERPRETER) && reports.onTranslations()) {
      throw usage(
          "the interpreter generates no code to report on; leave out --engine-log and --perf-map");
    }
  }

  /** Says what is wrong with the files, before anything is fetched or a terminal is changed. */
  private boolean usable(List<Finding> findings) {
    for (Finding finding : findings) {
      String option = option(finding.key());
      String place = finding.fatal() ? option.isEmpty() ? "" : option + ": " : "note: ";
      err.println("atoll: " + place + finding.message());
    }
    return findings.stream().noneMatch(Finding::fatal);
  }

  /** The option by which the user has said what a scenario says by a key. */
  private static String option(String key) {
    String word = key.replaceFirst("(?<!symbol)s?(\\[.*)?$", "");
    return word.isEmpty() || word.equals("builtin") ? "" : "--" + word;
  }

  /** That of the one VM. */
  private static VmStatistics statistics(Session.Result result) {
    return result.statistics().vms().stream()
        .map(VmReport::statistics)
        .findFirst()
        .orElse(VmStatistics.NONE);
  }

  private static String text(Session.Result result) {
    return StatisticsText.of(statistics(result), result.statistics().elapsed());
  }

  private static String json(Session.Result result) {
    Ending ending = result.ending();
    return StatisticsJson.of(
        statistics(result),
        ending.name(),
        ending.code(),
        result.statistics().elapsed(),
        result.statistics().networks());
  }
}
