package atoll.manager;

import java.util.Objects;

/**
 * What is behind a disk of a VM at one moment.
 *
 * @param image a file's name or an export's address, as a user writes it
 * @param bytes that the guest finds
 */
public record DiskReport(String image, long bytes, boolean readOnly) {
  public DiskReport {
    Objects.requireNonNull(image, "image");
  }
}
