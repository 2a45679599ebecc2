package atoll.vmm;

import atoll.device.AclintSswi;
import atoll.engine.Interrupts;
import atoll.vmm.BoardPlan.Region;

/** Software interrupts for supervisors. */
record SswiFitting(Region place) implements Fitting {
  @Override
  public Stage stage() {
    return Stage.CONTROLLER;
  }

  @Override
  public void describe(BoardTree tree) {
    tree.device("sswi", place)
        .strings("compatible", "riscv,aclint-sswi")
        .cells("#address-cells", 0)
        .cells("#interrupt-cells", 0)
        .flag("interrupt-controller")
        .cells("interrupts-extended", tree.perHart(Interrupts.SSI));
  }

  @Override
  public void make(Board board) {
    board.attach(place, new AclintSswi(board.lines(Interrupts.SSI)));
  }
}
