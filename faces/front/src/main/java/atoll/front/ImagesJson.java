package atoll.front;

import atoll.image.ImageFiles;
import atoll.image.ImageManifest;
import atoll.image.ImageStore;
import atoll.image.PulledFrom;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** The images that there are, as JSON. */
final class ImagesJson {
  private ImagesJson() {}

  static String of(List<ImageFiles> images) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartArray();
      for (ImageFiles image : images) {
        write(json, image);
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException("text in memory can be written", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, ImageFiles image) throws IOException {
    ImageManifest manifest = image.manifest();
    json.writeStartObject();
    json.writeStringField("name", manifest.name());
    json.writeStringField("id", manifest.id());
    json.writeStringField("recipe", manifest.recipe());
    json.writeStringField("release", manifest.release());
    json.writeStringField("mirror", manifest.mirror());
    json.writeStringField("archived", manifest.archived().toString());
    json.writeStringField("built", manifest.built().toString());
    json.writeNumberField("seconds", manifest.took().toSeconds());
    json.writeStringField("kernel", manifest.kernel());
    json.writeNumberField("diskSize", manifest.size());
    json.writeNumberField("allocated", ImageStore.allocated(image));
    json.writeStringField("folder", image.folder().toString());
    if (manifest.pulled().isPresent()) {
      write(json, manifest.pulled().get());
    }
    json.writeObjectFieldStart("packages");
    for (Map.Entry<String, String> each : manifest.packages().entrySet()) {
      json.writeStringField(each.getKey(), each.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, PulledFrom from) throws IOException {
    json.writeObjectFieldStart("pulled");
    json.writeStringField("address", from.address());
    json.writeStringField("algorithm", from.checksum().algorithm().toString());
    json.writeStringField("checksum", from.checksum().hex());
    if (from.says().isPresent()) {
      json.writeStringField("verifiedBy", from.says().get());
    }
    json.writeEndObject();
  }
}
