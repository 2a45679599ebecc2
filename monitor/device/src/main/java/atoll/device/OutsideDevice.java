package atoll.device;

/**
 * A device whose code is not Atoll's and may not come back, so that nobody may hold its monitor
 * meanwhile: it sees itself to its being called by one thread at a time.
 */
public non-sealed interface OutsideDevice extends BusDevice {
  /**
   * Serves an access; {@link MmioAccess#excursion} is where its thread is meanwhile.
   *
   * @param offset bytes from the device's base
   * @return false if there is nothing to access: an access fault for the guest
   */
  boolean perform(long offset, MmioAccess access);
}
