package atoll.front;

import atoll.console.CommandPrompt;
import atoll.debug.DebugAddress;
import atoll.host.HostException;
import atoll.image.ByteSize;
import atoll.image.Nearest;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.manager.BalloonReport;
import atoll.manager.BoardAction;
import atoll.manager.DebugAction;
import atoll.manager.LifeAction;
import atoll.manager.Manager;
import atoll.manager.MigrationAction;
import atoll.manager.MigrationReport;
import atoll.manager.SnapshotAction;
import atoll.manager.SnapshotReport;
import atoll.manager.SystemAction;
import atoll.manager.SystemStatistics;
import atoll.manager.VmAction;
import atoll.manager.VmReport;
import atoll.manager.VmStatus;
import atoll.report.OutcomeText;
import atoll.report.ReportLine;
import atoll.scenario.DeviceSpec;
import atoll.scenario.DiskSpec;
import atoll.scenario.Scenario;
import atoll.scenario.TimeAmount;
import atoll.scenario.VmDescription;
import atoll.vmm.BoardPlan;
import atoll.vmm.FrontPanel;
import atoll.vmm.PanelReport;
import atoll.vmm.VcpuReport;
import atoll.vmm.VmException;
import atoll.vmm.WriteSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import picocli.CommandLine.TypeConversionException;

/** The monitor's commands: parses each into a {@link VmAction} and shows what comes of it. */
final class MonitorPrompt implements CommandPrompt {
  private static final TimeSpan SAMPLES =
      new TimeSpan(DebugAction.SampleWrites.SHORTEST, DebugAction.SampleWrites.LONGEST);

