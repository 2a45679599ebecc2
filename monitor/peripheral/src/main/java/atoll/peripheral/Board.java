package atoll.peripheral;

/**
 * What a device has around it: interrupt lines, time, memory as far as it is granted, settings.
 *
 * <p>Unless a method says otherwise, it is called from the device's own methods, timers and
 * actions, and from its constructor. Once the device is closed nothing here has an effect.
 */
public interface Board {
  /**
   * The device's name.
   *
   * @return unique on its board
   */
  String name();

  /**
   * The VM that it is a device of.
   *
   * @return the VM's name
   */
  String vm();

  /**
   * What the user says of the device.
   *
   * @return by name
   */
  Settings settings();

  /**
   * The first interrupt line.
   *
   * @return {@code interrupt(0)}
   * @throws IllegalArgumentException if the device has none
   */
  default InterruptLine interrupt() {
    return interrupt(0);
  }

  /**
   * An interrupt line.
   *
   * @param number from 0, less than {@link #interrupts}
   * @return low at first
   * @throws IllegalArgumentException if there is no such line
   */
  InterruptLine interrupt(int number);

  /**
   * How many interrupt lines it has.
   *
   * @return 0 to 8
   */
  int interrupts();

  /**
   * Makes a timer of guest time; in the constructor only, at most 32, always in the same order.
   *
   * @param expired done when its time has come, one at a time with the device's other methods
   * @return set to no time
   * @throws IllegalStateException if the device has been made, or has as many
   */
  GuestTimer timer(Runnable expired);

  /**
   * Guest time. It stands still while all VMs of the system are paused. From any thread.
   *
   * @return nanoseconds since the system was made
   */
  long nanos();

  /**
   * Memory of the VM, as far as it is granted to the device.
   *
   * @return grants nothing if the user says nothing of it
   */
  Dma dma();

  /**
   * Has something done as one of the device's own calls, soon, while the VM runs: what a thread of
   * the device's own or of a test does to it. From any thread.
   *
   * <p>What still waits is not part of a saved state.
   *
   * @param action what to do; if it throws, the VM's life ends
   * @return false if the device is closed or as many as 1,024 wait already: it will not be done
   */
  boolean perform(Runnable action);

  /**
   * Tells the user something, as a line on the console of Atoll. From any thread.
   *
   * @param text a sentence
   */
  void notice(String text);
}
