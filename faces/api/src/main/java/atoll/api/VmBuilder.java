package atoll.api;

import atoll.display.ScreenSize;
import atoll.image.ByteSize;
import atoll.image.MirrorChoice;
import atoll.manager.PlanAction;
import atoll.net.NetworkSettings;
import atoll.net.PortForward;
import atoll.scenario.DiskSpec;
import atoll.scenario.DisplayDescription;
import atoll.scenario.Finding;
import atoll.scenario.Guest;
import atoll.scenario.MemoryPolicy;
import atoll.scenario.NetworkDescription;
import atoll.scenario.NicDescription;
import atoll.scenario.RestartPolicy;
import atoll.scenario.Scenario;
import atoll.scenario.Schedule;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import atoll.scenario.VsockDescription;
import atoll.vmm.FrontPanel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A system of one VM, the way {@code atoll run} takes it. What is not said is as there: one hart,
 * 512 MiB, the best engine of this host.
 */
public final class VmBuilder extends SystemBuilder<VmBuilder> {
  private static final String NETWORK = "net0";

  private final GuestKind kind;

  /** What can be said at once; the rest is added when it is made. */
  private final VmDescription.Builder said = VmDescription.builder();

  private String name = "vm";
  private Optional<Path> kernel = Optional.empty();
  private Optional<Path> initrd = Optional.empty();
  private Optional<Path> deviceTree = Optional.empty();
  private String append = "";
  private final List<DiskSpec> disks = new ArrayList<>();
  private final List<ShareSpec> shares = new ArrayList<>();
  private final Map<String, Path> files = new LinkedHashMap<>();
  private final Map<String, byte[]> contents = new LinkedHashMap<>();
  private final List<PortForward> forwards = new ArrayList<>();
  private boolean network;
  private final List<String> plugs = new ArrayList<>();
  private Optional<Path> vsock = Optional.empty();
  private boolean agent = true;
  private final List<Device> devices = new ArrayList<>();
  private final Map<String, OptionalInt> buttons = new LinkedHashMap<>();
  private final List<String> leds = new ArrayList<>();

  /** What is run, from a VM's other parts. */
  sealed interface GuestKind {
    /** Atoll's Linux. */
    record Linux() implements GuestKind {}

    /** A program that comes with Atoll. */
    record Builtin(String program) implements GuestKind {}

    /** A disk image of Atoll's, of which the VM has a copy that goes at the end. */
    record Image(String image) implements GuestKind {}

    /** The user's kernel. */
    record Kernel() implements GuestKind {}

    /** The user's firmware. */
    record Firmware(Path file) implements GuestKind {}

    /** UEFI firmware, which starts what is on a disk. */
    record Uefi() implements GuestKind {}
  }

  VmBuilder(GuestKind kind) {
    this.kind = kind;
  }

  @Override
  VmBuilder self() {
    return this;
  }

  /**
   * Names the VM; {@code vm} otherwise.
   *
   * @param value up to 31 lower-case letters, digits and hyphens, a letter first
   * @return this
   */
  public VmBuilder name(String value) {
    name = value;
    return this;
  }

  /**
   * Gives it RAM.
   *
   * @param bytes whole pages of 4096
   * @return this
   */
  public VmBuilder memory(long bytes) {
    said.memory(bytes);
    return this;
  }

  /**
   * Gives it RAM.
   *
   * @param size such as {@code 256M} or {@code 1G}
   * @return this
   * @throws AtollException if that is no size
   */
  public VmBuilder memory(String size) {
    OptionalLong bytes = ByteSize.parse(size);
    return memory(
        bytes.orElseThrow(() ->
            new AtollException("'%s' is not a size, expected 256M or the like".formatted(size))));
  }

  /**
   * Takes memory from the host page by page, so that a balloon can give it back.
   *
   * @return this
   */
  public VmBuilder pagedMemory() {
    said.memoryPolicy(MemoryPolicy.PAGED);
    return this;
  }

  /**
   * Gives it harts, each a thread of the host.
   *
   * @param count 1 to 32
   * @return this
   */
  public VmBuilder cpus(int count) {
    said.vcpus(count);
    return this;
  }

