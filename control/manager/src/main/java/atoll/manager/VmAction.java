package atoll.manager;

import atoll.debug.DebugAddress;
import atoll.debug.DebugTarget;
import atoll.disk.CheckReport;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.DiskMap;
import atoll.disk.ImageInfo;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.image.ImageFiles;
import atoll.image.ImagePull;
import atoll.image.LinuxImages;
import atoll.image.MirrorChoice;
import atoll.image.Recipe;
import atoll.image.RefusedException;
import atoll.image.UefiFirmware;
import atoll.image.UserDisk;
import atoll.nbd.NbdServer;
import atoll.report.CrashReport;
import atoll.scenario.DeviceSpec;
import atoll.scenario.Engines;
import atoll.scenario.Finding;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.TimeAmount;
import atoll.scenario.VmDescription;
import atoll.snapshot.SnapshotInfo;
import atoll.vmm.FrontPanel;
import atoll.vmm.Outcome;
import atoll.vmm.PanelReport;
import atoll.vmm.WriteSample;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Everything that the manager can be asked to do: its whole interface towards command lines,
 * servers and programs, which parse into one of these and show the result. Actions and results are
 * values. What happens meanwhile and afterwards is told as {@link Event}s.
 *
 * <p>A VM is named as its scenario names it. A manager has one system at a time: the one that
 * {@link CreateSystem} has made last.
 *
 * @param <R> what comes of it
 */
