package atoll.device;

/**
 * Something whose whole state can be handed out as a value and rebuilt from one.
 *
 * <p>Both calls are made while the machine is paused. A device's first {@link #state} after its
 * construction is its reset state, so a machine reset is a {@link #restore} of it. Levels on
 * outgoing interrupt lines are driven again by {@code restore}.
 *
 * @param <S> a record whose first component is its version
 */
public interface Stateful<S extends Record> {
  /** Everything that later behaviour depends on; immutable. */
  S state();

  /**
   * Becomes what {@code state} says.
   *
   * @throws IllegalArgumentException if the state is of a device of another shape
   */
  void restore(S state);
}
