package atoll.server;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.manager.NetworkReport;
import atoll.net.NetworkPort;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkJsonTest {
  @Test
  void whatAPortHasPassedIsToldByName() throws IOException {
    NetworkReport report =
        new NetworkReport(
            "lan",
            List.of(
                new NetworkReport.Port(
                    "a",
                    1,
                    new NetworkPort.Statistics("52:54:00:00:00:01", true, 2, 3, 4, 5, 6, 7))),
            List.of());
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      NetworkJson.write(List.of(report), json);
      json.writeEndObject();
    }
    assertThat(text)
        .hasToString(
            "{\"networks\":[{\"name\":\"lan\",\"ports\":[{\"vm\":\"a\",\"nic\":1,"
                + "\"address\":\"52:54:00:00:00:01\",\"link\":true,\"framesOut\":2,\"bytesOut\":3,"
                + "\"framesIn\":4,\"bytesIn\":5,\"refused\":6,\"lost\":7}]}]}");
  }
}
