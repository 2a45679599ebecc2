package atoll.testkit;

import atoll.host.EntropySource;
import java.util.SplittableRandom;

/**
 * The same bytes in every run with the same seed, for repeatable machines; never for keys that
 * matter. Thread-safe, and repeatable as far as its callers come in the same order.
 */
public final class SeededEntropy implements EntropySource {
  private final SplittableRandom random;

  public SeededEntropy(long seed) {
    random = new SplittableRandom(seed);
  }

  @Override
  public synchronized void fill(byte[] bytes) {
    random.nextBytes(bytes);
  }
}
