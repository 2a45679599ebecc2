package atoll.device.spi;

/**
 * The host's side of a guest's network interface: a port of a network.
 *
 * <p>The device calls {@link #ready} and {@link #room} under its own monitor, which the calls of
 * its {@link NetPort} take as well. So a network holds no lock that these two need while it calls
 * the port.
 */
public interface NetBackend {
  /** The hardware address that the interface has at first: 48 bits, the first byte highest. */
  long mac();

  /** Whether the guest must keep that address. */
  boolean macFixed();

  /** Bytes of the longest IP packet that the network carries, 1280 to 65535. */
  int mtu();

  /** Plugs a guest's interface in, in place of the one of an earlier life. */
  void attach(NetPort port);

  /** Unplugs it; what the network has for it is lost. */
  void detach(NetPort port);

  /** The guest has frames to send; any thread, never blocks. */
  void ready();

  /**
   * The guest has room again for what {@link NetPort#receive} refused; any thread, never blocks.
   */
  void room();
}
