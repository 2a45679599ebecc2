package atoll.disk;

import java.util.Locale;
import java.util.Optional;

/** How a disk lies in its file. */
public enum DiskFormat {
  /** As it is. */
  RAW,
  /** QEMU's format, versions 2 and 3. */
  QCOW2;

  /** As people write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The format with such a name. */
  public static Optional<DiskFormat> of(String word) {
    for (DiskFormat format : values()) {
      if (format.word().equals(word)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
