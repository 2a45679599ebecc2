package atoll.front;

import atoll.console.HostConsole;
import atoll.console.LogFile;
import atoll.console.OutputFile;
import atoll.engine.MmuKind;
import atoll.host.HostException;
import atoll.image.DataFolder;
import atoll.image.GuestProgram;
import atoll.image.Nearest;
import atoll.image.RefusedException;
import atoll.image.UserDisk;
import atoll.manager.Manager;
import atoll.manager.VmAction;
import atoll.manager.VmReport;
import atoll.scenario.ConsoleKind;
import atoll.scenario.DiskSpec;
import atoll.scenario.Engines;
import atoll.scenario.Finding;
import atoll.scenario.FwCfgSpec;
import atoll.scenario.Guest;
import atoll.scenario.NetworkDescription;
import atoll.scenario.RecipeReader;
import atoll.scenario.RestartPolicy;
import atoll.scenario.Scenario;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import atoll.scenario.VsockDescription;
import atoll.server.StatisticsJson;
import atoll.vmm.FrontPanel;
import atoll.vmm.VmStatistics;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code atoll run}. One file, though long, since a third of it is options, a field each. */
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
  private static final String NO_WORDS = "";

  static final String LINUX = "linux";
  static final String HELLO = "hello";

  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final Supplier<HostConsole.Streams> streams;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  /** Whose wrong usage what is wrong is. */
  private Supplier<CommandLine> line = () -> command.commandLine();

  @Parameters(
      arity = "0..1",
      paramLabel = "GUEST",
      completionCandidates = GuestNames.class,
      description = "linux, debian, hello, or an image that you have made")
  private String guest;

  @Option(
      names = "--kernel",
      paramLabel = "FILE",
      description = "Linux Image (with or without EFI stub, may be packed) or ELF file")
  private Path kernel;

  @Option(names = "--initrd", paramLabel = "FILE", description = "initial RAM disk")
  private Path initrd;

  @Option(
      names = "--append",
      paramLabel = "WORDS",
      defaultValue = NO_WORDS,
      description = "kernel command line; added to that of linux")
  private String append;

  @Option(
      names = "--firmware",
      paramLabel = "FILE",
      description = "ELF file or raw bytes for the base of RAM")
  private Path firmware;

  @Mixin private final UefiOptions uefi = new UefiOptions();

  @Option(
      names = "--fw-cfg",
      paramLabel = "name=NAME,file=FILE|string=TEXT",
      converter = FwCfgArgument.class,
      description =
          "what firmware and the guest can read by a name, such as name=opt/org.example/key,string=1; may be repeated")
  private List<FwCfgSpec> fwCfg = List.of();

  @Option(
      names = "--dtb",
      paramLabel = "FILE",
      description = "device tree in place of the generated one")
  private Path deviceTree;

  @Option(
      names = "--disk",
      paramLabel = "FILE[,ro][,format=F][,pci][,iops=N][,bps=SIZE]",
      converter = DiskArgument.class,
      description =
          "image, or address of an NBD export, as a virtio disk, raw or qcow2 as its first bytes or format= say, read-only or on PCI Express if it says so; may be repeated")
  private List<DiskSpec> disks = List.of();

  @Option(
      names = "--share",
      paramLabel = "DIR[,tag=NAME][,ro][,at=PATH]",
      converter = ShareArgument.class,
      description =
          "a folder of the host for the guest (9p, read-only with ro); linux and images mount it at /mnt/NAME, or at PATH; may be repeated")
  private List<ShareSpec> shares = List.of();

  @Option(
      names = "--net",
      paramLabel = "user|tap[,OPTION...]",
      converter = NetArgument.Converter.class,
      description =
          "a network interface; user reaches the outside by the host's sockets, and takes"
              + " forward=2222:22, restrict; tap goes by an interface of the host, name=tap0;"
              + " both take mac=, mtu=, rate=, capture=FILE; may be repeated")
  private List<NetArgument> nets = List.of();

  @Option(
      names = "--vsock",
      paramLabel = "socket=PATH[,cid=N]",
      converter = VsockArgument.class,
      description =
          "streams between the guest and programs of the host: these connect to PATH and say CONNECT"
              + " PORT, or listen at PATH_PORT for the guest")
  private VsockDescription vsock;

  @Option(
      names = "--file",
      paramLabel = "GUEST=HOST",
      converter = FileArgument.Converter.class,
      description =
          "put a file of the host into the initial RAM disk, such as /root/test.sh=test.sh; may be"
              + " repeated")
  private List<FileArgument> files = List.of();

  @Mixin private final HartOptions harts = new HartOptions();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = TimeSpan.class,
      description = "stop after a time such as 60s or 5m, with exit code 124")
  private Duration timeout;

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

  @Mixin private final ScreenOptions screen = new ScreenOptions();

  @Mixin private final PanelOptions panel = new PanelOptions();

  @Mixin private final DebugOptions debug = new DebugOptions();

  @Mixin private final InputOption input = new InputOption();

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

  @Mixin private final ControlOption control;

  @Mixin private final WarmOption warm = new WarmOption();

  @Mixin private final CodeOption code = new CodeOption();

  @Mixin private final EndReport endReport = new EndReport();

  @Mixin private final ReportOptions reports = new ReportOptions();

  @Option(
      names = "--fresh",
      description = "of an image: begin with a new copy; what was on its disk is lost")
  private boolean fresh;

  @Option(
      names = "--isolated",
      description =
          "of an image: without the network and the shared folder that it has otherwise, other than those that --net and --share give it")
  private boolean isolated;

  @Mixin private final MirrorOptions mirror = new MirrorOptions();

  RunCommand(
      Manager manager,
      UnaryOperator<String> environment,
      Supplier<HostConsole.Streams> streams,
      ControlOption control,
      PrintStream out,
      PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.streams = streams;
    this.control = control;
    this.out = out;
    this.err = err;
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
    plain.value("--append", NO_WORDS, value -> value, value -> append = value);
    plain.values("--net", new NetArgument.Converter(), values -> nets = values);
    plain.value("--timeout", new TimeSpan(), value -> timeout = value);
    plain.flag("--reboot", () -> reboot = true);
    harts.offer(plain);
    input.offer(plain);
    warm.offer(plain);
    return plain.read(words, value -> guest = value);
  }

  @Override
  public Integer call() {
    control.requireSense(line);
    ProgressBar progress = ProgressBar.on(err, environment);
    VmDescription vm = describe(guest(progress));
    requireSense(vm);
    requireDistinctFiles();
    VmAction.CreateSystem create = create(vm);
    // Its files were looked at when it booted, and are still the same.
    boolean known = dumpTree == null && manager.perform(new VmAction.IsWarm(create));
    if (!known && !usable(manager.perform(new VmAction.Check(vm)))) {
      return ExitCode.TROUBLE;
    }
    if (dumpTree != null) {
      dump(vm, progress);
      return ExitCode.SUCCESS;
    }
    endReport.open();
    return run(vm, begin(create), progress);
  }

  /** A system on a disk goes on where its user has left it, if he has. */
  private VmAction.MakeSystem begin(VmAction.CreateSystem create) {
    if (!onDisk()) {
      return create;
    }
    Optional<Instant> since = manager.perform(new VmAction.FindSuspended(guest));
    if (since.isEmpty()) {
      return create;
    }
    if (!warm.allowed()) {
      manager.perform(new VmAction.DropSuspended(guest));
      return create;
    }
    if (!suspends()) {
      throw new RefusedException(
          "%s is suspended since %s; go on with it at a terminal, or boot it, as after a power failure, with --cold"
              .formatted(guest, MINUTE.format(since.get().atZone(ZoneId.systemDefault()))));
    }
    return new VmAction.ResumeSystem(guest, create.scenario(), create.terminal(), create.reports());
  }

  /** Whether a person has the system, who leaves it and comes back. */
  private boolean suspends() {
    return onDisk()
        && warm.allowed()
        && expected.isEmpty()
        && forbidden.isEmpty()
        && streams.get().terminal();
  }

  private VmAction.CreateSystem create(VmDescription vm) {
    return new VmAction.CreateSystem(
        Scenario.of(vm, networks()).withDebuggers(debug.debuggers()),
        new TerminalKind(environment).name(),
        Map.of(NAME, reports.files()),
        LINUX.equals(guest) && warm.allowed() && isWatchedByAPersonAlone());
  }

  /** Whether nothing asks what the boot was like, and a script does not read its messages. */
  private boolean isWatchedByAPersonAlone() {
    return expected.isEmpty()
        && forbidden.isEmpty()
        && !endReport.wanted()
        && streams.get().terminal();
  }

  /** The one VM of the scenario that the options describe. */
  private VmDescription describe(Guest guest) {
    requireTags(guest);
    return reports
        .of(harts.of(VmDescription.builder(NAME, guest)))
        .disks(disks)
        .shares(shares)
        .nics(IntStream.range(0, nets.size()).mapToObj(n -> nets.get(n).nic(n)).toList())
        .display(screen.display())
        .vsock(Optional.ofNullable(vsock))
        .panel(panel(guest))
        .files(filesForGuest())
        .fwCfg(distinct(fwCfg))
        .console(virtioConsole ? ConsoleKind.VIRTIO : ConsoleKind.usual(guest))
        .restart(reboot ? RestartPolicy.REBOOT : RestartPolicy.NEVER)
        .consoleLog(unbounded(consoleLog))
        .build();
  }

  private FrontPanel panel(Guest guest) {
    try {
      return panel.beside(guest.usualPanel());
    } catch (TypeConversionException e) {
      throw usage(e.getMessage());
    }
  }

  private List<FwCfgSpec> distinct(List<FwCfgSpec> items) {
    Set<String> names = new HashSet<>();
    items.stream()
        .filter(item -> !names.add(item.name()))
        .findFirst()
        .ifPresent(item -> {
          throw usage("--fw-cfg %s is given twice; give each name once".formatted(item.name()));
        });
    return items;
  }

  private void dump(VmDescription vm, ProgressBar progress) {
    if (dumpTree.toString().equals(OutputName.STANDARD_OUTPUT)) {
      out.writeBytes(manager.perform(new VmAction.DescribeTree(vm), progress));
      return;
    }
    try (OutputStream file = OutputFile.open(dumpTree, "the device tree")) {
      file.write(manager.perform(new VmAction.DescribeTree(vm), progress));
    } catch (IOException e) {
      throw new HostException(
          "the device tree in %s is lost: %s".formatted(dumpTree, HostException.reason(e)), e);
    }
    out.println("wrote " + dumpTree);
  }

  private int run(VmDescription vm, VmAction.MakeSystem create, ProgressBar progress) {
    ScreenAlbum album = new ScreenAlbum(NAME, screen.shots());
    Map<String, LogFile> logs = new LinkedHashMap<>();
    vm.consoleLog().ifPresent(log -> logs.put(NAME, log));
    code.tell(manager);
    return new Session(manager, false, suspends() ? Optional.of(guest) : Optional.empty())
        .run(
            create,
            new Session.Connection(
                streams,
                Optional.ofNullable(timeout),
                logs,
                named(expected),
                named(forbidden),
                input.atEnd(),
                album,
                control),
            progress,
            this::report);
  }

  private List<NetworkDescription> networks() {
    return IntStream.range(0, nets.size()).mapToObj(n -> nets.get(n).network(n)).toList();
  }

  private static List<VmPattern> named(List<Pattern> patterns) {
    return patterns.stream().map(pattern -> new VmPattern(NAME, pattern)).toList();
  }

  private static Optional<LogFile> unbounded(LogArgument log) {
    return Optional.ofNullable(log).map(given -> given.file(OptionalLong.empty()));
  }

  private Map<String, Path> filesForGuest() {
    boolean none = guest == null ? initrd == null && !uefi.given() : HELLO.equals(guest);
    if (!files.isEmpty() && none) {
      throw usage(
          guest == null
              ? "there is no initial RAM disk to put files into; give --initrd too"
              : guest + " has no file system; leave out --file");
    }
    try {
      return FileArgument.byGuestPath(files);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /** No output replaces another, or what the machine is made from. */
  private void requireDistinctFiles() {
    OutputClaims claims = new OutputClaims(line);
    unbounded(consoleLog).ifPresent(log -> claims.writes("--console-log", log));
    reports.claim(claims);
    if (dumpTree != null && !dumpTree.toString().equals(OutputName.STANDARD_OUTPUT)) {
      claims.writes("--dump-dtb", dumpTree);
    }
    nets.forEach(net -> claims.writes("--net", net.capture().orElse(null)));
    screen.shots().forEach(shot -> claims.writes("--screenshot", shot.file()));
    claims.writes("--stats-json", endReport.file());
    claims.reads("--kernel", kernel);
    claims.reads("--initrd", initrd);
    claims.reads("--firmware", firmware);
    claims.reads("--dtb", deviceTree);
    uefi.claim(claims);
    fwCfg.forEach(item -> claims.reads("--fw-cfg", item.file().orElse(null)));
    disks.forEach(disk -> disk.image().file().ifPresent(file -> claims.reads("--disk", file)));
    files.forEach(file -> claims.reads("--file", file.host()));
  }

  private Guest guest(ProgressBar progress) {
    if (mirror.given()
        && !uefi.given()
        && !LINUX.equals(guest)
        && !RecipeReader.DEBIAN.equals(guest)) {
      throw usage(
          "only linux, debian and the firmware of --uefi are fetched from a mirror; leave out --mirror and --mirror-key");
    }
    if (uefi.given() && !onDisk()) {
      return inFlash();
    }
    Guest.Images images =
        new Guest.Images(
            Optional.ofNullable(kernel),
            Optional.ofNullable(firmware),
            Optional.ofNullable(initrd),
            Optional.ofNullable(deviceTree),
            append);
    if (guest == null) {
      if (kernel == null && firmware == null) {
        throw usage(
            "say what to run: atoll run linux, atoll run debian, atoll run hello, --kernel FILE,"
                + " --firmware FILE, or --disk FILE --uefi");
      }
      return new Guest.Custom(images);
    }
    return switch (guest) {
      case LINUX -> new Guest.Linux(mirror.choice(), new TerminalKind(environment).name(), images);
      case HELLO -> hello(images);
      default -> installed(images, progress);
    };
  }

  /** Firmware in flash has no use for what it finds on a disk. */
  private Guest inFlash() {
    if (guest != null) {
      throw usage(
          "--uefi starts what is on a disk, and not %s; leave one of the two out, and give a disk with --disk FILE"
              .formatted(guest));
    }
    return inFlash(uefi.variables(), List.of());
  }

  /**
   * The same for a disk that is known.
   *
   * @param variables the user's or the disk's own file
   * @param keys that may log in
   */
  private Guest inFlash(Optional<Path> variables, List<Path> keys) {
    Map<String, Boolean> others = new LinkedHashMap<>();
    others.put("--kernel", kernel != null);
    others.put("--firmware", firmware != null);
    others.put("--initrd", initrd != null);
    others.put("--dtb", deviceTree != null);
    others.put("--append", !append.isEmpty());
    String given =
        others.entrySet().stream()
            .filter(Map.Entry::getValue)
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    if (!given.isEmpty()) {
      throw usage(
          "UEFI firmware starts what is on a disk, which brings kernel and command line; leave out "
              + given);
    }
    return new Guest.Uefi(mirror.choice(), uefi.code(), variables, keys);
  }

  /** A system on the disk that belongs to an image; the image that comes with Atoll is made. */
  private Guest installed(Guest.Images own, ProgressBar progress) {
    boolean there = hasImage(guest);
    if (!there && !guest.equals(RecipeReader.DEBIAN)) {
      throw usage(noGuest());
    }
    if (firmware != null || deviceTree != null) {
      throw usage("%s is entered by its kernel; leave out --firmware, --dtb".formatted(guest));
    }
    requireDistinctFiles();
    if (!there) {
      manager.perform(
          new VmAction.BuildImage(
              RecipeReader.debian(),
              mirror.choice(),
              false,
              harts.engine(),
              VmAction.BuildImage.CPUS),
          progress);
    }
    UserDisk disk = manager.perform(new VmAction.OpenDisk(guest, fresh), progress);
    List<DiskSpec> all = new ArrayList<>(disks);
    all.addFirst(new DiskSpec(disk.disk(), false));
    disks = all;
    if (!isolated) {
      comfort();
    }
    List<Path> keys = SshKeys.of(System.getProperty("user.home"));
    if (disk.uefi()) {
      return inFlash(uefi.variables().or(() -> Optional.of(disk.variables())), keys);
    }
    if (uefi.given()) {
      throw usage(
          "%s is entered by its kernel; leave out --uefi, or make an image whose recipe has boot: uefi"
              .formatted(guest));
    }
    Guest.Images images =
        new Guest.Images(
            own.kernel().or(() -> Optional.of(disk.kernel())),
            Optional.empty(),
            own.initrd().or(() -> Optional.of(disk.initramfs())),
            Optional.empty(),
            append);
    return new Guest.Installed(guest, new TerminalKind(environment).name(), images, keys);
  }

  /** Gives what the user did not ask for. */
  private void comfort() {
    Comforts comforts = new Comforts();
    if (nets.isEmpty()) {
      nets = List.of(comforts.network());
    }
    List<ShareSpec> all = new ArrayList<>(shares);
    comforts
        .folder(DataFolder.locate(environment, System::getProperty), shares)
        .ifPresent(all::add);
    shares = all;
    comforts.told().ifPresent(words -> err.println("atoll: " + guest + ": " + words));
  }

  /** Whether the guest is a system on a disk of its own, made from an image. */
  private boolean onDisk() {
    return guest != null && !guest.equals(LINUX) && !guest.equals(HELLO);
  }

  private boolean hasImage(String name) {
    return manager.perform(new VmAction.HasImage(name));
  }

  private Guest hello(Guest.Images images) {
    if (!images.equals(Guest.Images.none())) {
      throw usage(
          "hello brings its own image; leave out --kernel, --firmware, --initrd, --dtb, --append");
    }
    return new Guest.Program(GuestProgram.HELLO, "");
  }

  private String noGuest() {
    if (guest.matches(".*\\.ya?ml")) {
      return "'%s' is a file; of a recipe make an image: atoll image build %s, of a scenario run its VMs: atoll up %s"
          .formatted(guest, guest, guest);
    }
    if (Files.exists(Path.of(guest))) {
      return "'%s' is a file; say what it is with --kernel %s or --firmware %s"
          .formatted(guest, guest, guest);
    }
    return "there is no guest '%s'%s; choose linux, debian or hello, an image that 'atoll image list' shows, or name image files with --kernel or --firmware"
        .formatted(
            guest,
            Nearest.to(guest, GuestNames.ALL)
                .map(name -> " (did you mean " + name + "?)")
                .orElse(""));
  }

  private ParameterException usage(String message) {
    return new ParameterException(line.get(), message);
  }

  /** Options that each make sense, but not together or not in such numbers. */
  private void requireSense(VmDescription vm) {
    screen
        .obstacle()
        .or(debug::obstacle)
        .ifPresent(why -> {
          throw usage(why);
        });
    int most = vm.mostDisks();
    if (disks.size() + shares.size() > most) {
      throw usage(
          "%d %s are given, expected at most %d beside the other devices"
              .formatted(
                  disks.size() + shares.size(),
                  shares.isEmpty() ? "disks" : "disks and folders",
                  most));
    }
    if (dumpTree != null
        && dumpTree.toString().equals(OutputName.STANDARD_OUTPUT)
        && streams.get().terminal()) {
      throw usage("a device tree is not for a terminal; give a file, or a pipe: | dtc -I dtb");
    }
    if (fresh && !onDisk()) {
      throw usage("%s has no disk of its own; leave out --fresh".formatted(vm.guest().label()));
    }
    if (isolated && !onDisk()) {
      throw usage(
          "%s has only the network and folders that are asked for; leave out --isolated"
              .formatted(vm.guest().label()));
    }
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

  /** A guest knows a folder by its tag. */
  private void requireTags(Guest of) {
    Set<String> tags = new HashSet<>();
    shares.stream()
        .filter(share -> !tags.add(share.tag()))
        .findFirst()
        .ifPresent(share -> {
          throw usage(
              "the tag %s is given to two folders; name one, as in --share %s,tag=other"
                  .formatted(share.tag(), share.folder()));
        });
    if (!of.mounts() && shares.stream().anyMatch(share -> share.at().isPresent())) {
      throw usage(
          "only linux and systems on disks mount folders by themselves; leave out at=, and mount it"
              + " in the guest");
    }
  }

  private void report(Session.Result result) {
    Ending ending = result.ending();
    Duration elapsed = result.statistics().elapsed();
    VmStatistics statistics =
        result.statistics().vms().stream()
            .map(VmReport::statistics)
            .findFirst()
            .orElse(VmStatistics.NONE);
    endReport.write(
        result,
        () -> StatisticsText.of(statistics, elapsed),
        () ->
            StatisticsJson.of(
                statistics, ending.name(), ending.code(), elapsed, result.statistics().networks()),
        out,
        err,
        environment.apply("TERM"));
  }
}
