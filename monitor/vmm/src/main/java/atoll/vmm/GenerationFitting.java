package atoll.vmm;

import atoll.device.GenerationId;
import atoll.vmm.BoardPlan.Region;

/** By which a guest learns that it is one of several that go on from one snapshot. */
record GenerationFitting(Region place) implements Fitting {
  @Override
  public void describe(BoardTree tree) {
    tree.device("rng", place).strings("compatible", "microsoft,vmgenid");
  }

  @Override
  public void make(Board board) {
    GenerationId made = new GenerationId(board.wire(place), board.config().effects().entropy());
    board.attach(place, made);
    board.generation(made);
  }
}
