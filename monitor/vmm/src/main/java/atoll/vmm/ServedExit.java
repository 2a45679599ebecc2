package atoll.vmm;

/**
 * An exit that a monitor has served.
 *
 * @param nanos when guest code was left, of the platform's time
 * @param refused whether no device has answered, so that the guest took an access fault
 * @param target the device, with the offset in it; or the SBI extension
 * @param detail bytes of the access; or the number of the function
 * @param value what was read or written; or the first argument
 */
public record ServedExit(
    long nanos, Kind kind, boolean refused, String target, long address, int detail, long value) {
  /** What the guest wanted. */
  public enum Kind {
    LOAD,
    STORE,
    /** It called the SBI. */
    CALL
  }
}
