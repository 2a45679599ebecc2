package atoll.device.spi;

/**
 * A guest's socket device, as its backend sees it. Thread-safe; each call moves one packet at most,
 * and never waits.
 */
public interface VsockGuest extends Payer {
  /**
   * Takes the next packet that the guest sends.
   *
   * @param into becomes that packet; one of {@link VsockPacket#INVALID} if it was cut off or longer
   *     than there are
   * @return whether there was one; if not, {@link VsockBackend#ready} tells of the next
   */
  boolean next(VsockPacket into);

  /**
   * Gives the guest a packet, with as much of its data as the guest's buffer takes.
   *
   * @param packet has as many data afterwards as were given
   * @return false if the guest has no room for it now; {@link VsockBackend#room} tells when it has
   */
  boolean receive(VsockPacket packet);

  /** Whether it has a driver that is up. */
  boolean present();
}
