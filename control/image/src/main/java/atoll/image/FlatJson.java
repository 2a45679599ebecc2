package atoll.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;

/** Small records on disk: one JSON object of texts. */
final class FlatJson {
  private FlatJson() {}

  /** The texts of a file by name; none if it is not there. */
  static Map<String, String> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Map.of();
    }
    byte[] text = Files.readAllBytes(file);
    Map<String, String> plain = plain(new String(text, StandardCharsets.UTF_8));
    return plain.isEmpty() ? parsed(text) : plain;
  }

  /**
   * What {@link #write} has written, as long as no text needs an escape: it is read at each start,
   * and a parser works out all powers of ten up to a large one first, which takes 10 ms.
   *
   * @return nothing if it is something else
   */
  private static Map<String, String> plain(String text) {
    String[] parts = text.split("\"", -1);
    Map<String, String> fields = new HashMap<>();
    if (text.indexOf('\\') >= 0 || parts.length % 4 != 1 || !parts[0].strip().equals("{")) {
      return Map.of();
    }
    for (int i = 1; i < parts.length; i += 4) {
      String behind = i + 4 < parts.length ? "," : "}";
      if (!parts[i + 1].strip().equals(":") || !parts[i + 3].strip().equals(behind)) {
        return Map.of();
      }
      fields.put(parts[i], parts[i + 2]);
    }
    return fields;
  }

  private static Map<String, String> parsed(byte[] text) throws IOException {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        fields.put(parser.currentName(), parser.nextTextValue());
      }
    }
    return fields;
  }

  /** Writes them in their order; a reader sees the old ones or the new ones. */
  static void write(Path file, Map<String, String> fields) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (JsonGenerator json = new JsonFactory().createGenerator(Files.newOutputStream(next))) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      for (Map.Entry<String, String> field : fields.entrySet()) {
        json.writeStringField(field.getKey(), field.getValue());
      }
      json.writeEndObject();
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
