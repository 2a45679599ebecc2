package atoll.virtio;

import atoll.device.InterruptLine;
import atoll.pci.Msix;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The interrupts of the PCI transport (§4.1.5): messages by MSI-X, a vector for the configuration
 * and one for each queue, as the driver has chosen; or the function's pin, and ISR status.
 *
 * <p>Its monitor is taken before those of the pin and of MSI-X.
 */
final class PciInterrupts implements VirtioInterrupts {
  /** No vector, so that nothing is sent (§4.1.5.1.2). */
  static final int NO_VECTOR = 0xffff;

  private final InterruptStatus status;
  private final Optional<Msix> msix;
  private final int[] vectors;

  /**
   * Makes them.
   *
   * @param msix if somebody receives messages
   */
  PciInterrupts(InterruptLine pin, Optional<Msix> msix, int queues) {
    status = new InterruptStatus(pin);
    this.msix = msix;
    vectors = new int[1 + queues];
    Arrays.fill(vectors, NO_VECTOR);
  }

  @Override
  public void used(int queue) {
    if (!send(1 + queue)) {
      status.used(queue);
    }
  }

  @Override
  public void config() {
    if (!send(0)) {
      status.config();
    }
  }

  /** Whether messages are what the driver wants. */
  private synchronized boolean send(int source) {
    if (msix.isEmpty() || !msix.get().enabled()) {
      return false;
    }
    if (vectors[source] != NO_VECTOR) {
      msix.get().raise(vectors[source]);
    }
    return true;
  }

  @Override
  public synchronized void reset() {
    Arrays.fill(vectors, NO_VECTOR);
    status.reset();
  }

  /** ISR status, which a read clears. */
  int take() {
    return status.take();
  }

  synchronized int vector(int source) {
    return vectors[source];
  }

  /**
   * The driver's choice for the configuration, 0, or queue n, n + 1; one that is not there fails.
   */
  synchronized void vector(int source, int vector) {
    boolean exists = msix.isPresent() && vector < msix.get().vectors();
    vectors[source] = exists ? vector : NO_VECTOR;
  }

  int bits() {
    return status.bits();
  }

  synchronized List<Integer> vectors() {
    return Arrays.stream(vectors).boxed().toList();
  }

  /** A queue that was not there when the state was saved has no vector. */
  synchronized void restore(int bits, List<Integer> saved) {
    status.set(bits);
    for (int source = 0; source < vectors.length; source++) {
      vector(source, source < saved.size() ? saved.get(source) : NO_VECTOR);
    }
  }
}
