package atoll.kernel;

import atoll.state.Unsaved;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The capabilities of one protection domain, by slot number. Thread-safe. */
@Unsaved("filled again by who grants")
final class CapabilitySpace {
  /** Slots in a space; a fixed number, so that no monitor makes the process grow. */
  static final int SLOTS = 2048;

  private final AtomicReferenceArray<Capability> slots = new AtomicReferenceArray<>(SLOTS);

  /** What the slot holds, or null if it is empty or there is no such slot. */
  Capability at(int slot) {
    return slot >= 0 && slot < SLOTS ? slots.get(slot) : null;
  }

  /** Whether a capability can be put there. */
  boolean free(int slot) {
    return slot >= 0 && slot < SLOTS && slots.get(slot) == null;
  }

  /** Fills an empty slot. */
  Status insert(int slot, Capability capability) {
    boolean inserted = slot >= 0 && slot < SLOTS && slots.compareAndSet(slot, null, capability);
    return inserted ? Status.OK : Status.BAD_PARAMETER;
  }

  /** Empties a slot. */
  Status remove(int slot) {
    boolean removed = slot >= 0 && slot < SLOTS && slots.getAndSet(slot, null) != null;
    return removed ? Status.OK : Status.BAD_CAPABILITY;
  }

  /** Empties every slot. */
  void clear() {
    for (int slot = 0; slot < SLOTS; slot++) {
      slots.set(slot, null);
    }
  }
}
