package atoll.peripheral;

import java.util.OptionalLong;

/** A timer of a device, in guest time: it waits while the VM is paused. */
public interface GuestTimer {
  /**
   * Sets it to a time, in place of the one that it was set to.
   *
   * @param nanos of {@link Board#nanos}; a time that is over has come
   */
  void at(long nanos);

  /**
   * Sets it to a time from now on.
   *
   * @param nanos how much later; 0 or less has come
   */
  void after(long nanos);

  /** Sets it to no time. */
  void cancel();

  /**
   * The time that it is set to.
   *
   * @return in nanoseconds of {@link Board#nanos}; empty once it has come
   */
  OptionalLong due();
}
