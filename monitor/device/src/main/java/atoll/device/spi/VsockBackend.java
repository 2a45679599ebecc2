package atoll.device.spi;

/**
 * The host's side of a guest's socket device: what its streams lead to.
 *
 * <p>The device calls {@link #ready}, {@link #room} and {@link #restarted} under its own monitor,
 * which the calls of its {@link VsockGuest} take as well. So a backend holds no lock that these
 * need while it calls the guest.
 */
public interface VsockBackend {
  /** The guest's context: 3 or more, and less than 2³² - 1. */
  long cid();

  /** Plugs a guest's device in, in place of the one of an earlier life. */
  void attach(VsockGuest guest);

  /** Unplugs it; its streams end. */
  void detach(VsockGuest guest);

  /** The guest has packets to send; any thread, never blocks. */
  void ready();

  /**
   * The guest has room again for what {@link VsockGuest#receive} refused; any thread, never blocks.
   */
  void room();

  /** The guest knows of no stream any more: its driver, or its whole machine, has begun anew. */
  void restarted();
}
