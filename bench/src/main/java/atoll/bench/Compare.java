package atoll.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Atoll beside {@code qemu-system-riscv64 -M virt}: the same kernel, file system, memory and number
 * of harts, in interleaved rounds, timed from outside.
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Times Atoll and QEMU on the same guest, interleaved; prints Markdown.")
final class Compare extends Measurement {
  private static final String INTERPRETER = "interpreter";
  private static final int LARGE_MEMORY = 1024; // MiB, for a compiler and what it makes

  @Option(names = "--runs", defaultValue = "5", description = "rounds (${DEFAULT-VALUE})")
  private int runs;

  @Option(
      names = "--only",
      split = ",",
      description =
          "a part: boot, harts, mmio, build; a group: integer, float, memory, smc, kernel, hard,"
              + " programs; or workloads. If absent, everything but the build and the programs,"
              + " which take long")
  private List<String> only = List.of();

  @Option(
      names = "--scale",
      description = "percent of gbench's work (8 for the interpreter, else 40)")
  private Integer scale;

  @Option(
      names = "--qemu-scale",
      description = "the same for QEMU (40, or --scale if that is more)")
  private Integer qemuScale;

  @Option(
      names = "--delay",
      description = "seconds before the first workload (15 for the interpreter, else 5)")
  private Integer delay;

  @Option(
      names = "--cpus",
      defaultValue = "1",
      description = "harts of the guest; harts and build take 2 at least (${DEFAULT-VALUE})")
  private int cpus;

  @Option(
      names = "--memory",
      defaultValue = "512",
      description = "MiB; the build and the programs take 1024 at least (${DEFAULT-VALUE})")
  private int memory;

  @Option(names = "--kernel", description = "kernel image (Debian's from Atoll's cache if absent)")
  private Path kernel;

  @Option(
      names = "--qemu",
      paramLabel = "COMMAND",
      description =
          "a QEMU; may be given several times. If absent, qemu-system-riscv64 and the newer one"
              + " that bench/newer-qemu finds or fetches")
  private List<String> qemu = List.of();

  @Option(
      names = "--rvvm",
      paramLabel = "FILE",
      description = "also RVVM, whose executable file this is; not for the build and the programs")
  private Path rvvm;

  @Option(
      names = "--rvvm-firmware",
      paramLabel = "FILE",
      defaultValue = Rvvm.FIRMWARE,
      description = "OpenSBI for RVVM (${DEFAULT-VALUE})")
  private Path firmware;

  @Option(names = "--json", description = "also write the figures there")
  private Path json;

  @Option(
      names = "--timeout",
      description = "seconds for one run (600, with the build or programs 3600)")
  private Integer timeout;

  @Option(names = "--noise", description = "QEMU against itself: what the host's noise makes")
  private boolean noise;

  @Option(
      names = "--variant",
      paramLabel = "FLAGS",
      split = " ",
      description =
          "Atoll with these flags of 'run' beside Atoll without, in place of QEMU: what they cost")
  private List<String> variant = List.of();

