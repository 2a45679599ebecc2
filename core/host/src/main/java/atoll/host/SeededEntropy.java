package atoll.host;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * A deterministic random bit generator (NIST SP 800-90A) that is seeded by the host. The JDK's
 * default on Unix has one lock for the whole process, at which machines would wait for one another.
 */
final class SeededEntropy implements EntropySource {
  private final SecureRandom random = generator();

  private static SecureRandom generator() {
    try {
      return SecureRandom.getInstance("DRBG");
    } catch (NoSuchAlgorithmException e) {
      return new SecureRandom(); // Every JDK has it; a guest must have randomness on any other.
    }
  }

  @Override
  public void fill(byte[] bytes) {
    random.nextBytes(bytes);
  }
}
