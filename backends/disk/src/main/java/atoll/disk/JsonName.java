package atoll.disk;

import atoll.nbd.NbdAddress;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * QEMU's names of images in JSON, such as {@code json:{"driver":"raw","file":{"driver":"nbd",…}}}:
 * the nodes of its block layer, nested or with dots in their keys. Those that stand for a file or
 * an NBD export, raw or qcow2, are understood.
 */
final class JsonName {
  static final String BEGINNING = "json:";

  private final String name;
  private final Map<String, String> values = new LinkedHashMap<>();

  private JsonName(String name) {
    this.name = name;
  }

  /**
   * Reads one.
   *
   * @throws IOException with a sentence, if it stands for something else
   */
  static ImageName read(String name) throws IOException {
    JsonName json = new JsonName(name);
    try (JsonParser parser = new JsonFactory().createParser(name.substring(BEGINNING.length()))) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw json.wrong("is no JSON object");
      }
      json.object(parser, "");
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw json.wrong("cannot be read: " + e.getOriginalMessage());
    }
    return json.name();
  }

  private IOException wrong(String why) {
    return new IOException("the name '%s' %s".formatted(name, why));
  }

  private void object(JsonParser parser, String prefix) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = prefix + parser.currentName();
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        object(parser, key + ".");
      } else if (parser.currentToken().isScalarValue()) {
        values.put(key, parser.getText());
      } else {
        throw wrong("has a list as its '%s'".formatted(key));
      }
    }
  }

  private Optional<String> value(String key) {
    return Optional.ofNullable(values.get(key));
  }

  private ImageName name() throws IOException {
    Optional<DiskFormat> format = value("driver").flatMap(DiskFormat::of);
    boolean layered = format.isPresent() || value("driver").isEmpty();
    String prefix = layered ? "file." : "";
    String driver = value(prefix + "driver").orElse("file");
    return switch (driver) {
      case "file", "host_device" ->
          new ImageName(
              DiskLocation.of(
                  Path.of(
                      value(prefix + "filename")
                          .orElseThrow(() -> wrong("does not say its filename")))),
              format);
      case "nbd" -> new ImageName(new DiskLocation.AtServer(export(prefix)), format);
      default ->
          throw wrong("has the driver '%s', expected file or nbd, raw or qcow2".formatted(driver));
    };
  }

  private NbdAddress export(String prefix) throws IOException {
    if (values.containsKey(prefix + "tls-creds")) {
      throw wrong("uses TLS by an object of QEMU; give an address: nbds://HOST/EXPORT?tls-ca=FILE");
    }
    Optional<String> path = value(prefix + "server.path").or(() -> value(prefix + "path"));
    Optional<String> host = value(prefix + "server.host").or(() -> value(prefix + "host"));
    String port = value(prefix + "server.port").or(() -> value(prefix + "port")).orElse("10809");
    String wait = value(prefix + "reconnect-delay").orElse("0");
    if (path.isEmpty() && host.isEmpty() || !(port + wait).matches("[0-9]{1,12}")) {
      throw wrong("does not say its server");
    }
    try {
      return new NbdAddress(
          path.isPresent()
              ? new NbdAddress.Unix(Path.of(path.get()))
              : new NbdAddress.Tcp(host.get(), Integer.parseInt(port)),
          value(prefix + "export").orElse(""),
          Optional.empty(),
          Duration.ofSeconds(Long.parseLong(wait)),
          NbdAddress.PATIENCE);
    } catch (IllegalArgumentException e) {
      throw wrong("does not say its server: " + e.getMessage());
    }
  }
}
