package atoll.vmm;

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
  /** What Linux's i2c-ocores wants to know, for a bus at 100 kHz. */
  private static final int CLOCK_HZ = 20_000_000;

  @Override
  public void describe(BoardTree tree) {
    FdtNode bus =
        tree.device("i2c", place)
            .strings("compatible", "opencores,i2c-ocores")
            .cells("#address-cells", 1)
            .cells("#size-cells", 0)
            .cells("reg-shift", 0)
            .cells("reg-io-width", 1)
            .cells("opencores,ip-clock-frequency", CLOCK_HZ)
            .cells("clock-frequency", 100_000);
    for (int n = 0; n < count; n++) {
      int address = Thermometer.FIRST_ADDRESS + n;
      bus.child(BoardTree.unit("sensor", address))
          .strings("compatible", "ti,tmp75")
          .cells("reg", address)
          .strings("label", tree.sensor(n));
    }
  }

  @Override
  public void make(Board board) {
    board.attach(
        place,
        new OpenCoresI2c(
            IntStream.range(0, count)
                .mapToObj(n -> new Thermometer(board.config().sensors().get(n)))
                .toList(),
            board.wire(place)));
  }
}
