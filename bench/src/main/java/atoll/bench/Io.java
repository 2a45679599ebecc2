package atoll.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Disks of Atoll beside those of {@code qemu-system-riscv64 -M virt}: the same kernel, fio and
 * image, in interleaved rounds. Each boot does all jobs on one image; fio tells what it reached.
 */
@Command(
    name = "io",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Times fio on a disk of Atoll and of QEMU, interleaved; prints Markdown.")
final class Io extends Measurement {
  private static final int BOOT_SECONDS = 120;

  /** What a job takes beside its time: fio's start in an emulated machine, and its ramp. */
  private static final int JOB_SECONDS = 40;

  @Option(names = "--runs", defaultValue = "3", description = "rounds (${DEFAULT-VALUE})")
  private int runs;

  @Option(names = "--seconds", defaultValue = "5", description = "of each job (${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--only",
      split = ",",
      description =
          "jobs: seqread, seqwrite, randread1, randwrite1, randread32, randwrite32; formats: raw, qcow2")
  private List<String> only = List.of();

  @Option(
      names = "--size",
      defaultValue = "1024",
      description = "MiB of the disk (${DEFAULT-VALUE})")
  private int size;

  @Option(
      names = "--cpus",
      defaultValue = "1",
      description = "harts of the guest (${DEFAULT-VALUE})")
  private int cpus;

  @Option(
      names = "--memory",
      defaultValue = "512",
      description = "MiB of the guest (${DEFAULT-VALUE})")
  private int memory;

  @Option(
      names = "--qemu",
      defaultValue = "qemu-system-riscv64",
      description = "QEMU (${DEFAULT-VALUE})")
  private String qemu;

  @Option(
      names = "--qemu-drive",
      defaultValue = "cache=writeback,aio=threads",
      description = "options of QEMU's -drive (${DEFAULT-VALUE}, which are its own defaults)")
  private String drive;

  @Option(
      names = "--before",
      paramLabel = "CHECKOUT",
      description = "Atoll beside the Atoll of another checkout, in place of QEMU")
  private Path before;

  @Option(names = "--json", description = "also write the figures there")
  private Path json;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Io()).execute(args));
  }

  @Override
  int measure() throws IOException, GuestRun.Failed {
    return compare(chosen(IoJob.keys()), chosen(IoFormat.keys()));
  }

  /** Those of {@code all} that were asked for; all if none was. */
  private List<String> chosen(List<String> all) {
    List<String> known = Stream.concat(IoJob.keys().stream(), IoFormat.keys().stream()).toList();
    for (String word : only) {
      if (!known.contains(word)) {
        throw new IllegalArgumentException(
            "--only " + word + ": expected some of " + String.join(", ", known));
      }
    }
    List<String> some = all.stream().filter(only::contains).toList();
    return some.isEmpty() ? all : some;
  }

  private int compare(List<String> jobs, List<String> formats) throws IOException, GuestRun.Failed {
    Path script = root.resolve("atoll");
    Machine atoll = Machine.atoll(script, Optional.ofNullable(engine));
    Machine other = other();
    GuestFiles files = GuestFiles.find(root);
    IoImages images = new IoImages(files.folder(), script, (long) size << 20);
    Machine.Guest guest =
        new Machine.Guest(
            files.kernel(),
            files.io(),
            Optional.of(files.image("fio")),
            "console=ttyS0 quiet is=%d ij=%s".formatted(seconds, String.join(",", jobs)),
            cpus,
            memory);
    Map<String, String> about = about(guest);
    GuestRun.rehearse();
    IoRounds rounds = new IoRounds();
    for (int round = 0; round < runs; round++) {
      for (IoFormat format : IoFormat.values()) {
        if (formats.contains(format.key())) {
          Path image = images.of(format);
          List<Machine> both =
              List.of(measured(atoll, image, format), measured(other, image, format));
          GuestRun[] done = new GuestRun[2];
          for (int n = 0; n < done.length; n++) {
            int which = (round + n) % 2; // the first one changes, so that the order favours neither
            String what = "round %d/%d, %s".formatted(round + 1, runs, format.key());
            done[which] = run(what, both.get(which), guest, image, jobs);
          }
          rounds.add(format, jobs, done[0], done[1]);
        }
      }
    }
    List<IoRounds.Row> rows = rounds.rows();
    List<Verdict> verdicts = before == null ? IoRounds.judge(rows) : List.of();
    IoReport report = new IoReport(atoll.name(), other.name(), about, rows, verdicts);
    System.out.println(report.markdown());
    if (json != null) {
      report.json(json);
    }
    return 0;
  }

  private Machine other() throws IOException {
    if (before == null) {
      return Machine.qemu(qemu);
    }
    Path script = before.resolve("atoll");
    HostFacts.chosenEngine(script); // builds it, which must not count
    return Machine.atoll(script, Optional.ofNullable(engine)).named("before");
  }

  private Map<String, String> about(Machine.Guest guest) throws IOException {
    Map<String, String> about = new LinkedHashMap<>();
    about.put("date", HostFacts.today());
    about.put("commit", HostFacts.commit(root));
    if (before == null) {
      about.put("QEMU", HostFacts.qemu(qemu) + ", -drive " + drive);
    } else {
      about.put("before", HostFacts.commit(before));
    }
    about.put("host", HostFacts.host());
    about.put("host's load before", HostFacts.load());
    about.put(
        "guest",
        "%d hart%s, %d MiB, %s"
            .formatted(
                cpus, cpus == 1 ? "" : "s", memory, guest.kernel().getParent().getFileName()));
    about.put(
        "work",
        "fio with libaio and direct=1 on a disk of %d MiB that is in the host's cache"
            .formatted(size));
    about.put("rounds", "%d, interleaved, %d s a job".formatted(runs, seconds));
    return about;
  }

  /** The machine with the disk that is measured. */
  private Machine measured(Machine machine, Path image, IoFormat format) {
    List<String> flags =
        machine.name().startsWith("QEMU")
            ? List.of(
                "-drive",
                "file=%s,format=%s,if=none,id=measured,%s".formatted(image, format.key(), drive),
                "-device",
                "virtio-blk-device,drive=measured")
            : List.of("--disk", "%s,format=%s".formatted(image, format.key()));
    return new Machine(
        machine.name(),
        guest -> Stream.concat(machine.command().of(guest).stream(), flags.stream()).toList());
  }

  private GuestRun run(
      String what, Machine machine, Machine.Guest guest, Path image, List<String> jobs)
      throws IOException, GuestRun.Failed {
    System.err.println(what + ", " + machine.name());
    IoImages.warm(image);
    Duration limit =
        Duration.ofSeconds(BOOT_SECONDS + (long) jobs.size() * (seconds + JOB_SECONDS));
    try {
      return GuestRun.of(machine.command().of(guest), limit, jobs);
    } catch (GuestRun.Failed e) {
      throw new GuestRun.Failed(what + ", " + machine.name() + ": " + e.getMessage());
    }
  }
}
