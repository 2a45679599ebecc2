package atoll.backend;

import atoll.device.spi.EntropySource;
import java.security.SecureRandom;

/** Randomness from the host, fit for a guest's keys. Thread-safe. */
public final class HostEntropy implements EntropySource {
  private final SecureRandom random = new SecureRandom();

  @Override
  public void fill(byte[] bytes) {
    random.nextBytes(bytes);
  }
}
