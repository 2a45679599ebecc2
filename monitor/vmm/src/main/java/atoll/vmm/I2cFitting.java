package atoll.vmm;

import atoll.device.I2cPeer;
import atoll.device.OpenCoresI2c;
import atoll.vmm.BoardPlan.Region;
import atoll.vmm.ChannelDevice.Chip;
import java.util.List;

/**
 * The controller of an I2C bus whose chips the machine at the other end of a channel is.
 *
 * @param name of the channel
 * @param channel its number among the machine's channels
 * @param chips what the device tree says to be there
 */
record I2cFitting(String name, int channel, Region place, List<Chip> chips) implements Fitting {
  private static final int CLOCK_HZ = 50_000_000;
  private static final int BUS_HZ = 400_000;

  @Override
  public void describe(BoardTree tree) {
    FdtNode node = controller(tree, place, name);
    for (Chip chip : chips) {
      node.child(BoardTree.unit("chip", chip.address()))
          .strings("compatible", chip.compatible())
          .cells("reg", chip.address());
    }
  }

  /** What the tree says of any such controller. */
  static FdtNode controller(BoardTree tree, Region place, String label) {
    return tree.device("i2c", place)
        .strings("compatible", "opencores,i2c-ocores")
        .cells("reg-shift", 0)
        .cells("reg-io-width", 1)
        .cells("opencores,ip-clock-frequency", CLOCK_HZ)
        .cells("clock-frequency", BUS_HZ)
        .cells("#address-cells", 1)
        .cells("#size-cells", 0)
        .strings("label", label);
  }

  @Override
  public void make(Board board) {
    ChannelPort port = board.config().channels().get(channel);
    var link = new DoorbellLink(board.kernel(), KernelSlots.channel(channel), port);
    OpenCoresI2c controller = new OpenCoresI2c(name, new I2cPeer(link), board.wire(place));
    board.attach(place, controller);
    board.count(controller::statistics);
    board.add(
        new Activity() {
          @Override
          public void start() {
            controller.plugIn();
          }

          @Override
          public void close() {
            controller.unplug();
          }
        });
  }
}
