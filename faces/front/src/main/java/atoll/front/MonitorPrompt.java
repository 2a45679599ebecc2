package atoll.front;

import atoll.console.CommandPrompt;
import atoll.debug.DebugAddress;
import atoll.host.HostException;
import atoll.image.ByteSize;
import atoll.image.Nearest;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.manager.BalloonReport;
import atoll.manager.Manager;
import atoll.manager.SnapshotReport;
import atoll.manager.SystemStatistics;
import atoll.manager.VmAction;
import atoll.manager.VmReport;
import atoll.manager.VmStatus;
import atoll.scenario.DiskSpec;
import atoll.scenario.Scenario;
import atoll.scenario.TimeAmount;
import atoll.scenario.VmDescription;
import atoll.server.OutcomeText;
import atoll.vmm.BoardPlan;
import atoll.vmm.VcpuReport;
import atoll.vmm.VmException;
import atoll.vmm.WriteSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import picocli.CommandLine.TypeConversionException;

/** The monitor's commands: parses each into a {@link VmAction} and shows what comes of it. */
final class MonitorPrompt implements CommandPrompt {
  private static final String VCPU = "vcpu";
  private static final String UP = "up";
  private static final String DOWN = "down";
  private static final String RESIZE = "resize";
  private static final String CHANGE = "change";
  private static final TimeSpan SAMPLES =
      new TimeSpan(VmAction.SampleWrites.SHORTEST, VmAction.SampleWrites.LONGEST);

  /** What takes another word behind the VM. */
  private static final Set<Verb> NEEDING_MORE =
      EnumSet.of(Verb.BALLOON, Verb.LINK, Verb.DISK, Verb.SCREENSHOT, Verb.DUMP);

  /** What writes a file. */
  private static final Set<Verb> WRITING = EnumSet.of(Verb.SCREENSHOT, Verb.DUMP);

  /** What can be typed first, with the words that may follow. */
  private enum Verb {
    START("VM", "starts a VM that is not running", "it has started"),
    STOP("VM", "ends a VM", "it has ended"),
    PAUSE("VM [vcpu N]", "pauses a VM, or one of its vCPUs", "it stands still"),
    RESUME("VM [vcpu N]", "resumes it"),
    RESET("VM", "restarts a VM from its images", "it has started again"),
    REGISTERS("VM", "shows the registers of a paused VM's vCPUs"),
    DUMP("VM FILE", "writes a paused VM into an ELF core, which gdb opens", "the core is written"),
    BALLOON("VM SIZE", "asks a VM with paged memory to give this much back to the host"),
    DIRTY(
        "VM [TIME]",
        "finds out how much memory a VM writes to in a second, or in TIME",
        "the time is over"),
    LINK(
        "VM NIC up|down",
        "plugs the cable of a network interface in, or pulls it out",
        "the cable is in or out"),
    DISK(
        "resize|change VM DISK SIZE|IMAGE[,ro][,format=FORMAT]",
        "makes a disk larger, or puts another image in its place, and tells the guest",
        "the disk has its new size, or its new image"),
    SCREENSHOT(
        "VM FILE", "writes what a VM's display shows into a PNG file", "the picture is written"),
    SAVE(
        "NAME",
        "saves all VMs, their memory and disks, to go on from: atoll restore NAME",
        "all is saved"),
    GDB(
        "VM [ADDRESS]",
        "lets gdb debug a VM, at a port that is free or at ADDRESS",
        "gdb can come"),
    NETWORKS("", "shows what has passed over the networks", "this is shown"),
    LIST("", "shows the VMs, their states and their vCPUs"),
    STATS("[VM]", "shows what they have done"),
    HELP("", "shows this help"),
    BACK("", "goes back to the console, as Ctrl-d does"),
    QUIT("", "ends everything");

    private final String words;
    private final String help;
    private final String end;

    Verb(String words, String help) {
      this(words, help, "there is an answer");
    }

    /**
     * @param end until when it may have to wait
     */
    Verb(String words, String help, String end) {
      this.words = words;
      this.help = help;
      this.end = end;
    }

    String word() {
      return Words.of(this);
    }

    boolean takesVm() {
      return words.contains("VM");
    }

    boolean needsVm() {
      return words.startsWith("VM");
    }

    boolean takesVcpu() {
      return words.contains(VCPU);
    }

    static List<String> all() {
      return IntStream.range(0, values().length).mapToObj(i -> values()[i].word()).toList();
    }
  }

