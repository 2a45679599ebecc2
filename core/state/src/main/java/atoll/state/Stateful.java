package atoll.state;

/**
 * Something whose whole state can be handed out as a value and rebuilt from one.
 *
 * <p>Both calls are made while the machine is paused. {@link #restore} is called on one that is as
 * it was constructed at power-on. Levels on outgoing interrupt lines are driven again by it.
 *
 * @param <S> the state; its fields are what {@link StateFormat} can write
 */
public interface Stateful<S extends Record> {
  /** Everything that later behaviour depends on; immutable. */
  S state();

  /**
   * Becomes what {@code state} says.
   *
   * @throws IllegalArgumentException if the state is of something of another shape
   */
  void restore(S state);

  /** What {@link #state} returns. */
  Class<S> stateType();
}
