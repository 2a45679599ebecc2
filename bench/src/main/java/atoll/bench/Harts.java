package atoll.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The same work on guests with more and more harts, beyond the processors that the host has, beside
 * {@code qemu-system-riscv64 -M virt}, in interleaved rounds.
 */
@Command(
    name = "harts",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Times work with more and more harts on Atoll and on QEMU; prints Markdown.")
final class Harts extends Measurement {
  private static final List<String> LINUX = List.of("make", "queue");
  private static final String XV6 = "xv6";

  /** Our machine's name. */
  private static final String ATOLL = "Atoll";

  @Option(
      names = "--harts",
      split = ",",
      defaultValue = "1,2,3,4,8,16",
      description = "numbers of harts (${DEFAULT-VALUE})")
  private List<Integer> harts;

  @Option(
      names = "--only",
      split = ",",
      defaultValue = "make,queue,xv6",
      description = "work: make, queue, xv6; the last only with --xv6")
  private List<String> only;

  @Option(names = "--runs", defaultValue = "3", description = "rounds (${DEFAULT-VALUE})")
  private int runs;

  @Option(
      names = "--qemu",
      paramLabel = "COMMAND",
      description =
          "a QEMU; may be given several times. If absent, qemu-system-riscv64 and the newer one"
              + " that bench/newer-qemu finds or fetches")
  private List<String> qemus = List.of();

  @Option(names = "--no-qemu", description = "Atoll alone")
  private boolean alone;

  @Option(
      names = "--xv6",
      paramLabel = "FOLDER",
      description = "sources of xv6-riscv in which 'make kernel/kernel fs.img' has been done")
  private Path xv6;

  @Option(
      names = "--tests",
      defaultValue = "-q",
      description = "what xv6's usertests does (${DEFAULT-VALUE}: all quick ones)")
  private String tests;

  @Option(
      names = "--timeout",
      defaultValue = "30",
      description = "minutes for each run (${DEFAULT-VALUE})")
  private int minutes;

  /** A work on a machine with so many harts. */
  private record Key(String work, int harts, String machine) {}

  private final Map<Key, List<GuestRun.Cost>> costs = new LinkedHashMap<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new Harts()).execute(args));
  }

  @Override
  int measure() throws IOException, GuestRun.Failed {
    List<String> works = new ArrayList<>(only);
    if (xv6 == null) {
      works.remove(XV6);
    }
    for (String work : works) {
      if (!LINUX.contains(work) && !work.equals(XV6)) {
        throw new IllegalArgumentException(
            "--only " + work + ": expected some of make, queue, xv6");
      }
    }
    List<Machine> machines = machines();
    measure(works, machines);
    System.out.println(report(works, machines));
    return 0;
  }

  private List<Machine> machines() throws IOException {
    List<Machine> machines = new ArrayList<>();
    machines.add(Machine.atoll(root.resolve("atoll"), Optional.ofNullable(engine)));
    if (!alone) {
      for (String qemu : qemus.isEmpty() ? usualQemus() : qemus) {
        machines.add(new Machine(qemu, Machine.qemu(qemu).command()));
      }
    }
    return machines;
  }

  private void measure(List<String> works, List<Machine> machines)
      throws IOException, GuestRun.Failed {
    List<String> inLinux = works.stream().filter(LINUX::contains).toList();
    for (int round = 0; round < runs; round++) {
      for (int count : harts) {
        for (int n = 0; n < machines.size(); n++) {
          Machine machine = machines.get((round + n) % machines.size());
          System.err.printf("round %d/%d, %d harts, %s%n", round + 1, runs, count, machine.name());
          if (!inLinux.isEmpty()) {
            runLinux(machine, count, inLinux);
          }
          if (works.contains(XV6)) {
            add(XV6, count, machine, runXv6(machine, count));
          }
        }
      }
    }
  }

  private void add(String work, int count, Machine machine, GuestRun.Cost cost) {
    costs
        .computeIfAbsent(new Key(work, count, machine.name()), none -> new ArrayList<>())
        .add(cost);
  }

  private void runLinux(Machine machine, int count, List<String> works)
      throws IOException, GuestRun.Failed {
    GuestFiles files = GuestFiles.find(root);
    Machine.Guest guest =
        new Machine.Guest(
            files.kernel(),
            files.harts(),
            Optional.of(files.image("harts")),
            "console=ttyS0 quiet hw=" + String.join(",", works),
            count,
            1024);
    GuestRun run = GuestRun.of(machine.command().of(guest), Duration.ofMinutes(minutes), works);
    works.forEach(work -> add(work, count, machine, run.workloads().get(work).cost()));
  }

  private GuestRun.Cost runXv6(Machine machine, int count) throws IOException, GuestRun.Failed {
    boolean ours = machine.name().equals(ATOLL);
    return new Xv6Run(xv6, count, Duration.ofMinutes(minutes))
        .of(ours ? Optional.empty() : Optional.of(machine.name()), root.resolve("atoll"), tests);
  }

  // ------------------------------------------------------------ the report

  private String report(List<String> works, List<Machine> machines) {
    StringBuilder text = new StringBuilder();
    text.append(about()).append('\n');
    for (String work : works) {
      text.append("\n| ").append(work).append(" | harts |");
      machines.forEach(m -> text.append(" %s s | CPU s |".formatted(m.name())));
      text.append(" to the best other |\n|---|---:|");
      text.append("---:|".repeat(2 * machines.size() + 1)).append('\n');
      harts.forEach(count -> text.append(row(work, count, machines)));
    }
    List<Verdict> verdicts = bars(machines);
    if (!verdicts.isEmpty()) {
      text.append(Verdict.table("bar (wall)", verdicts));
    }
    return text.toString();
  }

  /** The bars that what was measured is enough for. */
  private List<Verdict> bars(List<Machine> machines) {
    List<Verdict> verdicts = new ArrayList<>();
    more(verdicts, "make", 8, 2, 1.3);
    beside(verdicts, "make", 8, machines);
    more(verdicts, "queue", 2, 1, 1.5);
    more(verdicts, XV6, 3, 2, 1.3);
    beside(verdicts, XV6, 3, machines);
    return verdicts;
  }

  /** More harts may take so many times as long as fewer. */
  private void more(List<Verdict> verdicts, String work, int more, int fewer, double bar) {
    double ratio = wall(work, more, ATOLL) / wall(work, fewer, ATOLL);
    if (!Double.isNaN(ratio)) {
      String what = "%s: %d harts to %d".formatted(work, more, fewer);
      verdicts.add(Verdict.atMost(what, ratio, bar));
    }
  }

  private void beside(List<Verdict> verdicts, String work, int count, List<Machine> machines) {
    double ratio = wall(work, count, ATOLL) / best(work, count, machines);
    if (!Double.isNaN(ratio)) {
      String what = "%s: %d harts to the best other".formatted(work, count);
      verdicts.add(Verdict.atMost(what, ratio, 0.5));
    }
  }

  /** The least seconds of the others; not a number if there is none. */
  private double best(String work, int count, List<Machine> machines) {
    return machines.stream()
        .map(Machine::name)
        .filter(name -> !name.equals(ATOLL))
        .mapToDouble(name -> wall(work, count, name))
        .min()
        .orElse(Double.NaN);
  }

  /** Seconds; not a number if it was not measured. */
  private double wall(String work, int count, String machine) {
    List<GuestRun.Cost> all = costs.getOrDefault(new Key(work, count, machine), List.of());
    return Statistics.median(all.stream().map(GuestRun.Cost::wall).toList());
  }

  private String row(String work, int count, List<Machine> machines) {
    StringBuilder text = new StringBuilder("| | %d |".formatted(count));
    for (Machine machine : machines) {
      List<GuestRun.Cost> all = costs.get(new Key(work, count, machine.name()));
      double cpu = Statistics.median(all.stream().map(GuestRun.Cost::cpu).toList());
      text.append(" %.2f | %.2f |".formatted(wall(work, count, machine.name()), cpu));
    }
    double ratio = wall(work, count, ATOLL) / best(work, count, machines);
    return text.append(alone ? " |\n" : " %.2f |\n".formatted(ratio)).toString();
  }

  private String about() {
    try {
      return "%s, commit %s, %s, load %s, %d rounds; medians"
          .formatted(
              HostFacts.today(), HostFacts.commit(root), HostFacts.host(), HostFacts.load(), runs);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