  private final Manager manager;
  private final Supplier<Optional<Scenario>> system;
  private final Runnable quit;

  /**
   * @param system what the VMs to operate are made from, once they are there
   * @param quit ends everything; returns at once
   */
  MonitorPrompt(Manager manager, Supplier<Optional<Scenario>> system, Runnable quit) {
    this.manager = manager;
    this.system = system;
    this.quit = quit;
  }

  @Override
  public String greeting() {
    return "Atoll's monitor: help lists the commands, Tab completes, Ctrl-d goes back.";
  }

  @Override
  public List<String> candidates(List<String> words) {
    if (words.size() == 1) {
      return Verb.all();
    }
    Optional<Verb> verb = verb(words.getFirst());
    return switch (words.size()) {
      case 2 ->
          verb.filter(Verb.DISK::equals).isPresent()
              ? List.of(RESIZE, CHANGE)
              : verb.filter(Verb::takesVm).map(any -> names()).orElse(List.of());
      case 3 ->
          verb.filter(Verb.DISK::equals).isPresent()
              ? names()
              : verb.filter(Verb::takesVcpu).map(any -> List.of(VCPU)).orElse(List.of());
      case 4 ->
          verb.filter(Verb.LINK::equals).isPresent()
              ? List.of(UP, DOWN)
              : verb.filter(Verb::takesVcpu).map(any -> vcpus(words.get(1))).orElse(List.of());
      default -> List.of();
    };
  }

  private static Optional<Verb> verb(String word) {
    int index = Verb.all().indexOf(word.toLowerCase(Locale.ROOT));
    return index < 0 ? Optional.empty() : Optional.of(Verb.values()[index]);
  }

  private List<String> names() {
    return system
        .get()
        .map(scenario -> scenario.vms().stream().map(VmDescription::name).toList())
        .orElse(List.of());
  }

  private List<String> vcpus(String vm) {
    return system
        .get()
        .flatMap(scenario -> scenario.vm(vm))
        .map(found -> IntStream.range(0, found.vcpus()).mapToObj(Integer::toString).toList())
        .orElse(List.of());
  }

  @Override
  public String waiting(List<String> words) {
    String end = verb(words.getFirst()).map(verb -> verb.end).orElse("it is over");
    return "waiting until %s; Ctrl-c ends the wait".formatted(end);
  }

  @Override
  public Answer perform(List<String> typed) {
    try {
      return answer(typed);
    } catch (RefusedException | VmException | HostException e) {
      return said(e.getMessage());
    }
  }

  /** What can be typed first. */
  static List<String> words() {
    return Verb.all();
  }

  /** The same with what may follow. */
  static List<String> usages() {
    return Arrays.stream(Verb.values()).map(MonitorPrompt::usage).toList();
  }

  /**
   * Performs a command. Upper case is as good as lower case: all that can be typed is one or the
   * other.
   *
   * @throws RefusedException if there is no such command, or it cannot be done
   */
  Answer answer(List<String> typed) {
    List<String> words = typed.stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
    Optional<Verb> verb = verb(words.getFirst());
    if (verb.isEmpty()) {
      throw new RefusedException(
          "there is no command '%s'%s"
              .formatted(
                  typed.getFirst(),
                  Nearest.to(words.getFirst(), Verb.all())
                      .map(near -> "; did you mean " + near + "?")
                      .orElse("; help lists them")));
    }
    if (system.get().isEmpty()) {
      throw new RefusedException("the VMs are still being made; try again in a moment");
    }
    try {
      if (words.size() == 3 && WRITING.contains(verb.get())) {
        return write(verb.get(), words.get(1), new OutputName().convert(typed.get(2)));
      }
      return perform(verb.get(), meant(verb.get(), words, typed));
    } catch (TypeConversionException e) {
      throw new RefusedException(e.getMessage(), e);
    }
  }

  /** The name of a snapshot, the path of a socket or of an image is meant as it is typed, too. */
  private static List<String> meant(Verb verb, List<String> words, List<String> typed) {
    int names =
        switch (verb) {
          case SAVE -> 1;
          case GDB -> 2;
          case DISK -> 4;
          default -> words.size();
        };
    List<String> meant = new ArrayList<>(words);
    for (int i = names; i < meant.size(); i++) {
      meant.set(i, typed.get(i));
    }
    return meant;
  }

