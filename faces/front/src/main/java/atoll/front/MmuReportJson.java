package atoll.front;

import atoll.engine.MmuStatistics;
import atoll.image.Words;
import atoll.manager.MmuComparison;
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
        write(trial.mmu(), json);
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be written", e);
    }
    return text.append('\n').toString();
  }

  /** The counters, as fields of an object that has been begun. */
  static void write(MmuStatistics mmu, JsonGenerator json) throws IOException {
    json.writeStringField("technique", mmu.technique().map(kind -> kind.id()).orElse(""));
    json.writeNumberField("misses", mmu.misses());
    json.writeNumberField("fills", mmu.fills());
    json.writeNumberField("walks", mmu.walks());
    json.writeNumberField("references", mmu.references());
    json.writeNumberField("secondWalks", mmu.secondWalks());
    json.writeNumberField("secondReferences", mmu.secondReferences());
    json.writeNumberField("flushes", mmu.flushes());
    json.writeNumberField("lostBySwitches", mmu.lost());
    json.writeNumberField("tableBytes", mmu.tableBytes());
    json.writeObjectFieldStart("exits");
    for (var exit : mmu.exits().entrySet()) {
      json.writeNumberField(exit.getKey(), exit.getValue());
    }
    json.writeEndObject();
  }
}
