package atoll.manager;

import java.util.BitSet;

/**
 * Which pages of a disk were written to. What was written is noted afterwards: so a page that was
 * read meanwhile, with only a part of it, is noted too. Thread-safe.
 */
final class DiskLog {
  /** Bytes of a page. */
  static final int PAGE = 4096;

  private BitSet pages = new BitSet();

  /** Bytes were written, or may have been. */
  synchronized void written(long offset, long length) {
    if (length > 0) {
      pages.set((int) (offset / PAGE), (int) ((offset + length - 1) / PAGE) + 1);
    }
  }

  /** The pages that were written to since the last call. */
  synchronized BitSet take() {
    BitSet taken = pages;
    pages = new BitSet();
    return taken;
  }
}