  private Answer perform(Verb verb, List<String> words) {
    if (!wellFormed(verb, words)) {
      throw new RefusedException("expected: " + usage(verb));
    }
    return switch (verb) {
      case HELP -> new Answer(help(), false);
      case LIST -> new Answer(list(describe()), false);
      case REGISTERS -> new Answer(registers(words.get(1)), false);
      case STATS -> new Answer(stats(words, describe()), false);
      case DIRTY -> dirty(words);
      case LINK -> link(words);
      case DISK -> words.get(1).equals(RESIZE) ? resize(words) : change(words);
      case SAVE -> save(words.get(1));
      case GDB -> gdb(words);
      case NETWORKS -> new Answer(NetworkText.of(describe().networks()), false);
      case BACK -> new Answer(List.of(), true);
      case QUIT -> {
        quit.run();
        yield new Answer(List.of(), true);
      }
      default -> operate(verb, words);
    };
  }

  private static boolean wellFormed(Verb verb, List<String> words) {
    return switch (words.size()) {
      case 1 -> !verb.needsVm() && verb != Verb.DISK && verb != Verb.SAVE;
      case 2 -> verb == Verb.SAVE || verb.takesVm() && !NEEDING_MORE.contains(verb);
      case 3 -> verb == Verb.BALLOON || verb == Verb.DIRTY || verb == Verb.GDB;
      case 4 ->
          verb == Verb.LINK
              ? List.of(UP, DOWN).contains(words.get(3))
              : verb.takesVcpu() && words.get(2).equals(VCPU);
      case 5 -> verb == Verb.DISK && List.of(RESIZE, CHANGE).contains(words.get(1));
      default -> false;
    };
  }

  private static String usage(Verb verb) {
    return (verb.word() + " " + verb.words).strip();
  }

  private static List<String> help() {
    List<String> lines = new ArrayList<>();
    for (Verb verb : Verb.values()) {
      lines.add("%-20s %s".formatted(usage(verb), verb.help));
    }
    return lines;
  }

  private SystemStatistics describe() {
    return manager.perform(new VmAction.DescribeSystem());
  }

  private List<String> registers(String vm) {
    return manager.perform(new VmAction.ReadRegisters(vm)).stream()
        .flatMap(hart -> hart.toString().lines())
        .toList();
  }

  private Answer operate(Verb verb, List<String> words) {
    String vm = words.get(1);
    return switch (words.size()) {
      case 4 -> vcpu(verb, vm, number(words.get(3), "a vCPU", BoardPlan.MAX_HARTS - 1));
      case 3 -> balloon(vm, amount(words.get(2)));
      default -> said(vm + " is " + Words.of(manager.perform(vmAction(verb, vm))));
    };
  }

  /** The VM knows which of these numbers it has. */
  private static int number(String word, String what, int most) {
    if (!word.matches("\\d{1,9}")) {
      throw new TypeConversionException(
          "'%s' is not the number of %s; give a whole number from 0 to %d"
              .formatted(word, what, most));
    }
    return Integer.parseInt(word);
  }

  /** What a balloon is to take; nothing needs no unit. */
  private static long amount(String word) {
    return word.equals("0") ? 0 : new MemorySize().convert(word);
  }

  private Answer vcpu(Verb verb, String vm, int vcpu) {
    VmStatus status = manager.perform(vcpuAction(verb, vm, vcpu));
    String what = verb == Verb.PAUSE ? "is paused" : "is no longer paused by itself";
    return said("vCPU %d of %s %s; %s is %s".formatted(vcpu, vm, what, vm, Words.of(status)));
  }

  private Answer balloon(String vm, long bytes) {
    BalloonReport report = manager.perform(new VmAction.Balloon(vm, bytes));
    String given =
        "%s is asked for %s and has given %s"
            .formatted(vm, ByteSize.format(report.asked()), ByteSize.format(report.given()));
    return said(report.driven() ? given : given + "; its guest has no balloon driver running");
  }

  private Answer save(String name) {
    SnapshotReport saved = manager.perform(new VmAction.SaveSnapshot(name));
    return said(
        "%s is saved, %s of memory; all stood still for %d ms"
            .formatted(saved.name(), ByteSize.rounded(saved.bytes()), saved.pause().toMillis()));
  }

  private Answer link(List<String> words) {
    String vm = words.get(1);
    int nic = number(words.get(2), "a network interface", BoardPlan.MAX_VIRTIO - 1);
    boolean up = words.get(3).equals(UP);
    manager.perform(new VmAction.Link(vm, nic, up));
    return said("network interface %d of %s is %s".formatted(nic, vm, words.get(3)));
  }

