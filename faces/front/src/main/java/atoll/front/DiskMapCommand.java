package atoll.front;

import atoll.disk.DiskMap;
import atoll.manager.DiskAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code atoll disk map}: a part after the other, since a large disk can have very many. */
@Command(name = "map", header = "Shows where the bytes of a disk come from.", sortOptions = false)
final class DiskMapCommand implements Callable<Integer> {
  private static final int PART = 10_000;

  private final Manager manager;
  private final PrintStream out;
  private final PrintStream err;

  @Mixin private DiskSource source;
  @Mixin private DiskOutput output;

  @Option(
      names = {"-s", "--start-offset"},
      paramLabel = "OFFSET",
      defaultValue = "0",
      converter = DiskSize.class,
      description = "begin there")
  private long start;

  @Option(
      names = {"-l", "--max-length"},
      paramLabel = "LENGTH",
      converter = DiskSize.class,
      description = "look at so much; otherwise at all that follows")
  private Long length;

  private boolean begun;

  DiskMapCommand(Manager manager, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    long until =
        length == null || length > Long.MAX_VALUE - start ? Long.MAX_VALUE : start + length;
    out.print(output.json() ? "[" : row("Offset", "Length", "Mapped to", "File"));
    long from = start;
    DiskMap map;
    do {
      map =
          manager.perform(
              new DiskAction.MapDisk(source.image(), source.format(), from, until, PART));
      for (DiskMap.Run run : map.runs()) {
        if (!show(run)) {
          err.println("atoll: some of it has no place in a file, such as compressed clusters");
          return ExitCode.TROUBLE;
        }
      }
      from = map.next();
    } while (map.runs().size() == PART);
    if (output.json()) {
      out.println("]");
    }
    return ExitCode.SUCCESS;
  }

  /** Returns whether it can be shown: the table is of places. */
  private boolean show(DiskMap.Run run) {
    if (output.json()) {
      out.print((begun ? ",\n" : "") + DiskJson.run(run));
      begun = true;
    } else if (run.data() && run.offset().isEmpty()) {
      return false;
    } else if (run.data()) {
      out.print(
          row(
              "%#x".formatted(run.start()),
              "%#x".formatted(run.length()),
              "%#x".formatted(run.offset().getAsLong()),
              run.file()));
    }
    return true;
  }

  private static String row(String offset, String length, String place, String file) {
    return "%-16s%-16s%-16s%s%n".formatted(offset, length, place, file);
  }
}
