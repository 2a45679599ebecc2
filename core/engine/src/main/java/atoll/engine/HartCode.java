package atoll.engine;

/**
 * What one hart has translated, as it was at one moment, for harts of other machines that go on
 * from the same state ({@link SharedCode}). What is in it is the translator's own.
 */
public interface HartCode extends AutoCloseable {
  /** It is not there for others any more; those who have begun with it keep it. */
  @Override
  void close();
}
