package atoll.scenario;

import atoll.disk.DiskFormat;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * An image file as a disk.
 *
 * @param format as the user says; otherwise the file's first bytes decide
 * @param pci whether it is on PCI Express, wherever the VM's other devices are
 */
public record DiskSpec(Path file, boolean readOnly, Optional<DiskFormat> format, boolean pci) {
  public DiskSpec {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(format, "format");
  }

  /** One whose format is what it looks like, and that is where the VM's other devices are. */
  public DiskSpec(Path file, boolean readOnly) {
    this(file, readOnly, Optional.empty(), false);
  }

  /** For who reads a plan. */
  String label() {
    return "disk " + file.getFileName() + (readOnly ? ", read-only" : "");
  }
}
