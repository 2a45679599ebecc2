package atoll.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What fio does; the guest's {@code init-io} has its options. */
enum IoJob {
  SEQREAD("sequential read, 1 MiB, 4 in flight", false),
  SEQWRITE("sequential write, 1 MiB, 4 in flight", false),
  RANDREAD1("random read, 4 KiB, 1 in flight", true),
  RANDWRITE1("random write, 4 KiB, 1 in flight", true),
  RANDREAD32("random read, 4 KiB, 32 in flight", true),
  RANDWRITE32("random write, 4 KiB, 32 in flight", true);

  final String title;

  /** Whether it is told in requests a second, and not in MiB. */
  final boolean requests;

  IoJob(String title, boolean requests) {
    this.title = title;
    this.requests = requests;
  }

  /** Its name on the command line and in the guest. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(IoJob::key).toList();
  }

  /** What was done in a second: requests or MiB. */
  double throughput(GuestRun.Workload done) {
    return requests ? done.events() : done.n() / 1024.0;
  }
}
