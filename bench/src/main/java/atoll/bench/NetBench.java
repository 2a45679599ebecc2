package atoll.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The user network of Atoll beside QEMU's, with the same kernel, image and programs, in interleaved
 * rounds; and two VMs of one scenario on a switch of Atoll's.
 */
@Command(
    name = "net",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Times the networks of Atoll and QEMU, interleaved; prints Markdown.")
final class NetBench extends Measurement {
  private static final int MEMORY = 256;
  private static final String GUEST = "10.0.2.15";
  private static final String HOST = "10.0.2.2";

  @Option(names = "--runs", defaultValue = "3", description = "rounds (${DEFAULT-VALUE})")
  private int runs;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "of each run of iperf3 (${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--only",
      split = ",",
      description = "up, down, latency, idle, switch; everything if absent")
  private List<String> only = List.of();

  @Option(
      names = "--qemu",
      defaultValue = "qemu-system-riscv64",
      description = "QEMU (${DEFAULT-VALUE})")
  private String qemu;

  @Option(
      names = "--iperf3",
      defaultValue = "iperf3",
      description = "the host's iperf3 (${DEFAULT-VALUE})")
  private String iperf3;

  @Option(names = "--cpus", defaultValue = "1", description = "harts of a guest (${DEFAULT-VALUE})")
  private int cpus;

  @Option(names = "--json", description = "also write the figures there")
  private Path json;

  public static void main(String[] args) {
    System.exit(new CommandLine(new NetBench()).execute(args));
  }

  @Override
  int measure() throws IOException, GuestRun.Failed {
    return measure(NetWork.of(only));
  }

  private int measure(List<NetWork> wanted) throws IOException, GuestRun.Failed {
    Path script = root.resolve("atoll");
    GuestFiles files = GuestFiles.find(root);
    Machine.Guest guest = guest(files, GUEST);
    Machine atoll =
        reaching(Machine.atoll(script, Optional.ofNullable(engine)), List.of("--net", "user"));
    Machine other =
        reaching(
            Machine.qemu(qemu),
            List.of("-netdev", "user,id=net", "-device", "virtio-net-device,netdev=net"));
    Map<String, String> about = about(script, guest);
    GuestRun.rehearse();
    List<NetReport.Round> rounds = new ArrayList<>();
    try (NetPeers peers = new NetPeers(iperf3)) {
      for (int round = 0; round < runs; round++) {
        rounds.add(round(round, wanted, atoll, other, guest, peers));
      }
    }
    NetReport report = new NetReport(about, wanted, rounds);
    System.out.println(report.markdown());
    if (json != null) {
      report.json(json);
    }
    return 0;
  }

  /** The first one changes, so that the order favours neither. */
  private NetReport.Round round(
      int round,
      List<NetWork> wanted,
      Machine atoll,
      Machine other,
      Machine.Guest guest,
      NetPeers peers)
      throws IOException, GuestRun.Failed {
    String what = "round %d/%d".formatted(round + 1, runs);
    List<NetWork> beside = wanted.stream().filter(NetWork::compared).toList();
    Optional<GuestRun> ours = Optional.empty();
    Optional<GuestRun> theirs = Optional.empty();
    if (!beside.isEmpty()) {
      Machine.Guest working = guest.with(words(HOST, beside, peers));
      Optional<GuestRun> first = Optional.empty();
      if (round % 2 != 0) {
        first = Optional.of(run(what, other, working, beside));
      }
      ours = Optional.of(run(what, atoll, working, beside));
      theirs = round % 2 != 0 ? first : Optional.of(run(what, other, working, beside));
    }
    Optional<GuestRun> pair =
        wanted.contains(NetWork.SWITCH) ? Optional.of(onSwitch(what, guest)) : Optional.empty();
    return new NetReport.Round(ours, theirs, pair);
  }

  private static GuestRun run(
      String what, Machine machine, Machine.Guest guest, List<NetWork> expected)
      throws GuestRun.Failed {
    System.err.println(what + ", " + machine.name());
    try {
      return GuestRun.of(
          machine.command().of(guest),
          Duration.ofMinutes(10),
          expected.stream().map(work -> work.key).toList());
    } catch (GuestRun.Failed e) {
      throw new GuestRun.Failed(what + ", " + machine.name() + ": " + e.getMessage());
    }
  }

  /** Two VMs, each on a physical CPU of its own; the client's output has the result. */
  private GuestRun onSwitch(String what, Machine.Guest guest) throws IOException, GuestRun.Failed {
    System.err.println(what + ", two VMs on a switch");
    String scenario =
        """
        machine: {cpus: [dedicated, dedicated], memory: %dM}
        networks: {lan: {}}
        vms:
        %s%s\
        """
            .formatted(
                2 * MEMORY + 64,
                onSwitch("server", 1, "serve", guest),
                onSwitch("client", 2, NetWork.SWITCH.key + ",dismiss", guest));
    Path file = Files.writeString(guest.initrd().resolveSibling("switch.yaml"), scenario);
    return GuestRun.of(
        List.of(root.resolve("atoll").toString(), "up", file.toString()),
        Duration.ofMinutes(10),
        List.of(NetWork.SWITCH.key));
  }

  /** One of them, by its number. */
  private String onSwitch(String name, int number, String work, Machine.Guest guest) {
    return """
      %s:
        kernel: %s
        initrd: %s
        append: "console=ttyS0 quiet na=192.168.7.%d np=192.168.7.%d ni=5201 ns=%d nw=%s"
        memory: %dM
        affinity: %d
        disks: [{file: %s, read-only: true}]
        nics: [lan]
    """
        .formatted(
            name,
            guest.kernel(),
            guest.initrd(),
            number,
            3 - number,
            seconds,
            work,
            MEMORY,
            number - 1,
            guest.disk().orElseThrow());
  }

  private Machine.Guest guest(GuestFiles files, String address) throws IOException {
    return new Machine.Guest(
        files.kernel(),
        files.net(),
        Optional.of(files.image("net")),
        "console=ttyS0 quiet na=" + address,
        cpus,
        MEMORY);
  }

  private String words(String peer, List<NetWork> work, NetPeers peers) {
    String keys = work.stream().map(w -> w.key).collect(Collectors.joining(","));
    return "np=%s ni=%d nr=%d ns=%d nw=%s"
        .formatted(peer, peers.iperfPort(), peers.answersPort(), seconds, keys);
  }

  /** The same machine under the same name, with a network. */
  private static Machine reaching(Machine machine, List<String> flags) {
    return new Machine(machine.name(), machine.with(flags).command());
  }

  private Map<String, String> about(Path script, Machine.Guest guest) throws IOException {
    Map<String, String> about = new LinkedHashMap<>();
    about.put("date", HostFacts.today());
    about.put("commit", HostFacts.commit(root));
    about.put("QEMU", HostFacts.qemu(qemu) + ", -netdev user, virtio-net-device");
    about.put(
        "Atoll", engine == null ? "engine " + HostFacts.chosenEngine(script) : "engine " + engine);
    about.put("host", HostFacts.host());
    about.put("host's load before", HostFacts.load());
    about.put("guest", Compare.describe(guest));
    about.put("rounds", "%d, interleaved, %d s of each run of iperf3".formatted(runs, seconds));
    return about;
  }
}
