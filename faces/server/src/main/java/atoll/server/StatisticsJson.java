package atoll.server;

import atoll.device.Channel;
import atoll.device.MmioBus;
import atoll.engine.MmuStatistics;
import atoll.engine.TranslationStatistics;
import atoll.manager.NetworkReport;
import atoll.virtio.VirtioTransport;
import atoll.vmm.VmStatistics;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

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
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("outcome", outcome);
      json.writeNumberField("exitCode", exitCode);
      json.writeNumberField("elapsedNanos", elapsed.toNanos());
      new StatisticsJson(json).write(statistics);
      NetworkJson.write(networks, json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be written", e);
    }
    return text.append('\n').toString();
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
    json.writeObjectFieldStart("exits");
    for (Map.Entry<String, VmStatistics.ExitCount> exit : statistics.exits().entrySet()) {
      json.writeObjectFieldStart(exit.getKey());
      json.writeNumberField("count", exit.getValue().count());
      json.writeNumberField("nanos", exit.getValue().nanos());
      json.writeNumberField("longest", exit.getValue().longest());
      json.writeEndObject();
    }
    json.writeEndObject();
    counts("exceptions", statistics.exceptions());
    counts("interrupts", statistics.interrupts());
    counts("sbiCalls", statistics.sbiCalls());
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
    json.writeObjectFieldStart("exits");
    for (var exit : mmu.exits().entrySet()) {
      json.writeNumberField(exit.getKey(), exit.getValue());
    }
    json.writeEndObject();
  }

  private void translation(TranslationStatistics translation) throws IOException {
    json.writeObjectFieldStart("translation");
    json.writeNumberField("blocks", translation.blocks());
    json.writeNumberField("blockInstructions", translation.blockInstructions());
    json.writeNumberField("regions", translation.regions());
    json.writeNumberField("regionInstructions", translation.regionInstructions());
    json.writeNumberField("refusedRegions", translation.refusedRegions());
    json.writeNumberField("tierUps", translation.tierUps());
    json.writeNumberField("interpretedInstructions", translation.interpreted());
    json.writeNumberField("codeBytes", translation.codeBytes());
    json.writeNumberField("evictions", translation.evictions());
    json.writeNumberField("links", translation.links());
    json.writeNumberField("slotFills", translation.slotFills());
    json.writeNumberField("entries", translation.entries());
    counts("exits", translation.exits());
    counts("invalidations", translation.invalidations());
    counts("slowOperations", translation.slowOperations());
    json.writeEndObject();
  }

  private void counts(String name, Map<String, Long> counts) throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, Long> count : counts.entrySet()) {
      json.writeNumberField(count.getKey(), count.getValue());
    }
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
