package atoll.front;

import atoll.backend.HostConsole;
import atoll.host.Clock;
import atoll.manager.ConsoleKind;
import atoll.manager.Engines;
import atoll.manager.Guest;
import atoll.manager.GuestProgram;
import atoll.manager.MachineSpec;
import atoll.manager.Manager;
import atoll.manager.ManagerException;
import atoll.manager.MmuTechniques;
import atoll.manager.Nearest;
import atoll.manager.VmAction;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll run}. */
@Command(
    name = "run",
    header = "Runs a machine on this terminal.",
    description = {
      "",
      "The guest is linux (Debian's kernel with a busybox shell, fetched at first use), hello (a small"
          + " bare-metal program), or images of your own: --kernel is entered in supervisor mode and"
          + " served by Atoll's SBI, --firmware is entered in machine mode and served by nothing.",
      "",
      "On a terminal, Ctrl-a x quits and Ctrl-a h helps; everything else reaches the guest.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 the guest switched itself off or you quit; the guest's own failure code, as it is;"
          + " 2 wrong usage; 120 the guest reset itself (reboot or panic) without --reboot; 121 the"
          + " machine failed; 124 timeout; 125 host or configuration; 141 output closed; 128+n signal n."
    },
    sortOptions = false)
final class RunCommand implements Callable<Integer> {
  private static final String LINUX = "linux";
  private static final String HELLO = "hello";