  /**
   * Chooses the engine.
   *
   * @param value {@code auto}, {@code translator} or {@code interpreter}
   * @return this
   */
  public VmBuilder engine(String value) {
    said.engine(value);
    return this;
  }

  /**
   * Chooses how addresses are translated.
   *
   * @param value {@code auto}, {@code folded}, {@code vtlb}, {@code shadow}, {@code nested} or
   *     {@code direct}
   * @return this
   */
  public VmBuilder mmu(String value) {
    said.mmu(value);
    return this;
  }

  /**
   * Replaces the kernel, or goes behind firmware.
   *
   * @param file a Linux {@code Image}, packed or not, or an ELF file
   * @return this
   */
  public VmBuilder kernel(Path file) {
    kernel = Optional.of(file);
    return this;
  }

  /**
   * Gives it an initial RAM disk.
   *
   * @param file for the kernel
   * @return this
   */
  public VmBuilder initrd(Path file) {
    initrd = Optional.of(file);
    return this;
  }

  /**
   * Gives it a device tree in place of the generated one.
   *
   * @param file a blob
   * @return this
   */
  public VmBuilder deviceTree(Path file) {
    deviceTree = Optional.of(file);
    return this;
  }

  /**
   * Gives words to the kernel's command line, behind those that Atoll's Linux has.
   *
   * @param words separated by blanks
   * @return this
   */
  public VmBuilder append(String words) {
    append = words;
    return this;
  }

  /**
   * Adds a virtio disk, which the guest can change.
   *
   * @param image raw or qcow2, as its first bytes say
   * @return this
   */
  public VmBuilder disk(Path image) {
    disks.add(new DiskSpec(image, false));
    return this;
  }

  /**
   * Adds a virtio disk that the guest cannot change.
   *
   * @param image raw or qcow2, as its first bytes say
   * @return this
   */
  public VmBuilder readOnlyDisk(Path image) {
    disks.add(new DiskSpec(image, true));
    return this;
  }

  /**
   * Shares a folder of the host with the guest, which can change it. Atoll's Linux and images mount
   * it; other guests find it as a 9p share whose tag is the folder's name.
   *
   * @param folder of the host
   * @param place in the guest
   * @return this
   * @throws AtollException if there cannot be such a place
   */
  public VmBuilder share(Path folder, String place) {
    return share(folder, place, false);
  }

  /**
   * Shares a folder that the guest cannot change.
   *
   * @param folder of the host
   * @param place in the guest
   * @return this
   * @throws AtollException if there cannot be such a place
   */
  public VmBuilder readOnlyShare(Path folder, String place) {
    return share(folder, place, true);
  }

  private VmBuilder share(Path folder, String place, boolean readOnly) {
    shares.add(
        Operator.translated(
            () -> new ShareSpec(folder, ShareSpec.usualTag(folder), readOnly, Optional.of(place))));
    return this;
  }

  /**
   * Puts a file of the host into the initial RAM disk.
   *
   * @param place absolute path in the guest
   * @param file with the permissions that it gets
   * @return this
   */
  public VmBuilder file(String place, Path file) {
    files.put(place, file);
    return this;
  }

  /**
   * Puts a file into the initial RAM disk.
   *
   * @param place absolute path in the guest
   * @param content its bytes; it is readable by all, and no program
   * @return this
   */
  public VmBuilder file(String place, byte[] content) {
    contents.put(place, content.clone());
    return this;
  }

  /**
   * Gives it a network interface on a network of its own, which reaches the outside by the host's
   * sockets.
   *
   * @return this
   */
  public VmBuilder network() {
    network = true;
    return this;
  }

  /**
   * Gives it {@link #network}, and leads a TCP port of the host's loopback to it.
   *
   * @param hostPort 1 to 65535, which nothing else listens at
   * @param guestPort 1 to 65535
   * @return this
   * @throws AtollException if there are no such ports
   */
  public VmBuilder forward(int hostPort, int guestPort) {
    forwards.add(
        PortForward.parse(hostPort + ":" + guestPort)
            .orElseThrow(() ->
                new AtollException(
                    "%d:%d are no ports, expected 1 to 65535 each"
                        .formatted(hostPort, guestPort))));
    return network();
  }

