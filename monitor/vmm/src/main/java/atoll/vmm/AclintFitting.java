package atoll.vmm;

import atoll.device.Aclint;
import atoll.device.TimerLine;
import atoll.engine.Interrupts;
import atoll.vmm.BoardPlan.Region;
import java.util.List;

/** Timers and software interrupts for machine mode; a board that nobody enters in it has none. */
record AclintFitting(Region place) implements Fitting {
  @Override
  public Stage stage() {
    return Stage.CONTROLLER;
  }

  @Override
  public void describe(BoardTree tree) {
    tree.device("clint", place)
        .strings("compatible", "sifive,clint0", "riscv,clint0")
        .cells("interrupts-extended", tree.perHart(Interrupts.MSI, Interrupts.MTI));
  }

  @Override
  public void make(Board board) {
    List<TimerLine> timers = board.harts().rows().stream().map(AclintFitting::timer).toList();
    board.attach(place, new Aclint(board.clock(), board.lines(Interrupts.MSI), timers));
  }

  /** A hart that waits must look at its new deadline. */
  private static TimerLine timer(HartTable.Row row) {
    return ticks -> {
      row.hart().machineTimer(ticks);
      row.vcpu().kick();
    };
  }
}
