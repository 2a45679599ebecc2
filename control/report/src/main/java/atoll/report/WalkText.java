package atoll.report;

import atoll.engine.AddressTranslation;
import java.util.ArrayList;
import java.util.List;

/** Where an address leads, for a person: every table entry on the way, and how it ends. */
public final class WalkText {
  private static final String FLAGS = "VRWXUGAD";

  private WalkText() {}

  /** A line for each entry, and one for the end. */
  public static List<String> lines(long address, AddressTranslation found) {
    List<String> lines = new ArrayList<>();
    for (AddressTranslation.Step step : found.steps()) {
      lines.add(
          "%slevel %d at 0x%x: 0x%016x  %s"
              .formatted(
                  step.stage() == 2 ? "second stage, " : "",
                  step.level(),
                  step.address(),
                  step.entry(),
                  flags((int) step.entry())));
    }
    lines.add(end(address, found));
    return lines;
  }

  private static String end(long address, AddressTranslation found) {
    if (found.physical().isEmpty()) {
      return "0x%x leads nowhere: %s".formatted(address, found.obstacle());
    }
    return "0x%x is guest-physical 0x%x%s"
        .formatted(
            address,
            found.physical().getAsLong(),
            found.steps().isEmpty()
                ? "; nothing is translated"
                : ", in a page of %d KiB".formatted(found.page() >> 10));
  }

  /** The lower bits of an entry, D first, as letters (priv §12.3.1). */
  public static String flags(int entry) {
    StringBuilder flags = new StringBuilder();
    for (int bit = FLAGS.length() - 1; bit >= 0; bit--) {
      flags.append((entry >> bit & 1) != 0 ? FLAGS.charAt(bit) : '-');
    }
    return flags.toString();
  }
}