  @Option(
      names = "--before",
      paramLabel = "CHECKOUT",
      description =
          "Atoll beside the Atoll of another checkout, in place of QEMU: what a change costs")
  private Path before;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Compare()).execute(args));
  }

  @Override
  int measure() throws IOException, GuestRun.Failed {
    return compare(Selection.of(only));
  }

  /**
   * Which machines are compared.
   *
   * @param peers which ones they are, or why none
   * @param atoll the same of Atoll
   * @param bars what is judged; nothing where a machine runs beside itself
   */
  private record Sides(
      Machine ours, List<Machine> theirs, String peers, String atoll, Optional<Bars> bars) {}

  private Sides sides(Path script, HostFacts.Engine used, boolean interpreter) throws IOException {
    Machine atoll = Machine.atoll(script, Optional.ofNullable(engine));
    String which = "engine " + used;
    if (!variant.isEmpty()) {
      String none = "not run: Atoll beside itself";
      return new Sides(atoll.with(variant), List.of(atoll), none, which, Optional.empty());
    }
    if (before != null) {
      Path other = before.resolve("atoll");
      HostFacts.chosenEngine(other); // builds it, which must not count as its boot
      Machine old = Machine.atoll(other, Optional.ofNullable(engine));
      String none = "not run: Atoll beside Atoll of " + HostFacts.commit(before);
      return new Sides(atoll, List.of(old.named("before")), none, which, Optional.empty());
    }
    List<Peer> peers = peers();
    String versions = peers.stream().map(Peer::version).collect(Collectors.joining("; "));
    List<Machine> machines = peers.stream().map(Peer::machine).toList();
    if (noise) {
      Machine first = machines.getFirst();
      String none = "not run: QEMU against itself";
      return new Sides(first.named("again"), List.of(first), versions, none, Optional.empty());
    }
    Bars bars = interpreter ? Bars.INTERPRETER : Bars.TRANSLATOR;
    return new Sides(atoll.named(used.name()), machines, versions, which, Optional.of(bars));
  }

  private record Peer(Machine machine, String version) {}

  private List<Peer> peers() throws IOException {
    List<Peer> peers = new ArrayList<>();
    for (String command : qemu.isEmpty() ? usualQemus() : qemu) {
      String version = HostFacts.qemu(command);
      peers.add(new Peer(Machine.qemu(command).named(HostFacts.release(version)), version));
    }
    if (rvvm != null) {
      Rvvm other = new Rvvm(rvvm.toAbsolutePath(), firmware, GuestFiles.find(root).folder());
      peers.add(new Peer(other.machine("RVVM"), other.version()));
    }
    List<String> names = peers.stream().map(peer -> peer.machine.name()).toList();
    if (Set.copyOf(names).size() < names.size()) {
      throw new IllegalArgumentException("two peers are one version: " + String.join(", ", names));
    }
    return peers;
  }

  private int compare(Selection selection) throws IOException, GuestRun.Failed {
    if ((noise ? 1 : 0) + (variant.isEmpty() ? 0 : 1) + (before == null ? 0 : 1) > 1) {
      throw new IllegalArgumentException(
          "--noise, --variant and --before exclude each other; give one");
    }
    if (before != null && !Files.isExecutable(before.resolve("atoll"))) {
      throw new IllegalArgumentException(
          "--before " + before + ": expected a checkout of Atoll, with its script 'atoll'");
    }
    if (rvvm != null) {
      requireRvvm(selection);
    }
    Path script = root.resolve("atoll");
    HostFacts.Engine used =
        engine == null || engine.equals("auto")
            ? HostFacts.chosenEngine(script)
            : new HostFacts.Engine(engine, "as asked for");
    boolean interpreter = !noise && used.name().equals(INTERPRETER);
    int ourScale = scale != null ? scale : interpreter ? 8 : 40;
    boolean beside = !variant.isEmpty() || before != null;
    int usual = beside ? ourScale : Math.max(40, ourScale);
    int theirScale = qemuScale != null ? qemuScale : usual;
    int wait = delay != null ? delay : interpreter ? 15 : 5;
    boolean takesLong = !Collections.disjoint(selection.parts(), Set.of(Part.BUILD, Part.PROGRAMS));
    int limit = timeout != null ? timeout : takesLong ? 3600 : 600;
    Sides sides = sides(script, used, interpreter);
    List<Trial> trials = trials(selection, wait);
    String load = HostFacts.load();
    GuestRun.rehearse();
    Comparison comparison =
        new Rounds(sides.ours, sides.theirs, ourScale, theirScale, Duration.ofSeconds(limit))
            .play(trials, runs);

    List<String> theirs = sides.theirs.stream().map(Machine::name).toList();
    Map<String, String> about = new LinkedHashMap<>();
    about.put("date", HostFacts.today());
    about.put("commit", HostFacts.commit(root));
    about.put("beside", sides.peers);
    about.put("Atoll", sides.atoll);
    about.put("host", HostFacts.host());
    about.put("host's load before", load);
    for (Trial trial : trials) {
      about.put("guest of " + trial.part().key, describe(trial.guest()));
    }
    about.put("rounds", runs + ", interleaved");
    if (trials.stream().anyMatch(Trial::scaled)) {
      about.put(
          "gbench's scale",
          "%d %% here, %d %% on %s".formatted(ourScale, theirScale, String.join(" and ", theirs)));
    }
    List<Verdict> verdicts = sides.bars.map(bars -> bars.judge(comparison)).orElse(List.of());
    Report report = new Report(comparison, sides.ours.name(), theirs, verdicts, about);
    System.out.println(report.markdown());
    if (json != null) {
      report.json(json);
    }
    return comparison.differences().isEmpty() ? 0 : 1;
  }

  private void requireRvvm(Selection selection) {
    if (noise || !variant.isEmpty() || before != null) {
      throw new IllegalArgumentException(
          "--rvvm is a peer, and with --noise, --variant and --before there is none");
    }
    if (!Collections.disjoint(selection.parts(), Set.of(Part.BUILD, Part.PROGRAMS))) {
      throw new IllegalArgumentException(
          "--rvvm: RVVM has no virtio disks, so it cannot run the build or the programs");
    }
    if (!Files.isExecutable(rvvm)) {
      throw new IllegalArgumentException("--rvvm " + rvvm + ": expected an executable file");
    }
    if (!Files.isRegularFile(firmware)) {
      throw new IllegalArgumentException(
          "--rvvm-firmware "
              + firmware
              + ": expected OpenSBI's fw_jump.bin, which Debian's package opensbi has");
    }
  }

  private List<Trial> trials(Selection selection, int wait) throws IOException {
    GuestFiles files = GuestFiles.find(root);
    Path image = kernel == null ? files.kernel() : kernel;
    List<Trial> trials = new ArrayList<>();
    Path gbench = null;
    for (Part part : selection.parts()) {
      List<String> workloads = selection.workloads(part);
      if (part == Part.BUILD) {
        trials.add(build(files, image, wait));
      } else if (part == Part.PROGRAMS) {
        trials.add(programs(files, image, workloads, wait));
      } else {
        gbench = gbench == null ? files.gbench() : gbench;
        trials.add(gbench(part, image, gbench, workloads, wait));
      }
    }
    return trials;
  }

  private Trial gbench(Part part, Path image, Path initrd, List<String> workloads, int wait) {
    Machine.Guest guest =
        new Machine.Guest(image, initrd, Optional.empty(), "console=ttyS0", cpus, memory);
    if (part == Part.BOOT) {
      return new Trial(part, guest.with("gw=none"), List.of(), false);
    }
    if (part == Part.HARTS) {
      // Twice, and the second time counts: an engine that warms up shall not look as if its second
      // hart were the faster one.
      List<String> busy = List.of(Part.BUSY_ONE, Part.BUSY_TWO);
      return new Trial(part, guest.harts(2).with(words(busy, wait) + " gr=2"), busy, true);
    }
    return new Trial(part, guest.with(words(workloads, wait)), workloads, true);
  }

  private static String words(List<String> workloads, int wait) {
    return "quiet gd=" + wait + " gw=" + String.join(",", workloads);
  }

  private Trial build(GuestFiles files, Path image, int wait) throws IOException {
    Machine.Guest guest = large(image, files.build(), files.image("toolchain"), "gd=" + wait);
    return new Trial(Part.BUILD, guest.harts(2), List.of(Part.BUILD.key), false);
  }

  private Trial programs(GuestFiles files, Path image, List<String> programs, int wait)
      throws IOException {
    // OpenJDK 21 does not run where page tables have five levels.
    String words = "no5lvl gd=" + wait + " gw=" + String.join(",", programs);
    Machine.Guest guest = large(image, files.programs(), files.image("programs"), words);
    return new Trial(Part.PROGRAMS, guest, programs, false);
  }

  /** A guest with a disk of Debian's packages. */
  private Machine.Guest large(Path image, Path initrd, Path disk, String words) {
    return new Machine.Guest(
        image,
        initrd,
        Optional.of(disk),
        "console=ttyS0 quiet " + words,
        cpus,
        Math.max(memory, LARGE_MEMORY));
  }

  /** What is booted, for the head of a report. */
  static String describe(Machine.Guest guest) {
    return "%d hart%s, %d MiB, %s%s"
        .formatted(
            guest.harts(),
            guest.harts() == 1 ? "" : "s",
            guest.memoryMib(),
            guest.kernel().getParent().getFileName() + "/" + guest.kernel().getFileName(),
            guest.disk().map(disk -> ", " + disk.getFileName()).orElse(""));
  }
}
