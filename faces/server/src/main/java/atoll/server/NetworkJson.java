package atoll.server;

import atoll.manager.NetworkReport;
import atoll.net.NetworkPort;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

/** What has passed over networks, for programs. Names are stable; new ones may be added. */
public final class NetworkJson {
  private NetworkJson() {}

  /** A field of an object that has been begun. */
  static void write(List<NetworkReport> networks, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("networks");
    for (NetworkReport network : networks) {
      json.writeStartObject();
      json.writeStringField("name", network.name());
      json.writeArrayFieldStart("ports");
      for (NetworkReport.Port port : network.ports()) {
        write(port, json);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void write(NetworkReport.Port port, JsonGenerator json) throws IOException {
    NetworkPort.Statistics passed = port.passed();
    json.writeStartObject();
    json.writeStringField("vm", port.vm());
    json.writeNumberField("nic", port.nic());
    json.writeStringField("address", passed.mac());
    json.writeBooleanField("link", passed.link());
    json.writeNumberField("framesOut", passed.framesOut());
    json.writeNumberField("bytesOut", passed.bytesOut());
    json.writeNumberField("framesIn", passed.framesIn());
    json.writeNumberField("bytesIn", passed.bytesIn());
    json.writeNumberField("refused", passed.refused());
    json.writeNumberField("lost", passed.lost());
    json.writeEndObject();
  }
}
