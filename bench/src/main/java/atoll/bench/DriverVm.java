package atoll.bench;

import atoll.host.HeldDevice;
import atoll.testkit.LinuxGuest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One disk by each architecture of device models, for the same Linux, in turns. */
@Command(
    name = "bench/driver",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Reads and writes a disk that is in the monitor, passed through, or served by a driver VM.")
final class DriverVm implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "ROUNDS", defaultValue = "3", description = "default: 3")
  private int rounds;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "a block device to pass through, whose contents are lost; if absent, a loop device")
  private Path device;

  @Option(names = "--svg", paramLabel = "FILE", description = "write the chart there")
  private Path svg;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "WHICH",
      description = "of: ${COMPLETION-CANDIDATES}")
  private List<DriverKind> only = List.of(DriverKind.values());

  private DriverVm() {}

  /** Prints a table. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new DriverVm()).setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Optional<LinuxGuest> linux = LinuxGuest.find();
    if (linux.isEmpty()) {
      System.err.println("bench/driver: there is no Debian kernel in the cache, nor network");
      return 1;
    }
    if (rounds < 1) {
      System.err.printf("bench/driver: '%d' is no number of rounds, expected 1 or more%n", rounds);
      return 2;
    }
    Map<DriverKind, List<DriverRun.Costs>> all = new EnumMap<>(DriverKind.class);
    DriverRun run = new DriverRun(linux.get());
    for (int round = 0; round < rounds; round++) {
      for (DriverKind kind : only) {
        measure(run, kind)
            .ifPresent(costs -> all.computeIfAbsent(kind, k -> new ArrayList<>()).add(costs));
      }
    }
    DriverReport report = new DriverReport(all);
    System.out.print(report.table());
    System.out.print(report.way());
    if (svg != null) {
      Files.writeString(svg, report.chart());
    }
    return 0;
  }

  private Optional<DriverRun.Costs> measure(DriverRun run, DriverKind kind)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("atoll-driver", ".img");
    try {
      DriverRun.fill(file);
      if (kind != DriverKind.PASS_THROUGH) {
        return Optional.of(run.of(kind, file));
      }
      return device != null ? Optional.of(passed(run, device)) : looped(run, file);
    } finally {
      Files.delete(file);
    }
  }

  private static DriverRun.Costs passed(DriverRun run, Path device)
      throws IOException, InterruptedException {
    HeldDevice held = HeldDevice.hold(device);
    try {
      return run.of(DriverKind.PASS_THROUGH, device);
    } finally {
      held.close();
    }
  }

  private static Optional<DriverRun.Costs> looped(DriverRun run, Path file)
      throws IOException, InterruptedException {
    Optional<String> loop = losetup("--find", "--show", file.toString());
    if (loop.isEmpty()) {
      System.err.println(
          "bench/driver: losetup makes no loop device here; give a block device by --device");
      return Optional.empty();
    }
    try {
      return Optional.of(passed(run, Path.of(loop.get())));
    } finally {
      losetup("--detach", loop.get());
    }
  }

  /** What it says, if it succeeds. */
  private static Optional<String> losetup(String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("losetup"));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? Optional.of(said.strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
