package atoll.tests;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.vmm.BoardOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hands systems over to new ones, guest after guest and again and again, until there were as many
 * handovers as asked for of each, and stops at the first guest that has noticed one.
 *
 * <pre>
 * RepeatedHandovers [--count N] [--seed N] [--guests NAME,NAME] [--engines NAME,NAME] [--nested DISK]
 * </pre>
 *
 * <p>Several engines take turns, from one handover to the next.
 */
public final class RepeatedHandovers {
  private static final Duration LIMIT = Duration.ofHours(2);
  private static final long DISK = 16 << 20;

  private RepeatedHandovers() {}

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    int count = Integer.parseInt(options.getOrDefault("--count", "1000"));
    long seed = Long.parseLong(options.getOrDefault("--seed", "1"));
    List<Engine> engines =
        Arrays.stream(options.getOrDefault("--engines", "translator").split(","))
            .map(Engines::shipped)
            .toList();
    List<String> names = Arrays.asList(options.getOrDefault("--guests", "").split(","));
    for (HandoverGuest guest : guests(options)) {
      if (names.contains(guest.name()) || names.equals(List.of(""))) {
        repeat(guest, engines, seed, count);
      }
    }
    System.exit(0);
  }

  private static List<HandoverGuest> guests(Map<String, String> options) throws IOException {
    List<HandoverGuest> guests = new ArrayList<>(HandoverGuest.SMALL);
    LinuxGuest linux =
        LinuxGuest.find().orElseThrow(() -> new IOException("there is no Debian kernel here"));
    guests.add(HandoverGuest.debian(linux, RawDisk.open(disk(), false), BoardOptions.USUAL));
    guests.add(HandoverGuest.cockpit(linux));
    if (options.containsKey("--nested")) {
      Path image = Path.of(options.get("--nested"));
      guests.add(HandoverGuest.nested(linux, RawDisk.open(image, true)));
    }
    return guests;
  }

  private static Path disk() throws IOException {
    Path file = Files.createTempFile("handovers", ".img");
    file.toFile().deleteOnExit();
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(DISK);
    }
    return file;
  }

  private static void repeat(HandoverGuest guest, List<Engine> engines, long first, int count)
      throws Exception {
    long start = System.nanoTime();
    int done = 0;
    long seed = first;
    while (done < count) {
      done += guest.run(engines, seed++, count - done, LIMIT);
    }
    System.out.printf(
        "%s: %d handovers in %d runs, %.0f s%n",
        guest, done, seed - first, (System.nanoTime() - start) / 1e9);
  }
}
