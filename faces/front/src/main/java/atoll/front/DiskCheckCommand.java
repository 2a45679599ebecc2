package atoll.front;

import atoll.disk.CheckReport;
import atoll.disk.ImageTool;
import atoll.host.HostException;
import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code atoll disk check}. */
@Command(
    name = "check",
    header = "Looks for damage in a disk image, and mends it.",
    footer = {
      "",
      "Exit codes, as qemu-img has them: 0 all is well, or has been mended; 1 the check could not be"
          + " made; 2 the image is damaged; 3 only room is wasted; 63 the format has nothing to check."
    },
    sortOptions = false)
final class DiskCheckCommand implements Callable<Integer> {
  private static final int UNCHECKED = 1;
  private static final int DAMAGED = 2;
  private static final int LEAKS = 3;
  private static final int NOTHING_TO_CHECK = 63;

  private final Manager manager;
  private final PrintStream out;
  private final PrintStream err;

  /** What {@code -r} takes. */
  enum Mend {
    leaks(ImageTool.Repair.LEAKS),
    all(ImageTool.Repair.ALL);

    private final ImageTool.Repair repair;

    Mend(ImageTool.Repair repair) {
      this.repair = repair;
    }
  }

  @Mixin private DiskSource source;
  @Mixin private DiskOutput output;

  @Option(
      names = {"-r", "--repair"},
      paramLabel = "WHAT",
      description = "mend leaks, or all")
  private Mend mend;

  @Option(
      names = {"-q", "--quiet"},
      description = "say nothing; the exit code tells")
  private boolean quiet;

  DiskCheckCommand(Manager manager, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    Optional<CheckReport> report;
    try {
      ImageTool.Repair repair = mend == null ? ImageTool.Repair.NOTHING : mend.repair;
      report = manager.perform(new DiskAction.CheckDisk(source.image(), source.format(), repair));
    } catch (HostException e) {
      err.println("atoll: " + e.getMessage());
      return UNCHECKED;
    }
    if (report.isEmpty()) {
      err.println("atoll: a raw image has no tables that could be checked");
      return NOTHING_TO_CHECK;
    }
    if (!quiet) {
      out.print(
          output.json()
              ? DiskJson.check(source.image(), report.get())
              : DiskText.check(report.get()));
    }
    return code(report.get());
  }

  private static int code(CheckReport report) {
    if (report.corruptions() > report.corruptionsFixed()) {
      return DAMAGED;
    }
    return report.leaks() > report.leaksFixed() ? LEAKS : ExitCode.SUCCESS;
  }
}
