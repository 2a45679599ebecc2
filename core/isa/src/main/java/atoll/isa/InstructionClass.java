package atoll.isa;

/**
 * The classes of Popek and Goldberg, "Formal requirements for virtualizable third generation
 * architectures", 1974.
 *
 * <p>Their theorem: a machine can be virtualised by trap-and-emulate if every sensitive instruction
 * traps outside the mode that owns it. {@link TrapRule} says how each one does.
 */
public enum InstructionClass {
  /** Neither sensitive nor trapping by mode. */
  INNOCUOUS,
  /** Traps outside the mode that owns it, but is not sensitive. */
  PRIVILEGED,
  /** Changes mode, translation, or the allocation of the processor or of memory. */
  CONTROL_SENSITIVE,
  /** Its result depends on the real mode or configuration. */
  BEHAVIOUR_SENSITIVE;

  public boolean sensitive() {
    return this == CONTROL_SENSITIVE || this == BEHAVIOUR_SENSITIVE;
  }
}
