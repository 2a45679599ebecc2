package atoll.front;

import atoll.line.FarAddress;
import atoll.scenario.DiskSpec;
import atoll.scenario.FwCfgSpec;
import atoll.scenario.Guest;
import atoll.scenario.NetworkDescription;
import atoll.scenario.SerialSpec;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import atoll.scenario.VsockDescription;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** What is at a VM's board beside harts, display and front: disks, folders, networks. */
final class DeviceOptions {
  @Option(
      names = "--fw-cfg",
      paramLabel = "name=NAME,file=FILE|string=TEXT",
      converter = FwCfgArgument.class,
      description =
          "what firmware and the guest can read by a name, such as name=opt/org.example/key,string=1; may be repeated")
  private List<FwCfgSpec> fwCfg = List.of();

  @Option(
      names = "--disk",
      paramLabel = "FILE[,ro][,format=F][,pci][,iops=N][,bps=SIZE]",
      converter = DiskArgument.class,
      description =
          "image, or address of an NBD export, as a virtio disk, raw or qcow2 as its first bytes or format= say, read-only or on PCI Express if it says so; may be repeated")
  private List<DiskSpec> disks = List.of();

  @Option(
      names = "--share",
      paramLabel = "DIR[,tag=NAME][,ro][,exclusive][,at=PATH]",
      converter = ShareArgument.class,
      description =
          "a folder of the host for the guest (9p, read-only with ro, for it alone with exclusive); linux and images mount it at /mnt/NAME, or at PATH; may be repeated")
  private List<ShareSpec> shares = List.of();

  @Option(
      names = "--net",
      paramLabel = "user|tap|remote[,OPTION...]",
      converter = NetArgument.Converter.class,
      description =
          "a network interface; user reaches the outside by the host's sockets, and takes"
              + " forward=2222:22, restrict; tap goes by an interface of the host, name=tap0;"
              + " remote goes on at another host, at=tls://HOST:PORT; all take mac=, mtu=, rate=, capture=FILE; may be repeated")
  private List<NetArgument> nets = List.of();

  @Option(
      names = "--serial",
      paramLabel = "NAME=DEVICE[,speed=N]|NAME=ADDRESS",
      converter = SerialArgument.class,
      description =
          "one more serial port: of the host, as gps=/dev/ttyUSB0,speed=9600, or with its other end"
              + " elsewhere, as gps=tls://HOST:PORT or gps=tcp://127.0.0.1:7000?listen; may be"
              + " repeated")
  private List<SerialSpec> serials = List.of();

  @Option(
      names = "--sensor",
      paramLabel = "NAME",
      description =
          "a temperature sensor on an I2C bus, which hears from the far side of --panel; may be"
              + " repeated")
  private List<String> sensors = List.of();

  @Option(
      names = "--panel",
      paramLabel = "ADDRESS",
      converter = FarArgument.class,
      description =
          "from where buttons are pressed and sensors hear, and where LEDs are shown:"
              + " tls://HOST:PORT or tcp://HOST:PORT")
  private FarAddress panel;

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

  /** Has options read from a line that is plain. */
  void offer(PlainLine plain) {
    plain.values("--net", new NetArgument.Converter(), values -> nets = values);
  }

  /** Puts a disk before those that are asked for. */
  void addFirst(DiskSpec disk) {
    disks = Stream.concat(Stream.of(disk), disks.stream()).toList();
  }

  /**
   * Adds what an image's system is given unless its user says otherwise.
   *
   * @param data Atoll's folder of what a user keeps
   * @return what a user is told of it
   */
  Optional<String> comfort(Path data) {
    Comforts comforts = new Comforts();
    if (nets.isEmpty()) {
      nets = List.of(comforts.network());
    }
    shares = Stream.concat(shares.stream(), comforts.folder(data, shares).stream()).toList();
    return comforts.told();
  }

  /** Describes them; the files for the guest are not among them. */
  VmDescription.Builder of(VmDescription.Builder vm) {
    return vm.disks(disks)
        .shares(shares)
        .nics(IntStream.range(0, nets.size()).mapToObj(n -> nets.get(n).nic(n)).toList())
        .vsock(Optional.ofNullable(vsock))
        .serials(serials)
        .sensors(sensors)
        .remotePanel(Optional.ofNullable(panel))
        .fwCfg(fwCfg);
  }

  /** What its interfaces are at. */
  List<NetworkDescription> networks() {
    return IntStream.range(0, nets.size()).mapToObj(n -> nets.get(n).network(n)).toList();
  }

  /** Whether files are put into the guest. */
  boolean haveFiles() {
    return !files.isEmpty();
  }

  /**
   * They, by their paths in the guest.
   *
   * @throws IllegalArgumentException if there are two of one path
   */
  Map<String, Path> files() {
    return FileArgument.byGuestPath(files);
  }

  /** What is wrong with them for a guest, in a sentence. */
  Optional<String> obstacle(Guest guest) {
    Set<String> tags = new HashSet<>();
    Optional<ShareSpec> again = shares.stream().filter(share -> !tags.add(share.tag())).findFirst();
    if (again.isPresent()) {
      return again.map(share ->
          "the tag %s is given to two folders; name one, as in --share %s,tag=other"
              .formatted(share.tag(), share.folder()));
    }
    if (!guest.mounts() && shares.stream().anyMatch(share -> share.at().isPresent())) {
      return Optional.of(
          "only linux and systems on disks mount folders by themselves; leave out at=, and mount it"
              + " in the guest");
    }
    Set<String> names = new HashSet<>();
    return fwCfg.stream()
        .filter(item -> !names.add(item.name()))
        .findFirst()
        .map(item -> "--fw-cfg %s is given twice; give each name once".formatted(item.name()));
  }

  /**
   * What is wrong with their number.
   *
   * @param most disks that there can be beside the other devices
   */
  Optional<String> excess(int most) {
    int given = disks.size() + shares.size();
    return given <= most
        ? Optional.empty()
        : Optional.of(
            "%d %s are given, expected at most %d beside the other devices"
                .formatted(given, shares.isEmpty() ? "disks" : "disks and folders", most));
  }

  /** Says which files are written. */
  void claimOutputs(OutputClaims claims) {
    nets.forEach(net -> claims.writes("--net", net.capture().orElse(null)));
  }

  /** Says which files are read. */
  void claimInputs(OutputClaims claims) {
    fwCfg.forEach(item -> claims.reads("--fw-cfg", item.file().orElse(null)));
    disks.forEach(disk -> disk.image().file().ifPresent(file -> claims.reads("--disk", file)));
    files.forEach(file -> claims.reads("--file", file.host()));
  }
}
