package atoll.image;

import atoll.host.Clock;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * SHA-256 of large files, remembered in a file of its own: a file whose size, time and place on its
 * file system are as they were is not read again. What cannot be remembered is worked out again; a
 * record that is damaged is none. Thread-safe, also between processes.
 */
public final class FileDigests {
  /** How many files are remembered: those asked for last. */
  private static final int MOST = 64;

  private static final String HEX = "0123456789abcdef";

  /** Of a digest. */
  private static final int DIGITS = 64;

  /** Nanoseconds after a change in which another may get the same time. */
  private static final long GRAIN = 2_000_000_000L;

  private final Path record;
  private final Clock clock;

  /**
   * @param record where they are remembered; made when there is something to remember
   * @param clock the host's
   */
  public FileDigests(Path record, Clock clock) {
    this.record = record;
    this.clock = clock;
  }

  /**
   * What is remembered of a file as it is now; reads nothing of it.
   *
   * @return in lower-case hexadecimal
   */
  public Optional<String> known(Path file) {
    try {
      String of = identity(file);
      return lines().stream()
          .filter(line -> line.substring(DIGITS + 1).equals(of))
          .map(line -> line.substring(0, DIGITS))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Remembers what somebody else has worked out of a file and calls its digest, unless it has only
   * just changed.
   *
   * @param digest 64 digits, in lower-case hexadecimal
   */
  public void note(Path file, String digest) {
    try {
      if (settled(file)) {
        remember(digest + " " + identity(file));
      }
    } catch (IOException e) {
      // It is worked out again.
    }
  }

  /**
   * The digest of a file, worked out if it is not known.
   *
   * @return in lower-case hexadecimal
   * @throws HostException if the file cannot be read
   */
  public String of(Path file) {
    return known(file).orElseGet(() -> remembered(file));
  }

  private String remembered(Path file) {
    try {
      String before = identity(file);
      String digest = Checksum.of(Checksum.Algorithm.SHA256, file, Progress.SILENT).hex();
      if (settled(file) && identity(file).equals(before)) {
        remember(digest + " " + before);
      }
      return digest;
    } catch (IOException e) {
      throw new HostException("%s cannot be read: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  /** A file that has only just changed may change again unseen. */
  private boolean settled(Path file) throws IOException {
    long changed = Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS);
    return Math.abs(clock.epochNanos() - changed) > GRAIN;
  }

  /** Not to remember is no fault. */
  private synchronized void remember(String line) {
    try {
      List<String> lines = new ArrayList<>(lines());
      String file = line.substring(line.lastIndexOf('\t'));
      lines.removeIf(other -> other.endsWith(file));
      lines.add(line);
      Files.createDirectories(record.getParent());
      Path next = Files.createTempFile(record.getParent(), ".digests", "");
      Files.write(next, lines.subList(Math.max(0, lines.size() - MOST), lines.size()));
      Files.move(next, record, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      // The next one works it out again.
    }
  }

  private List<String> lines() throws IOException {
    return Files.exists(record)
        ? new String(Files.readAllBytes(record), StandardCharsets.UTF_8)
            .lines()
            .filter(FileDigests::isRecord)
            .toList()
        : List.of();
  }

  /** Digest, a blank, and {@link #identity}; by hand, as a pattern takes a start 5 ms. */
  private static boolean isRecord(String line) {
    int tab = line.indexOf('\t');
    return tab > DIGITS
        && tab < line.length() - 1
        && line.charAt(DIGITS) == ' '
        && line.chars().limit(DIGITS).allMatch(digit -> HEX.indexOf(digit) >= 0);
  }

  /** What changes when a file does; the path comes last. */
  private static String identity(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    return "%d %d %s\t%s"
        .formatted(
            now.size(),
            now.lastModifiedTime().to(TimeUnit.NANOSECONDS),
            now.fileKey(),
            file.toRealPath());
  }
}
