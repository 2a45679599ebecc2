package atoll.device;

import java.util.Optional;

/** What is on a bus of I2C, as the bus's controller asks it: it answers at once, or later. */
public interface I2cBus {
  /** The controller's end. */
  interface Controller {
    /** Whether anybody is on the bus; nobody is until it is said. */
    void present(boolean anybody);

    /**
     * The answer to a question; only that to the last one counts.
     *
     * @param number of the question
     * @param received the byte that was read
     */
    void answered(int number, boolean acknowledged, int received);
  }

  /** Tells the controller from now on whether anybody is there. */
  void attach(Controller controller);

  /**
   * Asks; nothing else is asked until it is answered. The caller holds no lock that an answer
   * needs.
   *
   * @param number goes with the answer
   * @param asks of {@link OpenCoresI2c#START}, {@link OpenCoresI2c#STOP}, {@link
   *     OpenCoresI2c#READ}, {@link OpenCoresI2c#WRITE} and {@link OpenCoresI2c#NACK}
   * @param transmit the byte that is written
   */
  void ask(int number, int asks, int transmit);

  /** The state of what is on it, if it is on this machine's board. */
  default Optional<I2cChips.State> state() {
    return Optional.empty();
  }

  /** Restores that. */
  default void restore(I2cChips.State state) {
    throw new IllegalArgumentException("there are chips in the state, and none on the bus");
  }

  /** Disconnects it. */
  default void close() {}
}
