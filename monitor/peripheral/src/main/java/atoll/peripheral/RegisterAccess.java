package atoll.peripheral;

/**
 * An access to a register that has been served.
 *
 * @param write whether it was a store
 * @param offset bytes from the device's first address
 * @param size 1, 2, 4 or 8 bytes
 * @param value what was written or read, zero-extended
 */
public record RegisterAccess(boolean write, long offset, int size, long value) {
  @Override
  public String toString() {
    return "%s of %d bytes at 0x%x: 0x%x".formatted(write ? "write" : "read", size, offset, value);
  }
}
