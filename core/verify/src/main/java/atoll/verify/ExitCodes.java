package atoll.verify;

/**
 * What an exit code says, in the bits under {@code mask}: for {@code slow} and {@code spin} Java
 * may resume behind the exit, after {@code link} it never does, and the others do not say where
 * they were.
 *
 * @param stale what stands in place of code that has been dropped
 */
public record ExitCodes(
    int mask, int slow, int link, int lookup, int budget, int stale, int refresh, int spin) {
  /** Whether code goes on behind an exit with this reason. */
  boolean resumes(int reason) {
    return reason == slow || reason == spin;
  }
}
