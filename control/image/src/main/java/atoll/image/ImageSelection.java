package atoll.image;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which packages the cached images were made from, as recorded in {@code selection.json}.
 *
 * @param mirror the archive they came from
 * @param released when that archive was in the state that was seen
 * @param keys fingerprints of the keys that were trusted, with blanks between
 * @param kernel the kernel's package name
 */
record ImageSelection(
    String mirror,
    Instant released,
    String keys,
    String kernel,
    String kernelVersion,
    String kernelSha256,
    String busyboxVersion,
    String busyboxSha256) {
  /** What the kernel calls itself in {@code uname -r}. */
  String kernelRelease() {
    return kernel.replaceFirst("^linux-image-", "");
  }

  /** The recorded selection; nothing if there is none or it cannot be read. */
  static Optional<ImageSelection> read(Path file) {
    try {
      return of(FlatJson.read(file));
    } catch (IOException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<ImageSelection> of(Map<String, String> fields) {
    ImageSelection selection =
        new ImageSelection(
            fields.get("mirror"),
            Instant.parse(fields.getOrDefault("released", Instant.EPOCH.toString())),
            fields.getOrDefault("keys", ""),
            fields.get("kernel"),
            fields.get("kernelVersion"),
            fields.get("kernelSha256"),
            fields.get("busyboxVersion"),
            fields.get("busyboxSha256"));
    boolean whole =
        selection.kernel != null
            && selection.kernelVersion != null
            && selection.kernelSha256 != null
            && DebianPackage.isSha256(selection.kernelSha256)
            && selection.busyboxVersion != null
            && selection.busyboxSha256 != null
            && DebianPackage.isSha256(selection.busyboxSha256);
    return whole ? Optional.of(selection) : Optional.empty();
  }

  /** Records the selection; a reader sees the old one or the new one. */
  void write(Path file) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("mirror", mirror);
    fields.put("released", released.toString());
    fields.put("keys", keys);
    fields.put("kernel", kernel);
    fields.put("kernelVersion", kernelVersion);
    fields.put("kernelSha256", kernelSha256);
    fields.put("busyboxVersion", busyboxVersion);
    fields.put("busyboxSha256", busyboxSha256);
    FlatJson.write(file, fields);
  }
}
