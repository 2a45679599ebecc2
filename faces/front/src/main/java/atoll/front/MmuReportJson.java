package atoll.front;

import atoll.image.Words;
import atoll.manager.MmuComparison;
import atoll.server.JsonText;
import atoll.server.StatisticsJson;

/** A comparison of MMU techniques for programs. Names are stable; new ones may be added. */
final class MmuReportJson {
  private MmuReportJson() {}

  static String of(MmuComparison comparison) {
    return JsonText.document(json -> {
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
    });
  }
}
