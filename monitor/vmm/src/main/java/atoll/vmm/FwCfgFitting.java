package atoll.vmm;

import atoll.device.FwCfg;
import atoll.device.FwCfgItems;
import atoll.vmm.BoardPlan.Region;

/** What firmware is told of its machine, and what its user says to it. */
record FwCfgFitting(Region place) implements Fitting {
  @Override
  public void describe(BoardTree tree) {
    tree.registers("fw-cfg", place).strings("compatible", "qemu,fw-cfg-mmio").flag("dma-coherent");
  }

  @Override
  public void make(Board board) {
    VmConfig config = board.config();
    FwCfgItems items = new FwCfgItems(config.memory(), config.cpus(), config.fwCfg());
    board.attach(place, new FwCfg(items, board.memory(), board.work()));
  }
}
