package atoll.device.spi;

/** A guest's device whose backend works on a thread of its own, and has the guest pay for that. */
public interface Payer {
  /** The backend has spent CPU time for this guest; any thread. */
  void charge(long nanos);
}
