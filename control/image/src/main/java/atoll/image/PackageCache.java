package atoll.image;

import atoll.host.Clock;
import atoll.host.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * The package files that were fetched for images, each under its digest. What was used longest ago
 * goes when they become too many.
 */
final class PackageCache {
  /** Bytes that are kept, beside what is needed at the moment. */
  static final long MOST = 2L << 30;

  /** Transfers at a time; servers do not like many more from one place. */
  private static final int LANES = 4;

  private static final int DIGEST_SHOWN = 16;

  private final Path folder;
  private final Clock clock;
  private final Tasks tasks;
  private final Progress progress;
  private final long most;

  /**
   * @param folder is made if it is not there; the caller keeps others out
   * @param most bytes that are kept
   */
  PackageCache(Path folder, Clock clock, Tasks tasks, Progress progress, long most) {
    this.folder = folder;
    this.clock = clock;
    this.tasks = tasks;
    this.progress = progress;
    this.most = most;
  }

  /** The files of packages, fetched if they are not there, in the order of {@code wanted}. */
  Map<DebianPackage, Path> fetch(DebianMirror mirror, List<DebianPackage> wanted)
      throws IOException {
    Files.createDirectories(folder);
    Map<DebianPackage, Path> files = new LinkedHashMap<>();
    wanted.forEach(each -> files.put(each, file(each)));
    List<DebianPackage> missing = wanted.stream().filter(each -> !isThere(each)).toList();
    if (!missing.isEmpty()) {
      long bytes = missing.stream().mapToLong(DebianPackage::size).sum();
      progress.begin("fetching %d packages".formatted(missing.size()), bytes);
      try {
        AtomicLong done = new AtomicLong();
        new Lanes<>(missing, LANES, each -> mirror.fetch(each, file(each), new Counter(done)))
            .run(tasks, "fetch", () -> progress.advance(done.get()));
      } finally {
        progress.end();
      }
    }
    trim(Set.copyOf(files.values()));
    return files;
  }

  private Path file(DebianPackage wanted) {
    return folder.resolve(wanted.sha256().substring(0, DIGEST_SHOWN) + "-" + wanted.fileName());
  }

  /** Files appear under their name only when they are whole and have been verified. */
  private boolean isThere(DebianPackage wanted) {
    Path file = file(wanted);
    try {
      if (!Files.exists(file) || Files.size(file) != wanted.size()) {
        return false;
      }
      Files.setLastModifiedTime(file, FileTime.from(clock.epochNanos(), TimeUnit.NANOSECONDS));
      return true;
    } catch (IOException e) {
      return false; // fetching it again says what is wrong
    }
  }

  /** Adds the progress of one file to that of all. */
  private static final class Counter implements Progress {
    private final AtomicLong sum;
    private long before;

    Counter(AtomicLong sum) {
      this.sum = sum;
    }

    @Override
    public void begin(String step, long total, Unit unit) {}

    @Override
    public void advance(long done) {
      sum.addAndGet(done - before);
      before = done;
    }

    @Override
    public void end() {}
  }

  /** Removes the files that were used longest ago, until the rest is not too much. */
  private void trim(Set<Path> used) throws IOException {
    long room = most;
    for (Path file : byLastUse()) {
      room -= Files.size(file);
      if (room < 0 && !used.contains(file)) {
        Files.delete(file);
      }
    }
  }

  /** The latest first. */
  private List<Path> byLastUse() throws IOException {
    record Dated(Path file, long time) {}
    Set<Dated> dated =
        new TreeSet<>(Comparator.comparingLong(Dated::time).reversed().thenComparing(Dated::file));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        dated.add(new Dated(file, Files.getLastModifiedTime(file).toMillis()));
      }
    }
    return dated.stream().map(Dated::file).toList();
  }
}
