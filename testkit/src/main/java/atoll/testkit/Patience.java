package atoll.testkit;

import java.time.Duration;

/**
 * How long tests wait for what is to happen: no test decides by it, it only ends one that hangs.
 */
public final class Patience {
  /** Many times what the slowest step takes on a busy host, and less than JUnit's own limit. */
  public static final Duration LIMIT = Duration.ofMinutes(6);

  private Patience() {}
}
