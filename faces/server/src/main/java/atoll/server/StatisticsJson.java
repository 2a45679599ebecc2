package atoll.server;

import atoll.device.Channel;
import atoll.device.MmioBus;
import atoll.engine.MmuStatistics;
import atoll.engine.TranslationStatistics;
import atoll.manager.NetworkReport;
import atoll.virtio.VirtioServed;
import atoll.virtio.VirtioTransport;
import atoll.vmm.VmStatistics;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A machine's statistics for programs. Names are stable; new ones may be added. */
public final class StatisticsJson {
  private final JsonGenerator json;

  private StatisticsJson(JsonGenerator json) {
    this.json = json;
  }

  /**
   * One JSON object.
   *
   * @param outcome how the run ended, in one word
   * @param exitCode what the process ends with
   * @param elapsed since the machine was started
   * @param networks that it is plugged into
   */
  public static String of(
      VmStatistics statistics,
      String outcome,
      int exitCode,
      Duration elapsed,
      List<NetworkReport> networks) {
    return JsonText.document(json -> {
      SystemJson.writeEnd(outcome, exitCode, json);
      json.writeNumberField("elapsedNanos", elapsed.toNanos());
      write(statistics, json);
      NetworkJson.write(networks, json);
    });
  }

  /** The fields of an object that has been begun. */
  static void write(VmStatistics statistics, JsonGenerator json) throws IOException {
    new StatisticsJson(json).write(statistics);
  }

  private void write(VmStatistics statistics) throws IOException {
    json.writeNumberField("vcpuNanos", statistics.vcpuNanos());
    json.writeNumberField("hostCpuNanos", statistics.hostCpuNanos());
    json.writeNumberField("chargedNanos", statistics.chargedNanos());
    json.writeNumberField("instructions", statistics.instructions());
    json.writeNumberField("resets", statistics.resets());
    json.writeNumberField("tlbFills", statistics.tlbFills());
    json.writeNumberField("tableWalks", statistics.tableWalks());
    json.writeNumberField("tlbFlushes", statistics.tlbFlushes());
    json.writeNumberField("unmapped", statistics.unmapped());
    RecordJson.writeField("exits", statistics.exits(), json);
    RecordJson.writeField("exceptions", statistics.exceptions(), json);
    RecordJson.writeField("interrupts", statistics.interrupts(), json);
    RecordJson.writeField("sbiCalls", statistics.sbiCalls(), json);
    mmu(statistics.mmu());
    translation(statistics.translation());
    devices(statistics);
  }

  private void mmu(MmuStatistics mmu) throws IOException {
    json.writeObjectFieldStart("mmu");
    writeMmu(mmu, json);
    json.writeEndObject();
  }

  /** The counters of address translation, as fields of an object that has been begun. */
  public static void writeMmu(MmuStatistics mmu, JsonGenerator json) throws IOException {
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
    RecordJson.writeField("exits", mmu.exits(), json);
  }

  private void translation(TranslationStatistics translation) throws IOException {
    json.writeObjectFieldStart("translation");
    json.writeNumberField("blocks", translation.blocks());
    json.writeNumberField("blockInstructions", translation.blockInstructions());
    json.writeNumberField("regions", translation.regions());
    json.writeNumberField("regionInstructions", translation.regionInstructions());
    json.writeNumberField("refusedRegions", translation.refusedRegions());
    json.writeNumberField("regionsElsewhere", translation.regionsElsewhere());
    json.writeNumberField("voidRegions", translation.voidRegions());
    json.writeNumberField("loaded", translation.loaded());
    json.writeNumberField("loadedInstructions", translation.loadedInstructions());
    json.writeNumberField("damaged", translation.damaged());
    json.writeNumberField("shared", translation.shared());
    json.writeNumberField("tierUps", translation.tierUps());
    json.writeNumberField("interpretedInstructions", translation.interpreted());
    json.writeNumberField("codeBytes", translation.codeBytes());
    json.writeNumberField("evictions", translation.evictions());
    json.writeNumberField("links", translation.links());
    json.writeNumberField("slotFills", translation.slotFills());
    json.writeNumberField("entries", translation.entries());
    RecordJson.writeField("exits", translation.exits(), json);
    RecordJson.writeField("invalidations", translation.invalidations(), json);
    RecordJson.writeField("slowOperations", translation.slowOperations(), json);
    json.writeEndObject();
  }

  private void devices(VmStatistics statistics) throws IOException {
    json.writeArrayFieldStart("devices");
    for (MmioBus.Statistics device : statistics.devices()) {
      json.writeStartObject();
      json.writeStringField("name", device.device());
      json.writeNumberField("base", device.base());
      json.writeNumberField("reads", device.reads());
      json.writeNumberField("writes", device.writes());
      json.writeNumberField("faults", device.faults());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("virtio");
    for (VirtioTransport.Statistics device : statistics.virtio()) {
      json.writeStartObject();
      json.writeStringField("name", device.device());
      json.writeNumberField("notifications", device.notifications());
      json.writeNumberField("interrupts", device.interrupts());
      json.writeNumberField("faults", device.faults());
      json.writeEndObject();
    }
    json.writeEndArray();
    channels(statistics);
    served(statistics);
  }

  private void served(VmStatistics statistics) throws IOException {
    json.writeArrayFieldStart("served");
    for (VirtioServed.Statistics service : statistics.served()) {
      json.writeStartObject();
      json.writeStringField("name", service.service());
      json.writeBooleanField("up", service.up());
      json.writeNumberField("requests", service.requests());
      json.writeNumberField("answers", service.answers());
      json.writeNumberField("again", service.again());
      json.writeNumberField("waiting", service.waiting());
      json.writeNumberField("silentNanos", service.silent());
      json.writeNumberField("refused", service.refused());
      json.writeNumberField("violations", service.violations());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void channels(VmStatistics statistics) throws IOException {
    json.writeArrayFieldStart("channels");
    for (Channel.Statistics channel : statistics.channels()) {
      json.writeStartObject();
      json.writeStringField("name", channel.channel());
      json.writeNumberField("ringsSent", channel.ringsSent());
      json.writeNumberField("ringsReceived", channel.ringsReceived());
      json.writeNumberField("peerChanges", channel.peerChanges());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
