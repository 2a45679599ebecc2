package atoll.report;

import java.util.Objects;

/**
 * A line of a report for a person.
 *
 * @param kind which a terminal may show by a colour
 */
public record ReportLine(Kind kind, String text) {
  /** What a line is for. */
  public enum Kind {
    /** Begins a report. */
    TITLE,
    /** Begins a part. */
    HEADING,
    /** What has gone wrong. */
    FAULT,
    PLAIN
  }

  public ReportLine {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(text, "text");
  }
}
