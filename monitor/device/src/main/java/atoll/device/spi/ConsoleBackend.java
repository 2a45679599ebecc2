package atoll.device.spi;

/**
 * The host side of a byte console: what a UART or a virtio console port is plugged into.
 *
 * <p>The device calls {@link #output} and {@link #ready} under its own monitor, which {@link
 * Receiver} takes as well; so a backend holds no lock that these two need while it calls the
 * receiver. {@code ready} may call the receiver at once or hand that to another thread.
 */
public interface ConsoleBackend {
  /**
   * Takes bytes that the guest has sent; called on a vCPU's thread, so it must not block for long.
   *
   * @param bytes a buffer that is only valid during the call
   */
  void output(byte[] bytes, int offset, int length);

  /**
   * Sets the receiver of the host's input. The backend calls {@link Receiver#input} from a thread
   * of its own, with bytes in the order they were typed, and holds what is not taken.
   */
  void attach(Receiver receiver);

  /** The device's end. */
  interface Receiver {
    /**
     * Offers input.
     *
     * @return how many bytes were taken, from 0 to {@code length}; the backend offers the rest
     *     again after {@link ConsoleBackend#ready}, and none is lost
     */
    int input(byte[] bytes, int offset, int length);

    /** The terminal has now this size in characters; ignored by devices that cannot say so. */
    default void resized(int columns, int rows) {}

    /**
     * Whether anybody is at the other end of the line; somebody is until it is said otherwise.
     * Ignored by devices that cannot say so.
     */
    default void carrier(boolean present) {}
  }

  /** The device has room again after it took less than was offered; never blocks. */
  void ready();
}
