package atoll.host;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * Randomness from the host, fit for a guest's keys; one generator a machine. Thread-safe.
 *
 * <p>A deterministic random bit generator (NIST SP 800-90A) that is seeded by the host. The
 * platform's default on Unix has one lock for the whole process, at which machines would wait for
 * one another.
 */
final class HostEntropy implements EntropySource {
  private final SecureRandom random = generator();

  /** It is seeded at once, on another thread, since that takes milliseconds. */
  @Override
  public EntropySource another() {
    HostEntropy made = new HostEntropy();
    Thread.ofVirtual().name("entropy").start(() -> made.fill(new byte[1]));
    return made;
  }

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
