package atoll.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Atoll beside {@code qemu-system-riscv64 -M virt}: the same kernel, file system, memory and number
 * of harts, in interleaved rounds, timed from outside.
 *
 * <p>What suits an interpreter is over on QEMU in milliseconds, so QEMU gets more of each workload
 * and time per round of its loop is compared. One further run of QEMU at Atoll's scale proves that
 * the sums are equal.
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Times Atoll and QEMU on the same guest, interleaved; prints Markdown.")
final class Compare implements Callable<Integer> {
  private static final int USAGE = 2;

  @Option(
      names = "--engine",
      defaultValue = "interpreter",
      description = "Atoll's engine (${DEFAULT-VALUE})")
  private String engine;

  @Option(names = "--runs", defaultValue = "5", description = "rounds (${DEFAULT-VALUE})")
  private int runs;

  @Option(
      names = "--only",
      split = ",",
      description = "only these workloads; 'boot' is the cold boot, 'none' no workload")
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

  @Option(names = "--cpus", defaultValue = "1", description = "harts (${DEFAULT-VALUE})")
  private int cpus;

  @Option(names = "--memory", defaultValue = "512", description = "MiB (${DEFAULT-VALUE})")
  private int memory;

  @Option(names = "--kernel", description = "kernel image (Atoll's cache if absent)")
  private Path kernel;

  @Option(
      names = "--qemu",
      defaultValue = "qemu-system-riscv64",
      description = "QEMU (${DEFAULT-VALUE})")
  private String qemu;

  @Option(names = "--json", description = "also write the figures there")
  private Path json;

  @Option(names = "--timeout", defaultValue = "600", description = "seconds for one run")
  private int timeout;

  @Option(names = "--noise", description = "QEMU against itself: what the host's noise makes")
  private boolean noise;

  @Option(names = "--root", required = true, hidden = true)
  private Path root;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Compare()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> workloads = only.stream().filter(w -> !w.equals("boot")).toList();
    boolean boots = only.isEmpty() || only.contains("boot");
    boolean works = only.isEmpty() || !workloads.isEmpty();
    for (String w : workloads) {
      if (!Group.all().contains(w)) {
        System.err.println("compare: no workload " + w + "; there are boot, " + Group.all());
        return USAGE;
      }
    }
    String version = Machine.firstLine(qemu, "--version");
    if (!version.startsWith("QEMU")) {
      System.err.println("compare: " + version + "; install Debian's qemu-system-misc");
      return USAGE;
    }
    GuestFiles files = GuestFiles.prepare(root, kernel);
    boolean interpreter = engine.equals("interpreter");
    int ourScale = scale != null ? scale : interpreter ? 8 : 40;
    int theirScale = qemuScale != null ? qemuScale : Math.max(40, ourScale);
    int wait = delay != null ? delay : interpreter ? 15 : 5;
    Machine theirs = Machine.qemu(qemu);
    Machine ours = noise ? theirs : Machine.atoll(root.resolve("atoll"), engine);

    GuestRun.rehearse();
    Comparison comparison = new Comparison();
    Duration limit = Duration.ofSeconds(timeout);
    try {
      for (int round = 0; round < runs; round++) {
        boolean swap = round % 2 == 1; // who goes first changes, so that order favours nobody
        if (boots) {
          String append = "console=ttyS0 gw=none";
          GuestRun[] pair = pair(round, swap, "boot", ours, theirs, files, append, append, limit);
          comparison.boot(pair[0], pair[1]);
        }
        if (works) {
          String append = "console=ttyS0 quiet gd=" + wait;
          if (!workloads.isEmpty()) {
            append += " gw=" + String.join(",", workloads);
          }
          GuestRun[] pair =
              pair(
                  round,
                  swap,
                  "gbench",
                  ours,
                  theirs,
                  files,
                  append + " gs=" + ourScale,
                  append + " gs=" + theirScale,
                  limit);
          comparison.work(pair[0], pair[1]);
          if (round == 0 && ourScale != theirScale) {
            System.err.println("sums: gbench at the same scale on " + theirs.name());
            GuestRun same =
                run(
                    theirs,
                    files,
                    append.replaceFirst("gd=\\d+", "gd=0") + " gs=" + ourScale,
                    limit);
            comparison.sums(pair[0], same);
          }
        }
      }
    } catch (GuestRun.Failed e) {
      System.err.println("compare: " + e.getMessage());
      return 1;
    }

    Map<String, String> about = new LinkedHashMap<>();
    about.put("QEMU", version);
    about.put("Atoll", noise ? "not run: QEMU against itself" : "engine " + engine);
    about.put("guest", cpus + " hart(s), " + memory + " MiB, " + files.kernel().getFileName());
    about.put("host", host());
    about.put("rounds", runs + ", interleaved");
    about.put("gbench scale", ourScale + " % here, " + theirScale + " % on QEMU");
    Report report = new Report(comparison, ours.name(), interpreter, about);
    System.out.println(report.markdown());
    if (json != null) {
      report.json(json);
    }
    return comparison.differences().isEmpty() ? 0 : 1;
  }

  /** Ours first in the result, whoever ran first. */
  private GuestRun[] pair(
      int round,
      boolean swap,
      String what,
      Machine ours,
      Machine theirs,
      GuestFiles files,
      String ourAppend,
      String theirAppend,
      Duration limit)
      throws GuestRun.Failed {
    GuestRun[] pair = new GuestRun[2];
    for (int i : swap ? new int[] {1, 0} : new int[] {0, 1}) {
      Machine machine = i == 0 ? ours : theirs;
      System.err.printf("round %d/%d: %s on %s%n", round + 1, runs, what, machine.name());
      try {
        pair[i] = run(machine, files, i == 0 ? ourAppend : theirAppend, limit);
      } catch (GuestRun.Failed e) {
        throw new GuestRun.Failed(machine.name() + ", " + what + ": " + e.getMessage());
      }
    }
    return pair;
  }

  private GuestRun run(Machine machine, GuestFiles files, String append, Duration limit)
      throws GuestRun.Failed {
    Machine.Guest guest = new Machine.Guest(files.kernel(), files.initrd(), append, cpus, memory);
    return GuestRun.of(machine.command().of(guest), limit);
  }

  private static String host() throws IOException {
    List<String> facts = new ArrayList<>();
    Path cpuinfo = Path.of("/proc/cpuinfo");
    if (Files.exists(cpuinfo)) {
      Files.readAllLines(cpuinfo).stream()
          .filter(l -> l.startsWith("model name"))
          .findFirst()
          .ifPresent(l -> facts.add(l.substring(l.indexOf(':') + 1).strip()));
    }
    facts.add(Runtime.getRuntime().availableProcessors() + " CPUs");
    facts.add("JDK " + Runtime.version());
    return String.join(", ", facts);
  }
}
