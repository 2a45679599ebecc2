package atoll.tests;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Saves systems into files while they run, and goes on from the files, guest after guest, until
 * there were as many snapshots as asked for of each ({@link SnapshotRun}). Ends at the first guest
 * that has noticed anything; what it went on from is kept. For {@code tests/snapshots}, which says
 * what can be asked for.
 */
public final class RepeatedSnapshots {
  private static final Duration LIMIT = Duration.ofHours(1);

  /** Snapshots of one run at most, so that there are many beginnings and ends. */
  private static final int MOST = 250;

  private final Map<String, String> options = new TreeMap<>();

  private RepeatedSnapshots(String[] arguments) {
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
  }

  public static void main(String[] arguments) throws Exception {
    RepeatedSnapshots work = new RepeatedSnapshots(arguments);
    for (SnapshotGuest guest : work.guests()) {
      if (!work.repeat(guest)) {
        System.exit(1);
      }
    }
    System.exit(0);
  }

  private String option(String name, String otherwise) {
    return options.getOrDefault("--" + name, otherwise);
  }

  private List<SnapshotGuest> guests() {
    Map<String, SnapshotGuest> all = new HashMap<>();
    SnapshotGuest.SMALL.forEach(guest -> all.put(guest.name(), guest));
    List.of(SnapshotGuest.witness(), SnapshotGuest.disk(), SnapshotGuest.cockpit())
        .forEach(guest -> all.put(guest.name(), guest));
    List<SnapshotGuest> chosen = new ArrayList<>();
    for (String word : Arrays.asList(option("guests", "witness").split(",", -1))) {
      // A guest with tools is NAME=IMAGE.
      String[] parts = word.split("=", 2);
      chosen.add(
          switch (parts[0]) {
            case "fio" -> SnapshotGuest.fio(Path.of(parts[1]));
            case "stress" -> SnapshotGuest.stress(Path.of(parts[1]));
            case "nested" -> SnapshotGuest.nested(Path.of(parts[1]));
            default -> all.get(parts[0]);
          });
    }
    return chosen;
  }

  /** Returns false if a guest has noticed anything. */
  private boolean repeat(SnapshotGuest guest) throws Exception {
    int count = Integer.parseInt(option("count", "1000"));
    long seed = Long.parseLong(option("seed", "1"));
    Path folder = Files.createTempDirectory(Path.of(option("folder", "/tmp")), "snapshots");
    SnapshotRun.Tally all = SnapshotRun.Tally.NONE;
    while (all.saves() < count) {
      SnapshotRun.Plan plan =
          new SnapshotRun.Plan(
              Arrays.asList(option("engines", "translator,interpreter").split(",", -1)),
              seed++,
              Math.min(MOST, count - all.saves()),
              Duration.ofMillis(Long.parseLong(option("interval", "100"))),
              Integer.parseInt(option("burst", "6")),
              folder,
              LIMIT);
      try {
        all = all.plus(new SnapshotRun(guest, plan).perform());
        System.out.printf("%s: seed %d done; %s%n", guest, plan.seed(), all);
      } catch (AssertionError e) {
        e.printStackTrace();
        System.out.printf("%s failed after %s%nkept: XDG_DATA_HOME=%s/data%n", guest, all, folder);
        return false;
      }
    }
    return true;
  }
}