  private static final TimeSpan PRESSES =
      new TimeSpan(Duration.ofMillis(1), BoardAction.PressButton.LONGEST);

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
      return MonitorVerb.all();
    }
    Optional<MonitorVerb> verb = MonitorVerb.of(words.getFirst());
    return switch (words.size()) {
      case 2 ->
          verb.filter(MonitorVerb::acts).isPresent()
              ? verb.get() == MonitorVerb.DISK
                  ? List.of(MonitorVerb.RESIZE, MonitorVerb.CHANGE)
                  : List.of(MonitorVerb.REPLACE)
              : verb.filter(MonitorVerb::takesVm).map(any -> names()).orElse(List.of());
      case 3 ->
          verb.filter(MonitorVerb::acts).isPresent()
              ? names()
              : verb.filter(MonitorVerb::onButton).isPresent()
                  ? buttons(words.get(1))
                  : verb.filter(MonitorVerb::takesVcpu)
                      .map(any -> List.of(MonitorVerb.VCPU))
                      .orElse(List.of());
      case 4 ->
          verb.filter(MonitorVerb.LINK::equals).isPresent()
              ? List.of(MonitorVerb.UP, MonitorVerb.DOWN)
              : verb.filter(MonitorVerb.DEVICE::equals).isPresent()
                  ? own(words.get(2))
                  : verb.filter(MonitorVerb::takesVcpu)
                      .map(any -> vcpus(words.get(1)))
                      .orElse(List.of());
      default -> List.of();
    };
  }

  private List<String> names() {
    return system
        .get()
        .map(scenario -> scenario.vms().stream().map(VmDescription::name).toList())
        .orElse(List.of());
  }

  private List<String> buttons(String vm) {
    return system
        .get()
        .flatMap(scenario -> scenario.vm(vm))
        .map(found -> found.panel().buttons().stream().map(FrontPanel.Button::name).toList())
        .orElse(List.of());
  }

  private List<String> own(String vm) {
    return system
        .get()
        .flatMap(scenario -> scenario.vm(vm))
        .map(found -> found.devices().stream().map(DeviceSpec::name).toList())
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
    String end = MonitorVerb.of(words.getFirst()).map(MonitorVerb::end).orElse("it is over");
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
    return MonitorVerb.all();
  }

  /** The same with what may follow. */
  static List<String> usages() {
    return Arrays.stream(MonitorVerb.values()).map(MonitorVerb::usage).toList();
  }

  /**
   * Performs a command. Upper case is as good as lower case: all that can be typed is one or the
   * other.
   *
   * @throws RefusedException if there is no such command, or it cannot be done
   */
  Answer answer(List<String> typed) {
    List<String> words = typed.stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
    Optional<MonitorVerb> verb = MonitorVerb.of(words.getFirst());
    if (verb.isEmpty()) {
      throw new RefusedException(
          "there is no command '%s'%s"
              .formatted(
                  typed.getFirst(),
                  Nearest.to(words.getFirst(), MonitorVerb.all())
                      .map(near -> "; did you mean " + near + "?")
                      .orElse("; help lists them")));
    }
    if (system.get().isEmpty()) {
      throw new RefusedException("the VMs are still being made; try again in a moment");
    }
    try {
      if (words.size() == 3 && verb.get().writes()) {
        return write(verb.get(), words.get(1), new OutputName().convert(typed.get(2)));
      }
      return perform(verb.get(), meant(verb.get(), words, typed));
    } catch (TypeConversionException e) {
      throw new RefusedException(e.getMessage(), e);
    }
  }

  /** The name of a snapshot, the path of a socket, of an image or of a jar is meant as typed. */
  private static List<String> meant(MonitorVerb verb, List<String> words, List<String> typed) {
    int names = verb.caseless(words.size());
    List<String> meant = new ArrayList<>(words);
    for (int i = names; i < meant.size(); i++) {
      meant.set(i, typed.get(i));
    }
    return meant;
  }

  private Answer perform(MonitorVerb verb, List<String> words) {
    if (!verb.fits(words)) {
      throw new RefusedException("expected: " + verb.usage());
    }
    return switch (verb) {
      case HELP -> new Answer(help(), false);
      case LIST -> new Answer(list(describe()), false);
      case REGISTERS -> new Answer(registers(words.get(1)), false);
      case REPORT -> new Answer(report(words.get(1)), false);
      case STATS -> new Answer(stats(words, describe()), false);
      case DIRTY -> dirty(words);
      case LINK -> link(words);
      case POWERDOWN -> powerdown(words.get(1));
      case PRESS -> press(words);
      case HOLD, RELEASE -> hold(words.get(1), words.get(2), verb == MonitorVerb.HOLD);
      case PANEL -> new Answer(panel(words.get(1)), false);
      case DISK -> words.get(1).equals(MonitorVerb.RESIZE) ? resize(words) : change(words);
      case SAVE -> save(words.get(1));
      case MIGRATE -> migrate(words);
      case GDB -> gdb(words);
      case DEVICES -> new Answer(devices(words.get(1)), false);
      case DEVICE -> replace(words);
      case NETWORKS -> new Answer(NetworkText.of(describe().networks()), false);
      case BACK -> new Answer(List.of(), true);
      case QUIT -> {
        quit.run();
        yield new Answer(List.of(), true);
      }
      default -> operate(verb, words);
    };
  }

  private static List<String> help() {
    List<String> lines = new ArrayList<>();
    for (MonitorVerb verb : MonitorVerb.values()) {
      lines.add("%-20s %s".formatted(verb.usage(), verb.help()));
    }
    return lines;
  }

  private SystemStatistics describe() {
    return manager.perform(new SystemAction.DescribeSystem());
  }

  private List<String> registers(String vm) {
    return manager.perform(new DebugAction.ReadRegisters(vm)).stream()
        .flatMap(hart -> hart.toString().lines())
        .toList();
  }

  private List<String> report(String vm) {
    return manager.perform(new DebugAction.Examine(vm)).lines().stream()
        .map(ReportLine::text)
        .toList();
  }

  private Answer operate(MonitorVerb verb, List<String> words) {
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

  private Answer vcpu(MonitorVerb verb, String vm, int vcpu) {
    VmStatus status = manager.perform(vcpuAction(verb, vm, vcpu));
    String what = verb == MonitorVerb.PAUSE ? "is paused" : "is no longer paused by itself";
    return said("vCPU %d of %s %s; %s is %s".formatted(vcpu, vm, what, vm, Words.of(status)));
  }

  private Answer balloon(String vm, long bytes) {
    BalloonReport report = manager.perform(new BoardAction.Balloon(vm, bytes));
    String given =
        "%s is asked for %s and has given %s"
            .formatted(vm, ByteSize.format(report.asked()), ByteSize.format(report.given()));
    return said(report.driven() ? given : given + "; its guest has no balloon driver running");
  }

  private Answer migrate(List<String> words) {
    Duration downtime =
        words.size() == 3 ? new TimeSpan().convert(words.get(2)) : MigrationAction.Migrate.DOWNTIME;
    MigrationReport report =
        manager.perform(
            new MigrationAction.Migrate(
                words.get(1), List.of(), downtime, MigrationAction.Migrate.LIMIT));
    return said(
        "all run at %s, and stood still for %d ms"
            .formatted(words.get(1), report.downtime().toMillis()));
  }

  private Answer save(String name) {
    SnapshotReport saved = manager.perform(new SnapshotAction.SaveSnapshot(name));
    return said(
        "%s is saved, %s of memory; all stood still for %d ms"
            .formatted(saved.name(), ByteSize.rounded(saved.bytes()), saved.pause().toMillis()));
  }

  private Answer link(List<String> words) {
    String vm = words.get(1);
    int nic = number(words.get(2), "a network interface", BoardPlan.MAX_VIRTIO - 1);
    boolean up = words.get(3).equals(MonitorVerb.UP);
    manager.perform(new BoardAction.Link(vm, nic, up));
    return said("network interface %d of %s is %s".formatted(nic, vm, words.get(3)));
  }

  private Answer powerdown(String vm) {
    boolean heard = manager.perform(BoardAction.PressButton.power(vm));
    return said(
        "the power button of %s is pressed%s"
            .formatted(
                vm,
                heard ? "" : "; its guest has no driver for keys, so it has to look at the pin"));
  }

  private Answer press(List<String> words) {
    String vm = words.get(1);
    String button = words.get(2);
    Duration time =
        words.size() == 4 ? PRESSES.convert(words.get(3)) : BoardAction.PressButton.USUAL;
    boolean ignored = manager.perform(new BoardAction.PressButton(vm, button, time));
    return said(
        "button %s of %s is pressed for %s".formatted(button, vm, TimeAmount.inWords(time)));
  }

  private Answer hold(String vm, String button, boolean down) {
    boolean ignored = manager.perform(new BoardAction.HoldButton(vm, button, down));
    return said("button %s of %s is %s".formatted(button, vm, down ? "held" : "let go"));
  }

  private List<String> panel(String vm) {
    PanelReport front = manager.perform(new BoardAction.ReadPanel(vm));
    List<String> lines = new ArrayList<>();
    for (PanelReport.Button button : front.buttons()) {
      lines.add(
          "button %-12s %-4s key %d"
              .formatted(button.name(), button.held() ? "held" : "", button.code()));
    }
    for (PanelReport.Led led : front.leds()) {
      lines.add(
          "led    %-12s %-4s %d changes"
              .formatted(led.name(), led.lit() ? "on" : "off", led.changes()));
    }
    return lines;
  }

  private Answer resize(List<String> words) {
    String vm = words.get(2);
    int disk = number(words.get(3), "a disk", BoardPlan.MAX_VIRTIO - 1);
    long bytes = new MemorySize().convert(words.get(4));
    manager.perform(new BoardAction.GrowDisk(vm, disk, bytes));
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
    manager.perform(new BoardAction.ChangeDisk(vm, disk, to.image(), to.format(), to.readOnly()));
    return said("disk %d of %s is %s now".formatted(disk, vm, to.image()));
  }

  private List<String> devices(String vm) {
    return manager.perform(new BoardAction.ListDevices(vm)).stream()
        .map(device ->
            "%08x %-24s %d reads, %d writes, %d refused%s"
                .formatted(
                    device.base(),
                    device.name(),
                    device.reads(),
                    device.writes(),
                    device.faults(),
                    device.code().map(code -> "; " + code).orElse("")))
        .toList();
  }

  private Answer replace(List<String> words) {
    String vm = words.get(2);
    String device = words.get(3);
    Path jar = Path.of(words.get(4)).toAbsolutePath();
    DeviceSpec.Code code = new DeviceSpec.Code.InJar(jar, words.get(5));
    manager.perform(new BoardAction.ReplaceDevice(vm, device, code));
    return said("device %s of %s is %s now".formatted(device, vm, code.label()));
  }

  private Answer gdb(List<String> words) {
    String where = words.size() == 3 ? words.get(2) : DebugAddress.ANY_PORT;
    return said(
        manager.perform(new DebugAction.ServeDebugger(words.get(1), DebugAddress.usable(where))));
  }

  /** A file's name is meant as it is typed. */
  private Answer write(MonitorVerb verb, String vm, Path file) {
    if (verb == MonitorVerb.SCREENSHOT) {
      return said(ScreenAlbum.take(manager, vm, file));
    }
    manager.perform(new DebugAction.DumpCore(vm, file));
    return said("%s has memory and registers of %s".formatted(file, vm));
  }

  private Answer dirty(List<String> words) {
    String vm = words.get(1);
    Duration period = words.size() == 3 ? SAMPLES.convert(words.get(2)) : Duration.ofSeconds(1);
    WriteSample sample = manager.perform(new DebugAction.SampleWrites(vm, period));
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

  private static VmAction<VmStatus> vmAction(MonitorVerb verb, String vm) {
    return switch (verb) {
      case START -> new LifeAction.Start(vm);
      case STOP -> new LifeAction.Stop(vm);
      case PAUSE -> new LifeAction.Pause(vm);
      case RESUME -> new LifeAction.Resume(vm);
      case RESET -> new LifeAction.Reset(vm);
      default -> throw new IllegalArgumentException(verb + " does not act on a VM");
    };
  }

  private static VmAction<VmStatus> vcpuAction(MonitorVerb verb, String vm, int vcpu) {
    return verb == MonitorVerb.PAUSE
        ? new LifeAction.PauseVcpu(vm, vcpu)
        : new LifeAction.ResumeVcpu(vm, vcpu);
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
