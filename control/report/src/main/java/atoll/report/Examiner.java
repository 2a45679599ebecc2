package atoll.report;

import atoll.engine.TrapLoop;
import atoll.report.CrashReport.HartScene;
import atoll.vmm.HartImage;
import atoll.vmm.MachineImage;
import atoll.vmm.ServedExit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Looks at a machine that stands still, or has ended and is still there, and says what it sees. */
public final class Examiner {
  private final MachineImage machine;
  private final Names names;

  /**
   * @param symbols of the programs that it runs
   */
  public Examiner(MachineImage machine, List<Symbols> symbols) {
    this.machine = machine;
    names = new Names(symbols, machine);
  }

  /**
   * What there is to be said now.
   *
   * @param vm the machine's name
   * @param life which of its lives
   * @param time of the platform
   * @param what has happened, in words that follow the name
   * @param notes what else a person should know, a sentence each
   * @param console the last lines that it has printed
   */
  public CrashReport report(
      String vm, int life, Duration time, String what, List<String> notes, List<String> console) {
    List<HartImage> harts = machine.harts().stream().sorted(concerned()).toList();
    List<String> all = new ArrayList<>(notes);
    all.addAll(names.notes());
    harts
        .getFirst()
        .unhandled()
        .filter(Examiner::wandered)
        .ifPresent(loop ->
            all.add(
                "nothing has been executed since the first exception: the registers are still those of that moment"));
    return new CrashReport(
        vm, life, time, what, harts.stream().map(this::scene).toList(), all, console);
  }

  /** Those first that could not go on, and those that were served last. */
  private static Comparator<HartImage> concerned() {
    return Comparator.comparing((HartImage hart) -> hart.unhandled().isEmpty())
        .thenComparingLong(hart -> -lastExit(hart))
        .thenComparingInt(HartImage::number);
  }

  private static long lastExit(HartImage hart) {
    List<ServedExit> exits = hart.exits();
    return exits.isEmpty() ? 0 : exits.getLast().nanos();
  }

  private static boolean wandered(TrapLoop loop) {
    return !loop.first().equals(loop.last());
  }

  private HartScene scene(HartImage hart) {
    return new HartExaminer(machine, hart, names).scene();
  }
}
