package atoll.vmm;

/** Told of what a machine's LEDs do. */
@FunctionalInterface
public interface LedListener {
  /**
   * An LED has gone on or off. Called on a hart's thread under the GPIO controller's monitor, so
   * returns at once and calls no device.
   */
  void changed(String led, boolean lit);
}
