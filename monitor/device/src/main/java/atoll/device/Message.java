package atoll.device;

/** Where message-signalled interrupts (MSIs) are sent: the memory side of a bus. Thread-safe. */
@FunctionalInterface
public interface Message {
  /**
   * Stores a word; where nothing receives it, it is lost.
   *
   * @param address guest-physical
   * @param data what is stored, 32 bits
   */
  void send(long address, int data);
}
