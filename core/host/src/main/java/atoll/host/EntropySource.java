package atoll.host;

/** Where a machine's randomness comes from; injected, so that a run can be repeated. */
@FunctionalInterface
public interface EntropySource {
  /** Fills the whole of {@code bytes}. */
  void fill(byte[] bytes);

  /** One for another machine, so that the two do not wait for one another. */
  default EntropySource another() {
    return this;
  }
}
