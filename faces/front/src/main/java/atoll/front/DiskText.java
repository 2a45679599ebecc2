package atoll.front;

import atoll.disk.CheckReport;
import atoll.disk.ImageInfo;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** What is known of disk images, for people; in the words of qemu-img. */
final class DiskText {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private static final long NANOS_A_MILLI = 1_000_000;

  private DiskText() {}

  static String info(ImageInfo info) {
    StringBuilder text = new StringBuilder();
    line(text, "image", info.file());
    line(text, "file format", info.format().word());
    line(text, "virtual size", "%s (%d bytes)".formatted(DiskSize.text(info.size()), info.size()));
    boolean known = info.diskSize().isPresent();
    line(text, "disk size", known ? DiskSize.text(info.diskSize().getAsLong()) : "unavailable");
    info.qcow2().ifPresent(qcow2 -> line(text, "cluster_size", qcow2.clusterSize()));
    info.backingFile().ifPresent(name -> line(text, "backing file", backing(info, name)));
    info.backingFormat().ifPresent(format -> line(text, "backing file format", format));
    info.qcow2().ifPresent(qcow2 -> qcow2(text, qcow2));
    return text.toString();
  }

  private static String backing(ImageInfo info, String name) {
    String full = info.fullBackingFile().orElseThrow().toString();
    return full.equals(name) ? name : "%s (actual path: %s)".formatted(name, full);
  }

  private static void qcow2(StringBuilder text, ImageInfo.Qcow2 qcow2) {
    if (!qcow2.snapshots().isEmpty()) {
      text.append(snapshots(qcow2.snapshots()));
    }
    text.append("Format specific information:\n");
    line(text, "    compat", qcow2.version() == 2 ? "0.10" : "1.1");
    line(text, "    compression type", qcow2.zstd() ? "zstd" : "zlib");
    if (qcow2.version() > 2) {
      line(text, "    lazy refcounts", qcow2.lazyRefcounts());
      line(text, "    refcount bits", qcow2.refcountBits());
      qcow2.dataFile().ifPresent(name -> line(text, "    data file", name));
      qcow2.dataFile().ifPresent(name -> line(text, "    data file raw", qcow2.rawData()));
      line(text, "    dirty", qcow2.dirty());
      line(text, "    corrupt", qcow2.corrupt());
      line(text, "    extended l2", qcow2.extendedL2());
    } else {
      line(text, "    refcount bits", qcow2.refcountBits());
    }
  }

  /** A table with the columns of qemu-img 7. */
  static String snapshots(List<ImageInfo.Snapshot> snapshots) {
    StringBuilder text = new StringBuilder("Snapshot list:\n");
    text.append(row("ID", "TAG", "VM SIZE", "DATE", "VM CLOCK"));
    for (ImageInfo.Snapshot each : snapshots) {
      text.append(
          row(
              each.id(),
              each.name(),
              DiskSize.text(each.vmState()),
              DATE.format(Instant.ofEpochSecond(each.seconds())),
              clock(each.vmClock() / NANOS_A_MILLI)));
    }
    return text.toString();
  }

  private static String row(String id, String tag, String size, String date, String clock) {
    return "%-9s %-16s %8s%20s%13s%n".formatted(id, tag, size, date, clock);
  }

  private static String clock(long millis) {
    long seconds = millis / 1000;
    return "%02d:%02d:%02d.%03d"
        .formatted(seconds / 3600, seconds / 60 % 60, seconds % 60, millis % 1000);
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append(name).append(": ").append(value).append('\n');
  }

  static String check(CheckReport report) {
    StringBuilder text = new StringBuilder();
    report.findings().forEach(finding -> text.append(finding).append('\n'));
    long leaks = report.leaks() - report.leaksFixed();
    long corruptions = report.corruptions() - report.corruptionsFixed();
    if (report.leaksFixed() + report.corruptionsFixed() > 0) {
      text.append(
          "Repaired: %d leaked clusters, %d corruptions.\n"
              .formatted(report.leaksFixed(), report.corruptionsFixed()));
    }
    if (corruptions > 0) {
      text.append(
          "%d errors were found on the image. Data may be corrupted, or further writes to the image may corrupt it.\n"
              .formatted(corruptions));
    }
    if (leaks > 0) {
      text.append(
          "%d leaked clusters were found on the image. This means waste of disk space, but no harm to data.\n"
              .formatted(leaks));
    }
    if (corruptions + leaks == 0) {
      text.append("No errors were found on the image.\n");
    }
    return text.append(shares(report)).toString();
  }

  private static String shares(CheckReport report) {
    return "%d/%d = %.2f%% allocated, %.2f%% fragmented, %.2f%% compressed clusters%nImage end offset: %d%n"
        .formatted(
            report.allocated(),
            report.total(),
            percent(report.allocated(), report.total()),
            percent(report.fragmented(), report.allocated()),
            percent(report.compressed(), report.allocated()),
            report.end());
  }

  private static double percent(long part, long all) {
    return all == 0 ? 0 : 100.0 * part / all;
  }
}
