package atoll.migration;

import java.nio.ByteBuffer;

/** A system at the host that it comes to. Used by one thread. */
public interface ArrivingSystem {
  /**
   * Tries whether it could be made, without its memory, before any page comes; afterwards making it
   * takes less time, too.
   *
   * @param state as the source has it now
   * @throws MigrationException if it could not
   */
  void rehearse(byte[] state) throws MigrationException;

  /**
   * A page has these bytes now.
   *
   * @param data as many as the page has
   */
  void page(int region, int page, ByteBuffer data) throws MigrationException;

  /** A page is zero now. */
  void zero(int region, int page) throws MigrationException;

  /**
   * Makes it, so that {@link #start} only has to let it go.
   *
   * @param state as the source has given it
   * @throws MigrationException if it could not run here
   */
  void prepare(byte[] state) throws MigrationException;

  /** Lets it run. */
  void start();

  /**
   * Gives everything back; it does not run here.
   *
   * @param reason why, for people
   */
  void discard(String reason);
}
