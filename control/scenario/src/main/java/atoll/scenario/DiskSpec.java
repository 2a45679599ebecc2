package atoll.scenario;

import java.nio.file.Path;
import java.util.Objects;

/**
 * An image file as a disk.
 *
 * @param pci whether it is on PCI Express, wherever the VM's other devices are
 */
public record DiskSpec(Path file, boolean readOnly, boolean pci) {
  public DiskSpec {
    Objects.requireNonNull(file, "file");
  }

  /** One where the VM's other devices are. */
  public DiskSpec(Path file, boolean readOnly) {
    this(file, readOnly, false);
  }

  /** For who reads a plan. */
  String label() {
    return "disk " + file.getFileName() + (readOnly ? ", read-only" : "");
  }
}
