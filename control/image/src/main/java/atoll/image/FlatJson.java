package atoll.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;

/** Small records on disk: one JSON object of texts. */
final class FlatJson {
  private static final JsonFactory JSON = new JsonFactory();

  private FlatJson() {}

  /** The texts of a file by name; none if it is not there. */
  static Map<String, String> read(Path file) throws IOException {
    Map<String, String> fields = new HashMap<>();
    if (Files.exists(file)) {
      try (JsonParser parser = JSON.createParser(file.toFile())) {
        parser.nextToken();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          fields.put(parser.currentName(), parser.nextTextValue());
        }
      }
    }
    return fields;
  }

  /** Writes them in their order; a reader sees the old ones or the new ones. */
  static void write(Path file, Map<String, String> fields) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (JsonGenerator json = JSON.createGenerator(Files.newOutputStream(next))) {
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
