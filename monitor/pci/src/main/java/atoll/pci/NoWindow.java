package atoll.pci;

import atoll.device.MmioDevice;

/**
 * What an access to memory behind a BAR reaches if the memory does not answer it: a store where
 * software may only read, which is refused; or any access while nothing is mapped, which reaches
 * nobody, as in {@link OpenBus}. Stateless.
 *
 * @param name of the memory
 * @param writable whether software may store there
 */
public record NoWindow(String name, boolean writable) implements MmioDevice {
  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return writable || !write;
  }

  @Override
  public long read(long offset, int size) {
    return OpenBus.ones(size);
  }

  @Override
  public void write(long offset, int size, long value) {}
}
