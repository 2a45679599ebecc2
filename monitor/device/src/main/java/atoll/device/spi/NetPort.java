package atoll.device.spi;

/**
 * A guest's network interface, as its network sees it: where frames are taken from and given to.
 * Thread-safe; each call moves one frame at most, and never waits.
 */
public interface NetPort extends Payer {
  /**
   * Takes the next frame that the guest sends.
   *
   * @param into becomes that frame; of length 0 if it was none that a network carries
   * @return whether there was one; if not, {@link NetBackend#ready} tells of the next
   */
  boolean next(NetFrame into);

  /**
   * Gives the guest a frame. One that it does not listen to is dropped.
   *
   * @return false if the guest has no room for it now; {@link NetBackend#room} tells when it has
   */
  boolean receive(NetFrame frame);

  /** Whether the guest takes frames whose checksum is still to be computed. */
  boolean takesPartialChecksums();

  /** Whether it also takes TCP segments that are still to be cut. */
  boolean takesSegments(boolean ipv6);

  /** The cable is plugged in, or not. */
  void link(boolean up);
}