  private Answer resize(List<String> words) {
    String vm = words.get(2);
    int disk = number(words.get(3), "a disk", BoardPlan.MAX_VIRTIO - 1);
    long bytes = new MemorySize().convert(words.get(4));
    manager.perform(new VmAction.GrowDisk(vm, disk, bytes));
    return said("disk %d of %s has %s".formatted(disk, vm, ByteSize.format(bytes)));
  }

  private Answer change(List<String> words) {
    String vm = words.get(2);
    int disk = number(words.get(3), "a disk", BoardPlan.MAX_VIRTIO - 1);
    DiskSpec to = new DiskArgument().convert(words.get(4));
    if (to.pci() || to.limits().any()) {
      throw new RefusedException(
          "a disk keeps its place and its limits; give its new image without pci, iops and bps");
    }
    manager.perform(new VmAction.ChangeDisk(vm, disk, to.image(), to.format(), to.readOnly()));
    return said("disk %d of %s is %s now".formatted(disk, vm, to.image()));
  }

  private Answer gdb(List<String> words) {
    String where = words.size() == 3 ? words.get(2) : DebugAddress.ANY_PORT;
    return said(
        manager.perform(new VmAction.ServeDebugger(words.get(1), DebugAddress.usable(where))));
  }

  /** A file's name is meant as it is typed. */
  private Answer write(Verb verb, String vm, Path file) {
    if (verb == Verb.SCREENSHOT) {
      return said(ScreenAlbum.take(manager, vm, file));
    }
    manager.perform(new VmAction.DumpCore(vm, file));
    return said("%s has memory and registers of %s".formatted(file, vm));
  }

  private Answer dirty(List<String> words) {
    String vm = words.get(1);
    Duration period = words.size() == 3 ? SAMPLES.convert(words.get(2)) : Duration.ofSeconds(1);
    WriteSample sample = manager.perform(new VmAction.SampleWrites(vm, period));
    return said(
        "%s has written to %d pages of RAM and %d of windows, %s in all, in %s: %s a second"
            .formatted(
                vm,
                sample.ramPages(),
                sample.windowPages(),
                ByteSize.rounded(sample.bytes()),
                TimeAmount.inWords(period),
                ByteSize.rounded(sample.bytesPerSecond())));
  }

  private static VmAction<VmStatus> vmAction(Verb verb, String vm) {
    return switch (verb) {
      case START -> new VmAction.Start(vm);
      case STOP -> new VmAction.Stop(vm);
      case PAUSE -> new VmAction.Pause(vm);
      case RESUME -> new VmAction.Resume(vm);
      case RESET -> new VmAction.Reset(vm);
      default -> throw new IllegalArgumentException(verb + " does not act on a VM");
    };
  }

  private static VmAction<VmStatus> vcpuAction(Verb verb, String vm, int vcpu) {
    return verb == Verb.PAUSE
        ? new VmAction.PauseVcpu(vm, vcpu)
        : new VmAction.ResumeVcpu(vm, vcpu);
  }

  private static List<String> list(SystemStatistics now) {
    List<String> lines = new ArrayList<>();
    for (VmReport vm : now.vms()) {
      lines.add(
          "%-12s %-10s %4d restarts%s"
              .formatted(
                  vm.name(),
                  Words.of(vm.status()),
                  vm.restarts(),
                  vm.last().map(end -> "; last " + OutcomeText.of(end)).orElse("")));
      for (VcpuReport vcpu : vm.vcpus()) {
        lines.add(
            "  vcpu %d on CPU %d: %s"
                .formatted(vcpu.number(), vcpu.pcpu(), Words.of(vcpu.state())));
      }
      SystemText.disks(vm).forEach(disk -> lines.add("  " + disk));
    }
    return lines;
  }

  private List<String> stats(List<String> words, SystemStatistics now) {
    if (words.size() == 1) {
      return SystemText.of(now).lines().toList();
    }
    String name = words.get(1);
    return now.vms().stream()
        .filter(vm -> vm.name().equals(name))
        .findFirst()
        .map(vm -> SystemText.of(vm, now.elapsed()).lines().toList())
        .orElseThrow(() ->
            new RefusedException(
                "there is no VM '%s'%s".formatted(name, Words.nearestOf(name, names()))));
  }

  private static Answer said(String line) {
    return new Answer(List.of(line), false);
  }
}
