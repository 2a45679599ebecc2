package atoll.peripheral;

/** Makes a device: its constructor, or a function of a test. */
@FunctionalInterface
public interface PeripheralFactory {
  /**
   * Makes the device for one life of a VM.
   *
   * @param board by which the device reaches what is outside itself
   * @return never null
   * @throws SettingException if a setting is not as it should be
   * @throws Exception if there can be no device, and so no VM
   */
  Peripheral create(Board board) throws Exception;
}