public sealed interface VmAction<R> {
  /**
   * Makes the plan of a scenario, without starting anything.
   *
   * @param file a YAML file; {@link ScenarioException} says all that is wrong with it
   */
  record Plan(Path file) implements VmAction<ScenarioPlan> {
    public Plan {
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * Looks at the files that a VM is to be made from: what is wrong with each, and what the user may
   * want to know. Nothing is fetched or made.
   */
  record Check(VmDescription vm) implements VmAction<List<Finding>> {
    public Check {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /** The device tree blob that a VM without channels would find, without running it. */
  record DescribeTree(VmDescription vm) implements VmAction<byte[]> {
    public DescribeTree {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /** Makes a system, whose VMs are ready to start. */
  sealed interface MakeSystem extends VmAction<Void>
      permits CreateSystem, RestoreSystem, ResumeSystem, ForkSystem, TakeArrival {
    /** What it is made from. */
    Scenario scenario();
  }

  /**
   * Makes the VMs of a scenario ready to start.
   *
   * @param terminal the kind of terminal that shells talk to, as in {@code $TERM}
   * @param reports what is written about VMs, by name
   * @param warm whether it may go on from a snapshot of an earlier boot of the same, and leave one
   */
  record CreateSystem(
      Scenario scenario, String terminal, Map<String, ReportFiles> reports, boolean warm)
      implements MakeSystem {
    public CreateSystem {
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }

    /** One that boots. */
    public CreateSystem(Scenario scenario, String terminal, Map<String, ReportFiles> reports) {
      this(scenario, terminal, reports, false);
    }
  }

  /**
   * Whether systems that are made from now on take translated code of earlier runs, and keep theirs
   * for later ones.
   */
  record KeepTranslations(boolean keep) implements VmAction<Void> {}

  /** Whether a system, if it were created now, would go on from a snapshot of an earlier boot. */
  record IsWarm(CreateSystem system) implements VmAction<Boolean> {
    public IsWarm {
      Objects.requireNonNull(system, "system");
    }
  }

  /**
   * Saves the system as it is, with its memory and its disks; it goes on all the same, after a
   * moment in which it stands still.
   *
   * @param name of the snapshot; one of that name is replaced
   */
  record SaveSnapshot(String name) implements VmAction<SnapshotReport> {
    public SaveSnapshot {
      Objects.requireNonNull(name, "name");
    }
  }

  /** From what a system was made that has been saved, its VMs with their disks. */
  record ReadSnapshot(String name) implements VmAction<Scenario> {
    public ReadSnapshot {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Looks whether a snapshot was made of a scenario that is still the same, with all files that it
   * is made from.
   *
   * @return why not, in a few words; empty if so
   */
  record FitSnapshot(String name, Scenario scenario) implements VmAction<Optional<String>> {
    public FitSnapshot {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(scenario, "scenario");
    }
  }

  /**
   * Makes a system that goes on where one was saved, once it is started. What it writes to its
   * disks from then on is gone when it is closed, unless it is saved again.
   *
   * @param name of the snapshot
   * @param scenario as {@link ReadSnapshot} has it; VMs may have other engines, for example, but
   *     not another shape
   * @param terminal as {@link CreateSystem} has it
   * @param reports as {@link CreateSystem} has them
   */
  record RestoreSystem(
      String name, Scenario scenario, String terminal, Map<String, ReportFiles> reports)
      implements MakeSystem {
    public RestoreSystem {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }
  }

  /**
   * Has the system be as it is, to go on later with its disks as they are: its VMs end where they
   * stand, and the system has only to be closed. If that cannot be, they go on.
   *
   * @param image by whose name the system was run
   */
  record SuspendSystem(String image) implements VmAction<Void> {
    public SuspendSystem {
      Objects.requireNonNull(image, "image");
    }
  }

  /** Since when the system that was run by an image's name is suspended; nothing if it is not. */
  record FindSuspended(String image) implements VmAction<Optional<Instant>> {
    public FindSuspended {
      Objects.requireNonNull(image, "image");
    }
  }

  /** Forgets what was in the memory of such a system, if it is suspended; its disk stays. */
  record DropSuspended(String image) implements VmAction<Void> {
    public DropSuspended {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * Makes the system that was suspended, which goes on once it is started.
   *
   * @param scenario as it was; what its guest does not see may be another
   * @param terminal as {@link CreateSystem} has it
   * @param reports as {@link CreateSystem} has them
   */
  record ResumeSystem(
      String image, Scenario scenario, String terminal, Map<String, ReportFiles> reports)
      implements MakeSystem {
    public ResumeSystem {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }
  }

  /**
   * The scenario of copies of a saved system, side by side: each of its VMs with the copy's number
   * behind its name.
   *
   * @param copies from 1 to {@link #MOST}
   */
  record ReadForks(String name, int copies) implements VmAction<Scenario> {
    /** Most copies of a system. */
    public static final int MOST = Forks.MOST;

    public ReadForks {
      Objects.requireNonNull(name, "name");
      Forks ignored = new Forks(copies);
    }
  }

  /**
   * Makes copies of a saved system, which all go on where it was saved, once they are started. They
   * share its memory as long as they do not change it.
   *
   * @param name of the snapshot
   * @param copies as {@link ReadForks} has them
   * @param scenario as {@link ReadForks} has it; VMs may have other engines, but not another shape
   * @param terminal as {@link CreateSystem} has it
   * @param reports as {@link CreateSystem} has them
   */
  record ForkSystem(
      String name, int copies, Scenario scenario, String terminal, Map<String, ReportFiles> reports)
      implements MakeSystem {
    public ForkSystem {
      Objects.requireNonNull(name, "name");
      Forks ignored = new Forks(copies);
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }
  }

  /** Lets the VMs run that start by themselves, services first; once. */
  record StartSystem() implements VmAction<Void> {}

  /** Ends all VMs of a system for good, if there is one; returns without waiting for that. */
  record StopSystem() implements VmAction<Void> {}

  /**
   * Waits until every VM that has run has ended by itself, or the system has been stopped.
   *
   * @return false if that is not so after {@code limit}
   */
  record AwaitSystem(Duration limit) implements VmAction<Boolean> {
    public AwaitSystem {
      Objects.requireNonNull(limit, "limit");
    }
  }

  /** Ends all VMs of a system, waits for that, and gives everything back. */
  record CloseSystem() implements VmAction<SystemEnd> {}

  /** What a system and each of its VMs have done and are doing, with their devices. */
  record DescribeSystem() implements VmAction<SystemStatistics> {}

  /** How long the platform's time has gone on; it stands still while all of it is paused. */
  record TellTime() implements VmAction<Duration> {}

  /**
   * Has {@link Event.AlarmRang} told once so much more of the platform's time has gone by.
   *
   * @param alarm by which it is told and cancelled; one of that number is forgotten
   * @param after up to {@link #MOST}
   */
  record SetAlarm(long alarm, Duration after) implements VmAction<Void> {
    /** The longest time. */
    public static final Duration MOST = Duration.ofDays(36_500);

    public SetAlarm {
      if (after.isNegative() || after.compareTo(MOST) > 0) {
        throw new RefusedException(
            "a time to wait is 0 to %d days, not %s".formatted(MOST.toDays(), after));
      }
    }
  }

  /** Forgets an alarm that has not rung yet, or does nothing. */
  record CancelAlarm(long alarm) implements VmAction<Void> {}

  /** Starts a VM that does not run, from its images. */
  record Start(String vm) implements VmAction<VmStatus> {}

  /** Ends a VM, and waits for that. */
  record Stop(String vm) implements VmAction<VmStatus> {}

  /** Holds a VM, its devices too, and waits until it stands still. */
  record Pause(String vm) implements VmAction<VmStatus> {}

  /** Lets a paused VM go on. */
  record Resume(String vm) implements VmAction<VmStatus> {}

  /**
   * Plugs a cable of a VM in, or pulls it out; the guest is told.
   *
   * @param nic the number of the network interface, from 0
   */
  record Link(String vm, int nic, boolean up) implements VmAction<Void> {
    public Link {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Makes a disk of a VM larger; the guest, if it runs, is told.
   *
   * @param disk the number of the disk, from 0
   * @param bytes in all
   */
  record GrowDisk(String vm, int disk, long bytes) implements VmAction<Void> {
    public GrowDisk {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Puts another image in the place of a disk's, for this and all later lives of a VM; the guest,
   * if it runs, is told that its disk has another size.
   *
   * @param disk the number of the disk, from 0
   * @param readOnly whether it is only read; a disk that a guest has found writable cannot be, and
   *     one that it has found read-only is in any case
   */
  record ChangeDisk(
      String vm, int disk, DiskLocation image, Optional<DiskFormat> format, boolean readOnly)
      implements VmAction<Void> {
    public ChangeDisk {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(format, "format");
    }
  }

  /** The picture that a VM's display shows. */
  record TakeScreenshot(String vm) implements VmAction<Screenshot> {
    public TakeScreenshot {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Presses a button at a VM's front, and lets it go after a time, in which the VM may be paused or
   * end.
   *
   * @param time of the platform's
   * @return whether the guest has a driver running for the device whose keys the buttons are; one
   *     that looks at their pins needs none
   */
  record PressButton(String vm, String button, Duration time) implements VmAction<Boolean> {
    /** How long a press takes of which nobody says it. */
    public static final Duration USUAL = Duration.ofMillis(100);

    /** The longest time. */
    public static final Duration LONGEST = Duration.ofHours(1);

    public PressButton {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(button, "button");
      if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
        throw new RefusedException(
            "a button is pressed for up to %s, not for %s; hold it for longer"
                .formatted(TimeAmount.inWords(LONGEST), TimeAmount.inWords(time)));
      }
    }

    /** A press of the power button, on which an operating system ends its machine. */
    public static PressButton power(String vm) {
      return new PressButton(vm, FrontPanel.POWER, USUAL);
    }
  }

  /**
   * Presses a button at a VM's front and holds it, or lets it go.
   *
   * @return as {@link PressButton}
   */
  record HoldButton(String vm, String button, boolean down) implements VmAction<Boolean> {
    public HoldButton {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(button, "button");
    }
  }

  /** Which buttons are held at a VM's front, and which LEDs are lit. */
  record ReadPanel(String vm) implements VmAction<PanelReport> {
    public ReadPanel {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /** Restarts a VM from its images, as its reset button would. */
  record Reset(String vm) implements VmAction<VmStatus> {}

  /** Holds a single vCPU, which may still be leaving guest code afterwards. */
  record PauseVcpu(String vm, int vcpu) implements VmAction<VmStatus> {}

  /** Lets a single vCPU go on. */
  record ResumeVcpu(String vm, int vcpu) implements VmAction<VmStatus> {}

  /**
   * Asks the guest of a VM with paged memory to give the host so many bytes in all; it may take its
   * time.
   */
  record Balloon(String vm, long bytes) implements VmAction<BalloonReport> {}

  /**
   * Finds out how much of its memory a VM writes to within a time, and waits for that.
   *
   * @param period {@link #SHORTEST} to {@link #LONGEST}
   */
  record SampleWrites(String vm, Duration period) implements VmAction<WriteSample> {
    /** The shortest time that a sample can take. */
    public static final Duration SHORTEST = Duration.ofMillis(1);

    /** The longest time that a sample can take. */
    public static final Duration LONGEST = Duration.ofSeconds(60);

    public SampleWrites {
      Objects.requireNonNull(vm, "vm");
      if (period.compareTo(SHORTEST) < 0 || period.compareTo(LONGEST) > 0) {
        throw new RefusedException(
            "writes are sampled for %s to %s, not for %s"
                .formatted(
                    TimeAmount.inWords(SHORTEST),
                    TimeAmount.inWords(LONGEST),
                    TimeAmount.inWords(period)));
      }
    }
  }

  /** The registers of each vCPU of a VM that is paused. */
  record ReadRegisters(String vm) implements VmAction<List<Outcome.HartReport>> {}

  /**
   * Bytes of a VM's memory; they may change meanwhile unless it is paused.
   *
   * @param gpa guest-physical address of the first one
   * @param length up to {@link #MOST}
   */
  record ReadMemory(String vm, long gpa, int length) implements VmAction<Bytes> {
    /** Bytes that an action moves at most, since the VM waits meanwhile. */
    public static final int MOST = 16 << 20;

    public ReadMemory {
      Objects.requireNonNull(vm, "vm");
      if (length < 0 || length > MOST) {
        throw new RefusedException(
            "0 to %d bytes of memory are read at a time, not %d".formatted(MOST, length));
      }
    }
  }

  /**
   * Changes bytes of a VM's memory, as a device of its would.
   *
   * @param gpa guest-physical address of the first one
   */
  record WriteMemory(String vm, long gpa, Bytes bytes) implements VmAction<Void> {
    public WriteMemory {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(bytes, "bytes");
    }
  }

  /** The devices of a VM's board, by address. */
  record ListDevices(String vm) implements VmAction<List<DeviceReport>> {}

  /**
   * Puts other code in the place of a device of the user's own, while the VM is paused and for the
   * rest of its life.
   *
   * @param device its name
   * @param code the class of a jar, which is read anew, or a function of the program that {@link
   *     Manager#functions} has
   */
  record ReplaceDevice(String vm, String device, DeviceSpec.Code code) implements VmAction<Void> {
    public ReplaceDevice {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(device, "device");
      Objects.requireNonNull(code, "code");
    }
  }

  /**
   * A register of a VM that is paused.
   *
   * @param name pc, x0 to x31 or as the ABI calls them, f0 to f31, or a CSR's
   */
  record ReadRegister(String vm, int vcpu, String name) implements VmAction<Long> {
    public ReadRegister {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(name, "name");
    }
  }

  /** Sets a register of a VM that is paused, as far as it can be written. */
  record WriteRegister(String vm, int vcpu, String name, long value) implements VmAction<Void> {
    public WriteRegister {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * What a VM is doing, of all its harts; one that runs is paused for a moment. Of one that has
   * none, what its last life that failed was doing.
   */
  record Examine(String vm) implements VmAction<CrashReport> {
    public Examine {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Writes memory and registers of a VM that is paused into an ELF core, which gdb opens.
   *
   * @param file there whole or not at all; one of that name is replaced
   */
  record DumpCore(String vm, Path file) implements VmAction<Void> {
    public DumpCore {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * Types on a VM's console.
   *
   * @return how many of the bytes its guest has taken, the first ones; the others can be typed
   *     again after {@link Event.ConsoleRoom} or {@link Event.ConsoleReady}; none without a life
   */
  record Type(String vm, Bytes bytes) implements VmAction<Integer> {
    public Type {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(bytes, "bytes");
    }
  }

  /**
   * Lets a debugger debug a VM at a place, until the system is closed.
   *
   * @param where port 0 stands for any that is free
   * @return what a person types to do so
   */
  record ServeDebugger(String vm, DebugAddress where) implements VmAction<String> {
    public ServeDebugger {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(where, "where");
    }
  }

  /** The VM as a debugger in this process has it, once it attaches it: no value, but a handle. */
  record OpenDebugger(String vm) implements VmAction<DebugTarget> {
    public OpenDebugger {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /** The terminal on which a VM's console is shown has this size now, in characters. */
  record ResizeConsole(String vm, int columns, int rows) implements VmAction<Void> {
    public ResizeConsole {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Fetches the stock Linux guest into the cache, unless it is there.
   *
   * @param mirror where from
   * @param newest asks the mirror for newer packages than those in the cache
   */
  record FetchLinux(MirrorChoice mirror, boolean newest) implements VmAction<LinuxImages> {
    public FetchLinux {
      Objects.requireNonNull(mirror, "mirror");
    }
  }

  /**
   * Fetches UEFI firmware into the cache, unless it is there.
   *
   * @param mirror where from
   * @param newest asks the mirror for a newer package than that in the cache
   */
  record FetchFirmware(MirrorChoice mirror, boolean newest) implements VmAction<UefiFirmware> {
    public FetchFirmware {
      Objects.requireNonNull(mirror, "mirror");
    }
  }

  /**
   * Does the same work under each way to translate addresses; takes a while.
   *
   * @param engine a name of {@link Engines}, or {@code auto}
   * @param workloads in the order of the result
   * @param rounds runs of each, of which the fastest counts
   */
  record CompareMmus(String engine, List<MmuWorkload> workloads, int rounds)
      implements VmAction<MmuComparison> {
    public CompareMmus {
      Objects.requireNonNull(engine, "engine");
      workloads = List.copyOf(workloads);
    }
  }

  /**
   * Makes a disk image, in place of a file that is there.
   *
   * @param size bytes; otherwise that of the backing file
   */
  record CreateDisk(Path image, OptionalLong size, ImageOptions options) implements VmAction<Long> {
    public CreateDisk {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(options, "options");
    }
  }

  /** What a disk image is, which may be in use. */
  record DescribeDisk(DiskLocation image, Optional<DiskFormat> format)
      implements VmAction<ImageInfo> {
    public DescribeDisk {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * Where the bytes of a disk come from, and so what its images have.
   *
   * @param from the first byte
   * @param until the one behind the last
   * @param most runs to tell of; what is not told of begins at {@link DiskMap#next}
   */
  record MapDisk(DiskLocation image, Optional<DiskFormat> format, long from, long until, int most)
      implements VmAction<DiskMap> {
    public MapDisk {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(format, "format");
    }
  }

  /**
   * Makes, applies or deletes an internal snapshot of a qcow2 image.
   *
   * @param name its name, or its number unless it is made
   */
  record ChangeSnapshot(Path image, ImageTool.SnapshotChange change, String name)
      implements VmAction<Void> {
    public ChangeSnapshot {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(change, "change");
      Objects.requireNonNull(name, "name");
    }
  }

  /** Copies a disk image into a new one of any format, or into an export of a server. */
  record ConvertDisk(
      DiskLocation from,
      Optional<DiskFormat> format,
      DiskLocation to,
      ImageOptions options,
      boolean compressed)
      implements VmAction<Void> {
    public ConvertDisk {
      Objects.requireNonNull(from, "from");
      Objects.requireNonNull(to, "to");
    }
  }

  /**
   * Gives a disk image another size.
   *
   * @param size bytes
   * @param shrink whether it may become smaller, which loses what is behind
   */
  record ResizeDisk(Path image, Optional<DiskFormat> format, long size, boolean shrink)
      implements VmAction<Void> {
    public ResizeDisk {
      Objects.requireNonNull(image, "image");
    }
  }

  /** Looks for damage in a disk image, and mends it; nothing comes of a format without tables. */
  record CheckDisk(DiskLocation image, Optional<DiskFormat> format, ImageTool.Repair repair)
      implements VmAction<Optional<CheckReport>> {
    public CheckDisk {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(repair, "repair");
    }
  }

  /** Writes what a disk image has into its backing file, and empties it unless it is kept. */
  record CommitDisk(Path image, boolean keep) implements VmAction<Void> {
    public CommitDisk {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * Gives a disk image another backing file, or none.
   *
   * @param backing as it is to be written into the image
   * @param unsafe whether only the name changes, and the content of the disk may
   */
  record RebaseDisk(
      Path image, Optional<String> backing, Optional<DiskFormat> format, boolean unsafe)
      implements VmAction<Void> {
    public RebaseDisk {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * Offers the disk of an image to NBD clients, until {@link StopServing}. {@link
   * Event.ServingBegan} tells when they can come.
   *
   * @param settings where, and to whom
   */
  record ServeDisk(
      DiskLocation image,
      Optional<DiskFormat> format,
      boolean readOnly,
      NbdServer.Settings settings)
      implements VmAction<Void> {
    public ServeDisk {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(format, "format");
      Objects.requireNonNull(settings, "settings");
    }
  }

  /** Sends all clients of {@link ServeDisk} away, and ends it; does nothing if there is none. */
  record StopServing() implements VmAction<Void> {}

  /**
   * Makes a disk image, unless there is one of this recipe; takes some minutes.
   *
   * @param mirror where packages are fetched from
   * @param again whether it is made even if it is there, of the archive's present state
   * @param engine a name of {@link Engines}, or {@code auto}, for the VM that builds it
   * @param cpus harts of that VM
   */
  record BuildImage(Recipe recipe, MirrorChoice mirror, boolean again, String engine, int cpus)
      implements VmAction<ImageFiles> {
    /** Harts that the VM has work for. */
    public static final int CPUS = 2;

    public BuildImage {
      Objects.requireNonNull(recipe, "recipe");
      Objects.requireNonNull(mirror, "mirror");
      Objects.requireNonNull(engine, "engine");
    }

    /** What is made on the way to something else: if it is not there, by usual means. */
    public static BuildImage usual(Recipe recipe) {
      return new BuildImage(recipe, MirrorChoice.USUAL, false, Engines.AUTO, CPUS);
    }
  }

  /**
   * Makes the images that a scenario's VMs start from, unless they are there; takes some minutes.
   * {@link CreateSystem} does so too.
   *
   * @param fresh whether the disks that VMs have of images are removed, and what is on them is lost
   */
  record PrepareImages(Scenario scenario, boolean fresh) implements VmAction<Void> {
    public PrepareImages {
      Objects.requireNonNull(scenario, "scenario");
    }
  }

  /**
   * Takes a disk image that was made elsewhere among the images, unless it is there; may take long.
   * What it was verified by is in the image's manifest.
   */
  record PullImage(ImagePull.Request request) implements VmAction<ImageFiles> {
    public PullImage {
      Objects.requireNonNull(request, "request");
    }
  }

  /** The images that there are, by name. */
  record ListImages() implements VmAction<List<ImageFiles>> {}

  /** Compares an image with what was recorded when it was made: what is wrong, a sentence each. */
  record VerifyImage(String name) implements VmAction<List<String>> {
    public VerifyImage {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Removes an image.
   *
   * @param disk whether the disk that was made from it goes too, with all that is on it
   * @return bytes that this gives back
   */
  record RemoveImage(String name, boolean disk) implements VmAction<Long> {
    public RemoveImage {
      Objects.requireNonNull(name, "name");
    }
  }

  /** The snapshots that there are, by name. */
  record ListSnapshots() implements VmAction<List<SnapshotInfo>> {}

  /** Removes a snapshot; how many bytes its files had. */
  record RemoveSnapshot(String name) implements VmAction<Long> {
    public RemoveSnapshot {
      Objects.requireNonNull(name, "name");
    }
  }

  /** What is wrong with a snapshot, a sentence each; all of it is read. */
  record VerifySnapshot(String name) implements VmAction<List<String>> {
    public VerifySnapshot {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Writes a snapshot as one file.
   *
   * @param file there whole or not at all; one of that name is replaced
   */
  record ExportSnapshot(String name, Path file) implements VmAction<Void> {
    public ExportSnapshot {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(file, "file");
    }
  }

  /**
   * Makes a snapshot of a file that was exported.
   *
   * @param replace whether in the place of one that has the name; it is refused otherwise
   */
  record ImportSnapshot(Path file, String name, boolean replace) implements VmAction<Void> {
    public ImportSnapshot {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(name, "name");
    }
  }

  /** Whether there is an image of that name, or a disk that was made from one. */
  record HasImage(String name) implements VmAction<Boolean> {
    public HasImage {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * The user's own disk of an image, with what it is booted by; made from the image if it is not
   * there.
   *
   * @param fresh whether it is made anew, and what was on it is lost
   */
  record OpenDisk(String name, boolean fresh) implements VmAction<UserDisk> {
    public OpenDisk {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * Moves VMs to another host while they run; ends when they run there, and here no longer.
   *
   * @param to where a reception is open: {@code HOST} or {@code HOST:PORT}
   * @param vms those that move; none for all
   * @param downtime how long they may stand still, as far as that can be told before
   * @param limit how long all of it may take
   * @param shared folders that are the same at the other host: disks in them are not copied
   */
  record Migrate(String to, List<String> vms, Duration downtime, Duration limit, List<Path> shared)
      implements VmAction<MigrationReport> {
    /** How long VMs may stand still unless it is said. */
    public static final Duration DOWNTIME = Duration.ofMillis(60);

    /** How long it may take unless it is said. */
    public static final Duration LIMIT = Duration.ofMinutes(30);

    public Migrate {
      ReceptionAddress ignored = ReceptionAddress.parse(to);
      vms = List.copyOf(vms);
      if (downtime.compareTo(Duration.ofMillis(1)) < 0) {
        throw new RefusedException("a downtime is a millisecond at least, not " + downtime);
      }
      Objects.requireNonNull(limit, "limit");
      shared = List.copyOf(shared);
    }

    /** With all disks in files copied. */
    public Migrate(String to, List<String> vms, Duration downtime, Duration limit) {
      this(to, vms, downtime, limit, List.of());
    }
  }

  /**
   * A person has found out whether VMs run at another host of which that was not known.
   *
   * @param here whether they go on here; otherwise they end here
   */
  record ResolveMigration(boolean here) implements VmAction<Void> {}

  /**
   * Listens for systems of other hosts, until {@link CloseReception}.
   *
   * @param at as {@link Migrate} has it; port 0 for any that is free
   * @param disks the folder that disks go to
   * @param files folders whose files systems that come may use
   * @return where it listens
   */
  record OpenReception(String at, Path disks, List<Path> files) implements VmAction<String> {
    /** Where it listens unless it is said: only this host can connect. */
    public static final String USUAL = "127.0.0.1:" + ReceptionAddress.PORT;

    public OpenReception {
      ReceptionAddress ignored = ReceptionAddress.parse(at);
      Objects.requireNonNull(disks, "disks");
      files = List.copyOf(files);
    }
  }

  /** Waits until a system is offered; empty if the reception is closed before. */
  record AwaitArrival() implements VmAction<Optional<Scenario>> {}

  /**
   * Takes the system that is offered, and waits until it runs; {@link StartSystem} does nothing
   * more.
   *
   * @param scenario as {@link AwaitArrival} has it
   * @param terminal as {@link CreateSystem} has it
   * @param reports as {@link CreateSystem} has them
   */
  record TakeArrival(Scenario scenario, String terminal, Map<String, ReportFiles> reports)
      implements MakeSystem {
    public TakeArrival {
      Objects.requireNonNull(scenario, "scenario");
      Objects.requireNonNull(terminal, "terminal");
      reports = Map.copyOf(reports);
    }
  }

  /** Listens no longer, if it did; a system that has come runs on. */
  record CloseReception() implements VmAction<Void> {}

  /**
   * Makes a key of the user's own.
   *
   * @return its public half, as {@link atoll.keys.PublicId} writes it
   */
  record MakeKey(String name) implements VmAction<String> {
    public MakeKey {
      Objects.requireNonNull(name, "name");
    }
  }

  /** The public half of a key of the user's own. */
  record ShowKey(String name) implements VmAction<String> {
    public ShowKey {
      Objects.requireNonNull(name, "name");
    }
  }

  /** The user's own keys, and the hosts that are trusted. */
  record ListKeys() implements VmAction<KeyList> {}

  /** Trusts the host that has a key, by a name of the user's. */
  record TrustHost(String name, String key) implements VmAction<Void> {
    public TrustHost {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(key, "key");
    }
  }

  /** Trusts a host no longer. */
  record ForgetHost(String name) implements VmAction<Void> {
    public ForgetHost {
      Objects.requireNonNull(name, "name");
    }
  }

  /** What this installation is and can do. */
  record DescribeInstallation() implements VmAction<Installation> {}
}
