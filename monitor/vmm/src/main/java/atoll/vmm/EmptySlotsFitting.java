package atoll.vmm;

import atoll.virtio.EmptySlots;
import atoll.vmm.BoardPlan.Region;

/** The virtio slots behind the last device: they answer, and are not in the tree. */
record EmptySlotsFitting(Region place) implements Fitting {
  @Override
  public void describe(BoardTree tree) {}

  @Override
  public void make(Board board) {
    board.attach(place, new EmptySlots(place.size()));
  }
}
