package atoll.peripheral;

/**
 * Memory of the VM, as far as it is granted to a device: the whole RAM, or ranges of it.
 *
 * <p>An address mostly comes from a guest, who may give any: what is not granted is refused by an
 * answer, and nothing of it is read or written. Nothing is granted while the VM does not run: in a
 * constructor, while a state is taken or given back, and once the device is closed.
 */
public interface Dma {
  /**
   * Whether a range may be accessed now.
   *
   * @param address guest-physical, of its first byte
   * @param length bytes
   * @param write whether it is to be changed
   * @return true only if all of it may
   */
  boolean allows(long address, long length, boolean write);

  /**
   * Copies memory into an array.
   *
   * @param address guest-physical, of the first byte
   * @param into filled as a whole
   * @return false if a part of that is not granted, and nothing has been read
   */
  boolean read(long address, byte[] into);

  /**
   * Copies an array into memory. Code that was there is executed no more.
   *
   * @param address guest-physical, of the first byte
   * @param bytes written as a whole
   * @return false if a part of that is not granted, and nothing has been written
   */
  boolean write(long address, byte[] bytes);
}
