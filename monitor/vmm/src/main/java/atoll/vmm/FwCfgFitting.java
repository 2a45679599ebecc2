package atoll.vmm;

import atoll.device.FwCfg;
import atoll.device.FwCfgItems;
import atoll.vmm.BoardPlan.Region;

/** What firmware is told of its machine, and what its user says to it. */
record FwCfgFitting(Region place) implements Fitting {
  /** Beside the bus, as QEMU has it: by such a node there systemd knows that there are items. */
  @Override
  public void describe(BoardTree tree) {
    tree.root()
        .child(BoardTree.unit("fw-cfg", place.gpa()))
        .longs("reg", place.gpa(), place.size())
        .strings("compatible", "qemu,fw-cfg-mmio")
        .flag("dma-coherent");
  }

  @Override
  public void make(Board board) {
    VmConfig config = board.config();
    FwCfgItems items = new FwCfgItems(config.memory(), config.cpus(), config.fwCfg());
    board.attach(place, new FwCfg(items, board.memory(), board.work()));
  }
}
