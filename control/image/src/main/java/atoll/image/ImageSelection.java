package atoll.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
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
  private static final JsonFactory JSON = new JsonFactory();

  /** What the kernel calls itself in {@code uname -r}. */
  String kernelRelease() {
    return kernel.replaceFirst("^linux-image-", "");
  }

  /** The recorded selection; nothing if there is none or it cannot be read. */
  static Optional<ImageSelection> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      Map<String, String> fields = new HashMap<>();
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        fields.put(parser.currentName(), parser.nextTextValue());
      }
      return of(fields);
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
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (JsonGenerator json = JSON.createGenerator(Files.newOutputStream(next))) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("mirror", mirror);
      json.writeStringField("released", released.toString());
      json.writeStringField("keys", keys);
      json.writeStringField("kernel", kernel);
      json.writeStringField("kernelVersion", kernelVersion);
      json.writeStringField("kernelSha256", kernelSha256);
      json.writeStringField("busyboxVersion", busyboxVersion);
      json.writeStringField("busyboxSha256", busyboxSha256);
      json.writeEndObject();
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
