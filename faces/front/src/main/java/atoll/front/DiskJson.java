package atoll.front;

import atoll.disk.CheckReport;
import atoll.disk.DiskLocation;
import atoll.disk.DiskMap;
import atoll.disk.ImageInfo;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** What is known of disk images, for programs: the names that qemu-img has. */
final class DiskJson {
  private static final long NANOS = 1_000_000_000;

  private final JsonGenerator json;

  private DiskJson(JsonGenerator json) {
    this.json = json;
  }

  /** What writes something. */
  @FunctionalInterface
  private interface Part {
    void write(DiskJson json) throws IOException;
  }

  private static String text(Part part) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      part.write(new DiskJson(json));
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be written", e);
    }
    return text.append('\n').toString();
  }

  /** An object, or a list of them for a chain. */
  static String info(List<ImageInfo> infos, boolean chain) {
    return text(json -> {
      if (chain) {
        json.json.writeStartArray();
      }
      for (ImageInfo info : infos) {
        json.info(info);
      }
      if (chain) {
        json.json.writeEndArray();
      }
    });
  }

  private void info(ImageInfo info) throws IOException {
    json.writeStartObject();
    json.writeNumberField("virtual-size", info.size());
    json.writeStringField("filename", info.file().toString());
    if (info.qcow2().isPresent()) {
      json.writeNumberField("cluster-size", info.qcow2().get().clusterSize());
    }
    json.writeStringField("format", info.format().word());
    if (info.diskSize().isPresent()) {
      json.writeNumberField("actual-size", info.diskSize().getAsLong());
    }
    if (info.qcow2().isPresent()) {
      snapshots(info.qcow2().get().snapshots());
      specific(info.qcow2().get());
    }
    if (info.backingFile().isPresent()) {
      json.writeStringField("full-backing-filename", info.fullBackingFile().get().toString());
      json.writeStringField("backing-filename", info.backingFile().get());
    }
    if (info.backingFormat().isPresent()) {
      json.writeStringField("backing-filename-format", info.backingFormat().get());
    }
    json.writeBooleanField("dirty-flag", info.qcow2().map(ImageInfo.Qcow2::dirty).orElse(false));
    json.writeEndObject();
  }

  private void snapshots(List<ImageInfo.Snapshot> snapshots) throws IOException {
    if (snapshots.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("snapshots");
    for (ImageInfo.Snapshot snapshot : snapshots) {
      json.writeStartObject();
      json.writeNumberField("vm-clock-nsec", snapshot.vmClock() % NANOS);
      json.writeStringField("name", snapshot.name());
      json.writeNumberField("date-sec", snapshot.seconds());
      json.writeNumberField("date-nsec", snapshot.nanos());
      json.writeNumberField("vm-clock-sec", snapshot.vmClock() / NANOS);
      json.writeStringField("id", snapshot.id());
      json.writeNumberField("vm-state-size", snapshot.vmState());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void specific(ImageInfo.Qcow2 qcow2) throws IOException {
    json.writeObjectFieldStart("format-specific");
    json.writeStringField("type", "qcow2");
    json.writeObjectFieldStart("data");
    json.writeStringField("compat", qcow2.version() == 2 ? "0.10" : "1.1");
    json.writeStringField("compression-type", qcow2.zstd() ? "zstd" : "zlib");
    if (qcow2.dataFile().isPresent()) {
      json.writeStringField("data-file", qcow2.dataFile().get());
      json.writeBooleanField("data-file-raw", qcow2.rawData());
    }
    json.writeNumberField("refcount-bits", qcow2.refcountBits());
    if (qcow2.version() > 2) {
      json.writeBooleanField("lazy-refcounts", qcow2.lazyRefcounts());
      json.writeBooleanField("corrupt", qcow2.corrupt());
      json.writeBooleanField("extended-l2", qcow2.extendedL2());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  /** A run of a map, in one line, as of qemu-img. */
  static String run(DiskMap.Run run) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeNumberField("start", run.start());
      json.writeNumberField("length", run.length());
      json.writeNumberField("depth", run.depth());
      json.writeBooleanField("present", run.present());
      json.writeBooleanField("zero", run.zero());
      json.writeBooleanField("data", run.data());
      json.writeBooleanField("compressed", run.compressed());
      if (run.offset().isPresent()) {
        json.writeNumberField("offset", run.offset().getAsLong());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string cannot fail to be written", e);
    }
    return text.toString();
  }

  /** What a check has found; numbers that are 0 are left out, as by qemu-img. */
  static String check(DiskLocation image, CheckReport report) {
    return text(json -> json.report(image, report));
  }

  private void report(DiskLocation image, CheckReport report) throws IOException {
    json.writeStartObject();
    json.writeNumberField("image-end-offset", report.end());
    json.writeNumberField("total-clusters", report.total());
    json.writeNumberField("check-errors", 0);
    json.writeStringField("filename", image.toString());
    json.writeStringField("format", "qcow2");
    number("allocated-clusters", report.allocated());
    number("fragmented-clusters", report.fragmented());
    number("compressed-clusters", report.compressed());
    number("corruptions", report.corruptions() - report.corruptionsFixed());
    number("leaks", report.leaks() - report.leaksFixed());
    number("corruptions-fixed", report.corruptionsFixed());
    number("leaks-fixed", report.leaksFixed());
    json.writeEndObject();
  }

  private void number(String name, long value) throws IOException {
    if (value != 0) {
      json.writeNumberField(name, value);
    }
  }
}
