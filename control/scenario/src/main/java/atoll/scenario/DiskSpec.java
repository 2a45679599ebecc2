package atoll.scenario;

import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.image.ByteSize;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * An image as a disk.
 *
 * @param format as the user says; otherwise the file's first bytes decide
 * @param pci whether it is on PCI Express, wherever the VM's other devices are
 * @param limits how much it may do in a second
 */
public record DiskSpec(
    DiskLocation image,
    boolean readOnly,
    Optional<DiskFormat> format,
    boolean pci,
    DiskLimits limits) {
  public DiskSpec {
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(limits, "limits");
  }

  /**
   * One whose format is what it looks like, that is where the VM's other devices are, and has no
   * limits.
   */
  public DiskSpec(Path file, boolean readOnly) {
    this(DiskLocation.of(file), readOnly, Optional.empty(), false, DiskLimits.NONE);
  }

  /** The same with its bytes elsewhere. */
  public DiskSpec at(DiskLocation other) {
    return new DiskSpec(other, readOnly, format, pci, limits);
  }

  /** For who reads a plan. */
  String label() {
    return "disk " + image.label() + (readOnly ? ", read-only" : "") + inWords(limits);
  }

  private static String inWords(DiskLimits limits) {
    String requests =
        limits.requests() == DiskLimits.UNLIMITED
            ? ""
            : ", %d requests a second".formatted(limits.requests());
    return limits.bytes() == DiskLimits.UNLIMITED
        ? requests
        : requests + ", %s a second".formatted(ByteSize.rounded(limits.bytes()));
  }
}
