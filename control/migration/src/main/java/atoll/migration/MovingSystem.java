package atoll.migration;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;

/**
 * A system at the host that it leaves. Used by one thread; none of it takes longer than it must,
 * since between {@link #hold} and its end nobody runs.
 */
public interface MovingSystem {
  /** By which people know it. */
  String name();

  /** What the receiving manager needs to make it. */
  byte[] description();

  /** What has to be copied. */
  List<Region> regions();

  /** Begins to note which pages are written to; those of all times before are none of them. */
  void follow() throws MigrationException;

  /** Pages of each region that were written to since the last call, or since it is followed. */
  List<BitSet> written() throws MigrationException;

  /** The first page from {@code page} on that may be something else than zeroes; -1 if none is. */
  int data(int region, int page) throws MigrationException;

  /** Fills {@code into} with a page as it is, also while it is being written to. */
  void read(int region, int page, ByteBuffer into) throws MigrationException;

  /**
   * Keeps its processors from executing for a part of the time.
   *
   * @param percent of the time; 0 for none
   */
  void throttle(int percent);

  /** Has it stand still, and nobody but the migration let it go on. */
  void hold() throws MigrationException, InterruptedException;

  /** What it is while it stands still, besides its regions. */
  byte[] state() throws MigrationException;

  /** It stays here: it goes on if it did before, and is no longer followed. */
  void release();
}
