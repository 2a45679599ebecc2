package atoll.scenario;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * An image as a disk.
 *
 * @param format as the user says; otherwise the file's first bytes decide
 * @param pci whether it is on PCI Express, wherever the VM's other devices are
 */
public record DiskSpec(
    DiskLocation image, boolean readOnly, Optional<DiskFormat> format, boolean pci) {
  public DiskSpec {
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(format, "format");
  }

  /** A file whose format is what it looks like, and that is where the VM's other devices are. */
  public DiskSpec(Path file, boolean readOnly) {
    this(DiskLocation.of(file), readOnly, Optional.empty(), false);
  }

  /** For who reads a plan. */
  String label() {
    return "disk " + image.label() + (readOnly ? ", read-only" : "");
  }
}
