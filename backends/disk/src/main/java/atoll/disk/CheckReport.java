package atoll.disk;

import java.util.List;

/**
 * What a check of an image has found.
 *
 * @param corruptions places where data can be lost
 * @param leaks clusters that nothing refers to but are not free
 * @param corruptionsFixed of those, how many a repair has mended
 * @param leaksFixed the same
 * @param allocated clusters of the disk that the image has
 * @param compressed how many of them are compressed
 * @param fragmented how many are not behind the one before
 * @param total clusters of the disk
 * @param end bytes of the file that are in use
 * @param findings what is wrong, in words; the first ones
 */
public record CheckReport(
    long corruptions,
    long leaks,
    long corruptionsFixed,
    long leaksFixed,
    long allocated,
    long compressed,
    long fragmented,
    long total,
    long end,
    List<String> findings) {
  public CheckReport {
    findings = List.copyOf(findings);
  }

  /** With what a repair has mended. */
  CheckReport fixed(long corruptionsMended, long leaksMended) {
    return new CheckReport(
        corruptions,
        leaks,
        corruptionsMended,
        leaksMended,
        allocated,
        compressed,
        fragmented,
        total,
        end,
        findings);
  }
}
