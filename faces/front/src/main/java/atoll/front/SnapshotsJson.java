package atoll.front;

import atoll.snapshot.SnapshotInfo;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** The snapshots that there are, as JSON. */
final class SnapshotsJson {
  private SnapshotsJson() {}

  static String of(List<SnapshotInfo> snapshots) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartArray();
      for (SnapshotInfo snapshot : snapshots) {
        write(json, snapshot);
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException("text in memory can be written", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, SnapshotInfo snapshot) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", snapshot.name());
    json.writeStringField("used", snapshot.used().toString());
    if (snapshot.trouble().isPresent()) {
      json.writeStringField("trouble", snapshot.trouble().get());
    } else {
      json.writeStringField("saved", snapshot.saved().toString());
      json.writeNumberField("memory", snapshot.memory());
      json.writeNumberField("stored", snapshot.stored());
      writeNames(json, "regions", snapshot.regions());
      writeNames(json, "disks", snapshot.disks());
    }
    json.writeEndObject();
  }

  private static void writeNames(JsonGenerator json, String field, List<String> names)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String name : names) {
      json.writeString(name);
    }
    json.writeEndArray();
  }
}
