package atoll.migration;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;

/**
 * A system at the host that it leaves. Used by one thread; none of it takes longer than it must,
 * since nobody runs in {@link #whileHeld}.
 */
public interface MovingSystem {
  /** By which people know it. */
  String name();

  /** What the receiving manager needs to make it. */
  byte[] description();

  /** What has to be copied. */
  List<Region> regions();

  /** Begins to note which pages are written to. First of all. */
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

  /** What becomes of it when it has stood still. */
  enum Afterwards {
    /** It goes on here, if it did before. */
    GOES_ON,
    /** It stands still until a person knows more. */
    STAYS_HELD,
    /** It ends here, and runs elsewhere. */
    ENDS
  }

  /** Has it stand still while something is done; nobody else lets it go on meanwhile. */
  void whileHeld(Supplier<Afterwards> work) throws MigrationException, InterruptedException;

  /**
   * What it is while it stands still, besides its regions. What it has still to do is done by this,
   * and can be the last that is written to them.
   */
  byte[] state() throws MigrationException;

  /**
   * Gives up what only one host may hold, such as disks that both reach, as the target is about to
   * take it; while it stands still.
   */
  void handOver() throws MigrationException;

  /**
   * Takes that back, since it goes on here; does nothing if it was not given up.
   *
   * @throws MigrationException if the target still holds something: it cannot go on
   */
  void takeBack() throws MigrationException, InterruptedException;

  /** It is no longer followed nor throttled. Last of all, whatever has become of it. */
  void release();
}
