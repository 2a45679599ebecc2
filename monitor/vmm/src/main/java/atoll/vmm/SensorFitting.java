package atoll.vmm;

import atoll.device.I2cChips;
import atoll.device.OpenCoresI2c;
import atoll.device.Thermometer;
import atoll.vmm.BoardPlan.Region;
import java.util.stream.IntStream;

/**
 * A bus of I2C with temperature sensors.
 *
 * @param count how many
 */
record SensorFitting(Region place, int count) implements Fitting {
  /** No channel is called so, and so no other bus. */
  static final String NAME = "of sensors";

  @Override
  public void describe(BoardTree tree) {
    FdtNode bus = I2cFitting.controller(tree, place, "sensors");
    for (int n = 0; n < count; n++) {
      int address = Thermometer.FIRST_ADDRESS + n;
      bus.child(BoardTree.unit("sensor", address))
          .strings("compatible", "ti,tmp102")
          .cells("reg", address)
          .strings("label", tree.sensor(n));
    }
  }

  @Override
  public void make(Board board) {
    I2cChips chips =
        new I2cChips(
            IntStream.range(0, count)
                .mapToObj(n -> new Thermometer(board.config().sensors().get(n)))
                .toList());
    OpenCoresI2c controller = new OpenCoresI2c(NAME, chips, board.wire(place));
    controller.plugIn();
    board.attach(place, controller);
  }
}
