package atoll.front;

import atoll.image.Words;
import atoll.manager.MmuComparison;
import atoll.server.StatisticsJson;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** A comparison of MMU techniques for programs. Names are stable; new ones may be added. */
final class MmuReportJson {
  private MmuReportJson() {}

  static String of(MmuComparison comparison) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("engine", comparison.engine());
      json.writeArrayFieldStart("trials");
      for (MmuComparison.Trial trial : comparison.trials()) {
        json.writeStartObject();
        json.writeStringField("workload", Words.of(trial.workload()));
        json.writeNumberField("nanos", trial.time().toNanos());
        json.writeNumberField("instructions", trial.instructions());
        StatisticsJson.writeMmu(trial.mmu(), json);
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be written", e);
    }
    return text.append('\n').toString();
  }
}
