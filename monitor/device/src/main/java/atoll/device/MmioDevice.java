package atoll.device;

/**
 * A device on the memory-mapped I/O bus. It sees offsets and widths only.
 *
 * <p>Calls come from vCPU threads; {@link MmioBus} holds the device's monitor ({@code synchronized
 * (device)}) around each, and a device's own background thread takes the same monitor, so a
 * device's state is touched by one thread at a time.
 */
public non-sealed interface MmioDevice extends BusDevice {
  /**
   * Whether there is something to access there; what is refused is an access fault for the guest.
   *
   * @param offset bytes from the device's base
   * @param size 1, 2, 4 or 8 bytes
   */
  boolean decodes(long offset, int size, boolean write);

  /** Reads {@code size} bytes at a decoded {@code offset}; returns them zero-extended. */
  long read(long offset, int size);

  /** Writes the low {@code size} bytes of {@code value} at a decoded {@code offset}. */
  void write(long offset, int size, long value);
}
