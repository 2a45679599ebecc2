package atoll.engine;

import java.lang.foreign.MemorySegment;

/**
 * Where pieces of translated code are kept for later runs of whichever process. What is in a piece
 * is the translator's own; a store knows by what it is sought. Thread-safe.
 */
public interface CodeStore {
  /** Bytes of the largest piece. */
  int LARGEST_PIECE = 1 << 18;

  /** Whether it has and keeps anything by now; once it does, it goes on to. */
  default boolean isOpen() {
    return true;
  }

  /** A piece has been translated while it was not open, which it may have had. */
  default void missed() {}

  /** For one thread, which uses it while the store is open. */
  Reader reader();

  /**
   * Keeps a piece, if it has none that is the same by all but its bytes; or, if it is to be kept in
   * place of such a one, anyway. What cannot be kept is lost.
   *
   * @param key what it is sought by, and {@code label}, which says how it differs from others
   * @param piece native or on the heap, at most {@link #LARGEST_PIECE} bytes; not used any more
   *     afterwards
   */
  void keep(long key, Label label, MemorySegment piece, boolean instead);

  /**
   * What is known of a piece without reading it.
   *
   * @param kind of piece, 0 to 255
   * @param length bytes of guest code that it begins with, 2 to 4096
   * @param hash of them
   */
  record Label(int kind, int length, long hash) {
    public Label {
      if (kind < 0 || kind > 255 || length < 2 || length > 4096) {
        throw new IllegalArgumentException("kind %d, length %d".formatted(kind, length));
      }
    }
  }

  /** Finds pieces; for one thread. */
  interface Reader extends AutoCloseable {
    /** Begins to look for pieces that are sought by {@code key}, the latest first. */
    void seek(long key);

    /** Goes on to the next one; false if there is none. Few are offered for one key. */
    boolean next();

    /** As its {@link Label} says. */
    int length();

    /** Likewise. */
    long hash();

    /**
     * Its bytes, as they were kept: native memory, until the next call.
     *
     * @return null if they cannot be had any more, as they were
     */
    MemorySegment read();

    /** It is not what it says, and is not offered again. */
    void refuse();

    @Override
    void close();
  }
}