  /**
   * Gives it a device for streams (vsock), which programs of the host reach by a Unix socket.
   *
   * @param socket made at the start and removed at the end
   * @return this
   */
  public VmBuilder vsock(Path socket) {
    vsock = Optional.of(socket);
    return this;
  }

  /**
   * Gives it a display of 1280 x 800, a keyboard and a pointer.
   *
   * @return this
   */
  public VmBuilder display() {
    said.display(
        Optional.of(new DisplayDescription(ScreenSize.USUAL, Optional.empty(), Optional.empty())));
    return this;
  }

  /**
   * Puts its virtio devices on PCI Express.
   *
   * @return this
   */
  public VmBuilder pci() {
    said.pci(true);
    return this;
  }

  /**
   * Gives it a button, whose key goes with its name ({@code power}, {@code sleep}, {@code
   * volume-up}, …), or is the next of {@code BTN_0} to {@code BTN_9}.
   *
   * @param name up to 31 lower-case letters, digits and hyphens, a letter first
   * @return this
   */
  public VmBuilder button(String name) {
    buttons.put(name, OptionalInt.empty());
    return this;
  }

  /**
   * Gives it a button.
   *
   * @param name up to 31 lower-case letters, digits and hyphens, a letter first
   * @param code number of its key, as Linux has them
   * @return this
   */
  public VmBuilder button(String name, int code) {
    buttons.put(name, OptionalInt.of(code));
    return this;
  }

  /**
   * Gives it an LED.
   *
   * @param name up to 31 lower-case letters, digits and hyphens, a letter first
   * @return this
   */
  public VmBuilder led(String name) {
    leds.add(name);
    return this;
  }

  /**
   * Puts a device of the program's own on its board.
   *
   * @param name unique on the board: up to 31 lower-case letters, digits and hyphens, a letter
   *     first
   * @param device what makes it, and how the guest finds it
   * @return this
   * @throws AtollException if it cannot be called so
   */
  public VmBuilder device(String name, Device device) {
    devices.add(Operator.translated(() -> device.named(name)));
    return this;
  }

  /**
   * Lets it begin another life whenever it resets itself, as hardware would; otherwise a reset ends
   * it.
   *
   * @return this
   */
  public VmBuilder rebooting() {
    said.restart(RestartPolicy.REBOOT);
    return this;
  }

  /**
   * Lets it begin another life after a failure: a reset, a panic, a failure code, a missed
   * watchdog.
   *
   * @param most how often
   * @return this
   * @throws AtollException if that is no such number
   */
  public VmBuilder restartOnFailure(int most) {
    said.restart(
        Operator.translated(() ->
            new RestartPolicy(RestartPolicy.When.ON_FAILURE, most, RestartPolicy.DEFAULT_BACKOFF)));
    return this;
  }

  /**
   * Ends its life as a failure if the guest does not restart its watchdog in time, from the start
   * on.
   *
   * @param longest between two signs of life, in guest time
   * @return this
   */
  public VmBuilder watchdog(Duration longest) {
    said.watchdog(Optional.of(longest));
    return this;
  }

  /**
   * Makes it one that serves the other VMs of a {@linkplain Atoll#system system}: it starts before
   * them.
   *
   * @return this
   */
  public VmBuilder service() {
    said.service(true).schedule(Schedule.ofRank(true));
    return this;
  }

  /**
   * Whether it starts with its system; otherwise {@link Vm#start} starts it.
   *
   * @param wanted true if this is not called
   * @return this
   */
  public VmBuilder autostart(boolean wanted) {
    said.autostart(wanted);
    return this;
  }

  /**
   * Gives it a network interface on a network of its {@linkplain Atoll#system system}.
   *
   * @param plugged name of the network ({@link PlatformBuilder#network})
   * @return this
   */
  public VmBuilder nic(String plugged) {
    plugs.add(plugged);
    return this;
  }

  /**
   * Whether Atoll's Linux, or a system on an image, has an agent for {@link Vm#run} and the copying
   * of files: a program of 6 KiB, and the device for streams by which it is reached. Without it,
   * and in other guests, the shell on the console does that.
   *
   * @param wanted true if this is not called
   * @return this
   */
  public VmBuilder agent(boolean wanted) {
    agent = wanted;
    return this;
  }

