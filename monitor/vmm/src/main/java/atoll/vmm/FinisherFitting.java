package atoll.vmm;

import atoll.device.Finisher;
import atoll.device.TestFinisher;
import atoll.vmm.BoardPlan.Region;

/** The register by which a guest ends the machine, and the tree's ways to use it. */
record FinisherFitting(Region place) implements Fitting {
  private static final int PHANDLE = 2;

  @Override
  public void describe(BoardTree tree) {
    tree.device("test", place)
        .strings("compatible", "sifive,test1", "sifive,test0", "syscon")
        .cells("phandle", PHANDLE);
    describe(tree, "poweroff", TestFinisher.PASS);
    describe(tree, "reboot", TestFinisher.RESET);
  }

  private static void describe(BoardTree tree, String what, int value) {
    tree.root()
        .child(what)
        .strings("compatible", "syscon-" + what)
        .cells("regmap", PHANDLE)
        .cells("offset", 0)
        .cells("value", value);
  }

  @Override
  public void make(Board board) {
    board.attach(place, new TestFinisher(finisher(board.events())));
  }

  private static Finisher finisher(PowerControl power) {
    return new Finisher() {
      @Override
      public void poweroff(int code) {
        power.poweroff(code);
      }

      @Override
      public void reset() {
        power.reset();
      }
    };
  }
}
