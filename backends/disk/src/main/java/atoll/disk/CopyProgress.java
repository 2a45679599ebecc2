package atoll.disk;

/** Is told how far long work on images is. */
@FunctionalInterface
public interface CopyProgress {
  /** So many bytes of all are done with. */
  void at(long done, long all);
}
