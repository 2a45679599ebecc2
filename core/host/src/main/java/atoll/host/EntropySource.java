package atoll.host;

/** Where a machine's randomness comes from; injected, so that a run can be repeated. */
@FunctionalInterface
public interface EntropySource {
  /** Fills the whole of {@code bytes}. */
  void fill(byte[] bytes);
}
