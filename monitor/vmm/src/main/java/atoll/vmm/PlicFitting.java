package atoll.vmm;

import atoll.device.InterruptLine;
import atoll.device.Plic;
import atoll.engine.Interrupts;
import atoll.vmm.BoardPlan.Region;
import java.util.ArrayList;
import java.util.List;

/** The interrupt controller that all devices are wired to. */
record PlicFitting(Region place) implements Fitting {
  static final int PHANDLE = 1;

  /** As on QEMU's board. */
  static final int SOURCES = 96;

  @Override
  public Stage stage() {
    return Stage.CONTROLLER;
  }

  /** Contexts are numbered by position, so those of machine mode keep their place when absent. */
  @Override
  public void describe(BoardTree tree) {
    int machine = tree.machineMode() ? Interrupts.MEI : BoardTree.NO_INTERRUPT;
    tree.registers("plic", place)
        .strings("compatible", "sifive,plic-1.0.0", "riscv,plic0")
        .cells("#address-cells", 0)
        .cells("#interrupt-cells", 1)
        .flag("interrupt-controller")
        .cells("interrupts-extended", tree.perHart(machine, Interrupts.SEI))
        .cells("riscv,ndev", SOURCES)
        .cells("phandle", PHANDLE);
  }

  @Override
  public void make(Board board) {
    Plic plic = new Plic(SOURCES, contexts(board));
    board.controller(plic::source);
    board.attach(place, plic);
  }

  /** For each hart a context for M and one for S, also where nobody enters M: numbers stay. */
  private static List<InterruptLine> contexts(Board board) {
    List<InterruptLine> machine = board.lines(Interrupts.MEI);
    List<InterruptLine> supervisor = board.lines(Interrupts.SEI);
    List<InterruptLine> contexts = new ArrayList<>();
    for (int hart = 0; hart < supervisor.size(); hart++) {
      contexts.add(board.config().machineMode() ? machine.get(hart) : high -> {});
      contexts.add(supervisor.get(hart));
    }
    return contexts;
  }
}