  @Override
  Described describe(Operator operator, Workspace work, Consumer<String> progress) {
    if (!plugs.isEmpty()) {
      throw new AtollException(
          "there is no network '%s', expected one of a system: Atoll.system().vm(...).network(\"%s\")"
              .formatted(plugs.getFirst(), plugs.getFirst()));
    }
    Agents agents = new Agents(work);
    VmDescription vm = describe(name, NETWORK, operator, work, agents, progress);
    return new Described(Scenario.of(vm, outside(NETWORK)), agents.sockets());
  }

  /**
   * The VM as one of a system.
   *
   * @param vm what it is called there
   * @param uplink the network by which it reaches the outside, if it does
   * @throws AtollException with what is wrong with the files that it is made from
   */
  VmDescription describe(
      String vm,
      String uplink,
      Operator operator,
      Workspace work,
      Agents agents,
      Consumer<String> progress) {
    VmDescription plain = plain(vm, uplink, operator, work, progress);
    VmDescription all = agent ? agents.with(plain) : plain;
    List<Finding> findings = operator.performApart(new PlanAction.Check(all));
    String fatal =
        findings.stream()
            .filter(Finding::fatal)
            .map(Finding::message)
            .collect(Collectors.joining("\n"));
    if (!fatal.isEmpty()) {
      throw new AtollException(fatal);
    }
    findings.forEach(note -> progress.accept(note.message()));
    return all;
  }

  /** The network of its own, if it has one. */
  List<NetworkDescription> outside(String uplink) {
    return network
        ? List.of(
            new NetworkDescription(
                uplink,
                NetworkDescription.Uplink.USER,
                Optional.empty(),
                NetworkSettings.USUAL_MTU,
                true))
        : List.of();
  }

  private VmDescription plain(
      String vm, String uplink, Operator operator, Workspace work, Consumer<String> progress) {
    List<DiskSpec> all = new ArrayList<>(disks);
    Guest guest = guest(operator, work, progress, all);
    return said.name(vm)
        .guest(guest)
        .disks(all)
        .shares(shares)
        .files(allFiles(work))
        .nics(nics(uplink))
        .vsock(vsock.map(at -> new VsockDescription(Optional.empty(), Optional.of(at), List.of())))
        .devices(
            devices.stream()
                .map(device -> device.describe(operator, vm + "/" + device.name()))
                .toList())
        .panel(guest.usualPanel().with(FrontPanel.of(buttons, leds)))
        .build();
  }

  private List<NicDescription> nics(String uplink) {
    List<NicDescription> nics = new ArrayList<>();
    if (network) {
      nics.add(
          new NicDescription(
              uplink, Optional.empty(), OptionalLong.empty(), Optional.empty(), forwards));
    }
    plugs.forEach(plugged -> nics.add(NicDescription.to(plugged)));
    return nics;
  }

  private Map<String, Path> allFiles(Workspace work) {
    Map<String, Path> all = new LinkedHashMap<>(files);
    contents.forEach((place, content) -> all.put(place, work.file("file-" + all.size(), content)));
    return all;
  }

  private Guest.Images images(Optional<Path> firmware) {
    return new Guest.Images(kernel, firmware, initrd, deviceTree, append);
  }

  private Guest guest(
      Operator operator, Workspace work, Consumer<String> progress, List<DiskSpec> all) {
    return switch (kind) {
      case GuestKind.Linux() ->
          new Guest.Linux(MirrorChoice.USUAL, Guest.Linux.NO_TERMINAL, images(Optional.empty()));
      case GuestKind.Builtin(String program) -> GuestChoice.builtin(program, append);
      case GuestKind.Kernel() -> new Guest.Custom(images(Optional.empty()));
      case GuestKind.Firmware(Path file) -> new Guest.Custom(images(Optional.of(file)));
      case GuestKind.Uefi() ->
          new Guest.Uefi(MirrorChoice.USUAL, Optional.empty(), Optional.empty(), List.of());
      case GuestKind.Image(String image) ->
          new GuestChoice(operator, work, progress).installed(image, images(Optional.empty()), all);
    };
  }
}
