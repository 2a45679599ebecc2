package atoll.scenario;

import java.nio.file.Path;
import java.util.Objects;

/** An image file as a disk. */
public record DiskSpec(Path file, boolean readOnly) {
  public DiskSpec {
    Objects.requireNonNull(file, "file");
  }

  /** For who reads a plan. */
  String label() {
    return "disk " + file.getFileName() + (readOnly ? ", read-only" : "");
  }
}
