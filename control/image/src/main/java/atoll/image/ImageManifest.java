package atoll.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is recorded of an image beside it, once it is whole.
 *
 * @param name of the image
 * @param id tells it from others of that name
 * @param recipe the digest of what it was made of
 * @param release Debian's code name
 * @param mirror the archive that its packages came from
 * @param archived when that archive was in the state that was seen
 * @param built when it was made
 * @param took how long that took
 * @param kernel what the kernel calls itself
 * @param size bytes of the disk
 * @param packages versions by name
 * @param files digests by name: of the disk, of the kernel and the initial RAM disk if it is not
 *     booted by firmware, and of the kernel's parameter if blocks are checked
 * @param pulled where it comes from, if it was made elsewhere; then nothing is known of packages,
 *     and what is said above of the archive is empty
 */
public record ImageManifest(
    String name,
    String id,
    String recipe,
    String release,
    String mirror,
    Instant archived,
    Instant built,
    Duration took,
    String kernel,
    long size,
    Map<String, String> packages,
    Map<String, String> files,
    Optional<PulledFrom> pulled) {
  /** Names of an image's files. */
  public static final String DISK = "disk.img";

  static final String KERNEL = "vmlinux";
  static final String INITRAMFS = "initrd.cpio";

  /** The kernel's parameter that has the disk's blocks checked. */
  static final String PARAMETER = "cmdline";

  static final String FILE = "manifest.json";

  private static final JsonFactory JSON = new JsonFactory();
  private static final int FORMAT = 1;
  private static final String PULLED = "pulled";

  public ImageManifest {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(recipe, "recipe");
    Objects.requireNonNull(release, "release");
    Objects.requireNonNull(mirror, "mirror");
    Objects.requireNonNull(archived, "archived");
    Objects.requireNonNull(built, "built");
    Objects.requireNonNull(took, "took");
    Objects.requireNonNull(kernel, "kernel");
    packages = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(packages));
    files = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(files));
    Objects.requireNonNull(pulled, "pulled");
  }

  /** One of a disk that was made elsewhere. */
  static ImageManifest pulled(
      String name,
      String id,
      PulledFrom from,
      Instant when,
      Duration took,
      long size,
      String disk) {
    return new ImageManifest(
        name,
        id,
        "",
        "",
        "",
        Instant.EPOCH,
        when,
        took,
        "",
        size,
        Map.of(),
        Map.of(DISK, disk),
        Optional.of(from));
  }

  /** What was recorded; nothing if that is not there, or is damaged. */
  static Optional<ImageManifest> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      Map<String, String> texts = new LinkedHashMap<>();
      Map<String, Map<String, String>> tables = new LinkedHashMap<>();
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        if (parser.nextToken() == JsonToken.START_OBJECT) {
          tables.put(field, table(parser));
        } else {
          texts.put(field, parser.getText());
        }
      }
      return of(texts, tables);
    } catch (IOException | DateTimeException | IllegalArgumentException | NullPointerException e) {
      return Optional.empty();
    }
  }

  private static Map<String, String> table(JsonParser parser) throws IOException {
    Map<String, String> table = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      table.put(parser.currentName(), parser.nextTextValue());
    }
    return table;
  }

  private static Optional<ImageManifest> of(
      Map<String, String> texts, Map<String, Map<String, String>> tables) {
    if (!String.valueOf(FORMAT).equals(texts.get("format"))) {
      return Optional.empty();
    }
    return Optional.of(
        new ImageManifest(
            texts.get("name"),
            texts.get("id"),
            texts.get("recipe"),
            texts.get("release"),
            texts.get("mirror"),
            Instant.parse(texts.get("archived")),
            Instant.parse(texts.get("built")),
            Duration.ofSeconds(Long.parseLong(texts.get("seconds"))),
            texts.get("kernel"),
            Long.parseLong(texts.get("size")),
            tables.get("packages"),
            tables.get("files"),
            Optional.ofNullable(tables.get(PULLED)).map(ImageManifest::pulled)));
  }

  private static PulledFrom pulled(Map<String, String> fields) {
    return new PulledFrom(
        fields.get("address"),
        Checksum.parse(fields.get("checksum")).orElseThrow(IllegalArgumentException::new),
        Optional.ofNullable(fields.get("says")));
  }

  private static Map<String, String> fields(PulledFrom from) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("address", from.address());
    fields.put("checksum", from.checksum().hex());
    from.says().ifPresent(who -> fields.put("says", who));
    return fields;
  }

  /** Whether firmware boots it, and not a kernel beside it. */
  public boolean uefi() {
    return !files.containsKey(KERNEL);
  }

  /** Whether the kernel checks each block of its disk. */
  public boolean verity() {
    return files.containsKey(PARAMETER);
  }

  /** Records it, on stable storage. */
  void write(Path file) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(Files.newOutputStream(file))) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeNumberField("format", FORMAT);
      json.writeStringField("name", name);
      json.writeStringField("id", id);
      json.writeStringField("recipe", recipe);
      json.writeStringField("release", release);
      json.writeStringField("mirror", mirror);
      json.writeStringField("archived", archived.toString());
      json.writeStringField("built", built.toString());
      json.writeNumberField("seconds", took.toSeconds());
      json.writeStringField("kernel", kernel);
      json.writeNumberField("size", size);
      writeTable(json, "files", files);
      writeTable(json, "packages", packages);
      if (pulled.isPresent()) {
        writeTable(json, PULLED, fields(pulled.get()));
      }
      json.writeEndObject();
    }
  }

  private static void writeTable(JsonGenerator json, String name, Map<String, String> table)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, String> entry : table.entrySet()) {
      json.writeStringField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
  }
}
