package atoll.tests;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Saves systems into files and goes on from them, guest after guest and again and again, until
 * there were as many snapshots as asked for of each, and stops at the first guest that has noticed
 * one.
 *
 * <pre>
 * RepeatedSnapshots [--count N] [--seed N] [--guests NAME,NAME] [--engines NAME,NAME]
 * </pre>
 *
 * <p>Several engines take turns, from one snapshot to the next.
 */
public final class RepeatedSnapshots {
  private static final Duration LIMIT = Duration.ofHours(2);

  private RepeatedSnapshots() {}

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    int count = Integer.parseInt(options.getOrDefault("--count", "1000"));
    long seed = Long.parseLong(options.getOrDefault("--seed", "1"));
    List<String> engines =
        Arrays.asList(options.getOrDefault("--engines", "translator").split(","));
    List<String> names = Arrays.asList(options.getOrDefault("--guests", "").split(","));
    List<SnapshotGuest> guests = new ArrayList<>(SnapshotGuest.SMALL);
    guests.add(SnapshotGuest.disk());
    guests.add(SnapshotGuest.cockpit());
    Path folder = Files.createTempDirectory("snapshots");
    for (SnapshotGuest guest : guests) {
      if (names.contains(guest.name()) || names.equals(List.of(""))) {
        repeat(guest, engines, seed, count, folder);
      }
    }
    System.exit(0);
  }

  private static void repeat(
      SnapshotGuest guest, List<String> engines, long first, int count, Path folder)
      throws Exception {
    long start = System.nanoTime();
    int done = 0;
    long seed = first;
    while (done < count) {
      done += guest.run(engines, seed++, count - done, folder, LIMIT);
    }
    System.out.printf(
        "%s: %d snapshots in %d runs, %.0f s%n",
        guest, done, seed - first, (System.nanoTime() - start) / 1e9);
  }
}
