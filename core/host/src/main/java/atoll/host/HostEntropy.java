package atoll.host;

/**
 * Randomness from the host, fit for a guest's keys; one source a machine. Thread-safe.
 *
 * <p>Nothing is set up before something is drawn: many a run draws nothing.
 */
final class HostEntropy implements EntropySource {
  /** Guarded by this; null until something is drawn. */
  private EntropySource source;

  @Override
  public EntropySource another() {
    return new HostEntropy();
  }

  @Override
  public void fill(byte[] bytes) {
    source().fill(bytes);
  }

  private synchronized EntropySource source() {
    if (source == null) {
      source = KernelEntropy.available() ? new KernelEntropy() : new SeededEntropy();
    }
    return source;
  }
}
