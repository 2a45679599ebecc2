package atoll.kernel;

/** The result of a {@link SystemCalls system call}. */
public enum Status {
  /** Done. */
  OK,
  /** The slot is out of range, empty, or holds another kind of object. */
  BAD_CAPABILITY,
  /** The capability does not carry the permission for this operation. */
  NO_PERMISSION,
  /** A number is outside its range, or a slot that must be empty is not. */
  BAD_PARAMETER,
  /** The object is in a state that does not allow this now. */
  BAD_STATE,
  /** The physical CPU's scheduling policy does not admit one more context. */
  OVERCOMMITTED,
  /** The machine has not enough memory left. */
  NO_MEMORY,
  /** The wait ended because its time was up. */
  TIMEOUT,
  /** The wait ended because the object was destroyed. */
  ABORTED
}
