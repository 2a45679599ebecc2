package atoll.manager;

import atoll.console.LogFile;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The files that are written about what a VM executes.
 *
 * @param trace gets every instruction
 * @param engineLog gets where the guest's time went
 * @param perfMap whether {@code perf} is told where translated code is
 */
public record ReportFiles(Optional<LogFile> trace, Optional<Path> engineLog, boolean perfMap) {
  /** Nothing is written. */
  public static final ReportFiles NONE = new ReportFiles(Optional.empty(), Optional.empty(), false);

  public ReportFiles {
    Objects.requireNonNull(trace, "trace");
    Objects.requireNonNull(engineLog, "engineLog");
  }

  /** Whether nothing is written. */
  boolean none() {
    return trace.isEmpty() && engineLog.isEmpty() && !perfMap;
  }
}
