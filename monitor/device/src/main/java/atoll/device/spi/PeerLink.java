package atoll.device.spi;

import java.util.function.IntConsumer;

/**
 * One machine's way to ring others that share memory with it, each by its number, and to be rung.
 *
 * <p>Nothing here may block, or take a lock under which a receiver is called, as in {@link
 * ChannelLink}.
 */
public interface PeerLink extends AutoCloseable {
  /** This machine's number. */
  int position();

  /**
   * Rings a machine.
   *
   * @param peer its number; one that is not there, or does not run, is not rung
   * @param bits what it is to hear, or'ed to what it has not heard yet
   */
  void ring(int peer, int bits);

  /** From now on, {@code rung} is told of bits, on any thread. */
  void attach(IntConsumer rung);

  /** Ends that: what is rung from now on is lost. */
  @Override
  void close();
}
