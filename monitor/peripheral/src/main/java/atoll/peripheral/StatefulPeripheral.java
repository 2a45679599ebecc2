package atoll.peripheral;

/**
 * A device whose state can be taken and given back, so that its VM can go on in another process.
 * Without this a VM that has the device has no state to be saved.
 *
 * <p>The levels of its interrupt lines and the times of its timers are kept for it.
 *
 * @param <S> everything else that its later behaviour depends on. Fields may be primitives,
 *     strings, enumerations, arrays, lists, maps, optionals and records of these. A device that is
 *     a named module opens the record's package to {@code atoll.state}
 */
public interface StatefulPeripheral<S extends Record> extends Peripheral {
  /**
   * What is to be kept; called while the VM is paused.
   *
   * @return immutable
   */
  S state();

  /**
   * Becomes what a state says. Called while the VM is paused, on a device that has just been made.
   *
   * @param state anything that the record's constructor allows: a file may have been changed
   * @throws IllegalArgumentException if that cannot be
   */
  void restore(S state);

  /**
   * What {@link #state} returns.
   *
   * @return the record's class
   */
  Class<S> stateType();
}
