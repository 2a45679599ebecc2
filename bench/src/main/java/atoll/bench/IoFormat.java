package atoll.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What the measured disk is for the host. */
enum IoFormat {
  RAW,
  QCOW2;

  /** Its name for both machines, and on the command line. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(IoFormat::key).toList();
  }
}
