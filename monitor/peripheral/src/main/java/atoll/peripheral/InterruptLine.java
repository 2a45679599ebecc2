package atoll.peripheral;

/** A level-triggered interrupt line of a device, active high. From any thread. */
public interface InterruptLine {
  /**
   * Drives the line; repeating a level does nothing. A device holds it high for as long as it wants
   * to be served, and lets it fall when its driver has seen to that.
   *
   * @param high whether it requests an interrupt
   */
  void set(boolean high);

  /**
   * Raises the line and lets it fall. A PLIC keeps the request; an APLIC ({@code aia: aplic}) keeps
   * none that is gone, so that there the line must be {@linkplain #set held}.
   */
  default void pulse() {
    set(true);
    set(false);
  }

  /**
   * What it is driven to.
   *
   * @return whether it is high
   */
  boolean high();
}