  private final Manager manager;
  private final Clock clock;
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  @Parameters(arity = "0..1", paramLabel = "GUEST", description = "linux or hello")
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
      defaultValue = "",
      description = "kernel command line; added to that of linux")
  private String append;

  @Option(
      names = "--firmware",
      paramLabel = "FILE",
      description = "ELF file or raw bytes for the base of RAM")
  private Path firmware;

  @Option(
      names = "--dtb",
      paramLabel = "FILE",
      description = "device tree in place of the generated one")
  private Path deviceTree;

  @Option(
      names = "--disk",
      paramLabel = "FILE[,ro]",
      converter = DiskArgument.class,
      description = "raw image as a virtio disk; may be repeated")
  private List<MachineSpec.DiskSpec> disks = List.of();

  @Option(
      names = "--cpus",
      paramLabel = "N",
      defaultValue = "1",
      description = "harts, 1 to 8 (default: ${DEFAULT-VALUE})")
  private int cpus;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "512M",
      converter = MemorySize.class,
      description = "RAM, such as 512M or 1G (default: ${DEFAULT-VALUE})")
  private long memory;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = Engines.AUTO,
      description = "auto, translator or interpreter (default: ${DEFAULT-VALUE})")
  private String engine;

  @Option(
      names = "--mmu",
      paramLabel = "NAME",
      defaultValue = MmuTechniques.AUTO,
      description =
          "how addresses are translated: auto, folded, vtlb, shadow, nested or direct (default: ${DEFAULT-VALUE})")
  private String mmu;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = TimeSpan.class,
      description = "stop after a time such as 60s or 5m, with exit code 124")
  private Duration timeout;

  @Option(names = "--reboot", description = "start again when the guest resets itself")
  private boolean reboot;

  @Option(
      names = "--virtio-console",
      description =
          "input goes to a virtio console (hvc0), which knows the window's size; so for linux, unless --append asks for another console")
  private boolean virtioConsole;

  @Option(
      names = "--console-log",
      paramLabel = "FILE",
      description = "copy of what the guest prints")
  private Path consoleLog;

  @Option(
      names = "--dump-dtb",
      paramLabel = "FILE",
      description = "write the device tree that the guest would find, and do not run it")
  private Path dumpTree;

  @Mixin private EndReport endReport;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "every instruction with the registers it changed (slow, large)")
  private Path trace;

  @Option(
      names = "--engine-log",
      paramLabel = "FILE",
      description = "at the end, write where the guest's time went: the translator's hottest code")
  private Path engineLog;

  @Option(
      names = "--perf-map",
      description = "at the end, write /tmp/perf-<pid>.map, by which Linux's perf names guest code")
  private boolean perfMap;

  @Option(
      names = "--mirror",
      paramLabel = "URL",
      description = "Debian mirror for linux (default: $ATOLL_MIRROR, or APT's)")
  private String mirror;

  RunCommand(
      Manager manager,
      Clock clock,
      UnaryOperator<String> environment,
      PrintStream out,
      PrintStream err) {
    this.manager = manager;
    this.clock = clock;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    MachineSpec machine =
        new MachineSpec(guest(), memory, cpus, engine, mmu, disks, reboot, reports());
    requireFiles();
    ProgressBar progress = new ProgressBar(err, HostConsole.atTerminal());
    if (dumpTree != null) {
      var describe = new VmAction.DescribeTree(machine, virtioConsole(machine), progress);
      Files.write(dumpTree, manager.perform(describe));
      out.println("wrote " + dumpTree);
      return ExitCode.SUCCESS;
    }
    return run(machine, progress);
  }

  private int run(MachineSpec machine, ProgressBar progress)
      throws IOException, InterruptedException {
    Session session = new Session(manager, clock);
    OrderlyStop stop = OrderlyStop.begin(session::signalled);
    try {
      Session.Result result =
          session.run(
              machine,
              virtioConsole(machine),
              Optional.ofNullable(timeout),
              Optional.ofNullable(consoleLog),
              progress);
      report(result);
      return result.ending().code();
    } finally {
      stop.reported();
    }
  }

  private boolean virtioConsole(MachineSpec machine) {
    return virtioConsole || ConsoleKind.usual(machine.guest()) == ConsoleKind.VIRTIO;
  }

  private MachineSpec.Reports reports() {
    return new MachineSpec.Reports(
        Optional.ofNullable(trace), Optional.ofNullable(engineLog), perfMap);
  }

  private Guest guest() {
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
            "say what to run: atoll run linux, atoll run hello, or --kernel FILE or --firmware FILE");
      }
      return new Guest.Custom(images);
    }
    return switch (guest) {
      case LINUX ->
          new Guest.Linux(
              Optional.ofNullable(mirror), new TerminalKind(environment).name(), images);
      case HELLO -> hello(images);
      default -> throw usage(noGuest());
    };
  }

  private Guest hello(Guest.Images images) {
    if (!images.equals(Guest.Images.none())) {
      throw usage(
          "hello brings its own image; leave out --kernel, --firmware, --initrd, --dtb, --append");
    }
    return new Guest.Program(GuestProgram.HELLO, "");
  }

  private String noGuest() {
    if (Files.exists(Path.of(guest))) {
      return "'%s' is a file; say what it is with --kernel %s or --firmware %s"
          .formatted(guest, guest, guest);
    }
    return "there is no guest '%s'%s; choose linux or hello, or name images with --kernel or --firmware"
        .formatted(
            guest,
            Nearest.to(guest, List.of(LINUX, HELLO))
                .map(name -> " (did you mean " + name + "?)")
                .orElse(""));
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** Before anything is fetched or a terminal is changed. */
  private void requireFiles() {
    Stream.concat(
            Stream.of(kernel, initrd, firmware, deviceTree),
            disks.stream().map(MachineSpec.DiskSpec::file))
        .filter(file -> file != null && !Files.isReadable(file))
        .findFirst()
        .ifPresent(file -> {
          throw new ManagerException(
              Files.exists(file)
                  ? file + " may not be read; check its permissions"
                  : file + " does not exist; check the path");
        });
  }

  private void report(Session.Result result) throws IOException {
    Ending ending = result.ending();
    endReport.write(
        ending.message(),
        () -> StatisticsText.of(result.statistics(), result.elapsed()),
        () ->
            StatisticsJson.of(result.statistics(), ending.name(), ending.code(), result.elapsed()),
        out,
        err);
  }
}
