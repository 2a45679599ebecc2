package atoll.device.spi;

/**
 * The connection of one endpoint of a channel to the other: bits go out by {@link #ring} and come
 * in by the {@link Receiver}.
 *
 * <p>Nothing here may block, or take a lock under which a receiver is called: two guests ring each
 * other at the same time, each with its own device's monitor held.
 */
public interface ChannelLink extends AutoCloseable {
  /** Adds {@code bits} to what is pending at the other endpoint; lost while no VM is there. */
  void ring(int bits);

  /**
   * Plugs this endpoint in and tells the other one so. From now on, and perhaps at once, {@code
   * receiver} is called.
   */
  void attach(Receiver receiver);

  /** Unplugs this endpoint and tells the other one so; the receiver is not called again. */
  @Override
  void close();

  /** The device's end; called on any thread. */
  interface Receiver {
    /** The other endpoint has rung these bits. */
    void rung(int bits);

    /** Somebody is at the other endpoint now, or nobody any more; repeating has no effect. */
    void peer(boolean up);
  }
}
