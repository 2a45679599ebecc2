package atoll.vmm;

import atoll.device.spi.ConsoleBackend;
import atoll.device.spi.TemperatureSource;
import java.util.List;

/**
 * What the small devices of a board lead to, by their names in its {@link BoardOptions}.
 *
 * @param serials of its serial ports beside the first one; the caller closes them
 * @param sensors of its temperature sensors
 */
public record BoardEnds(List<ConsoleBackend> serials, List<TemperatureSource> sensors) {
  /** A board has none of these. */
  public static final BoardEnds NONE = new BoardEnds(List.of(), List.of());

  public BoardEnds {
    serials = List.copyOf(serials);
    sensors = List.copyOf(sensors);
  }

  void requireFor(BoardOptions options) {
    if (serials.size() != options.serials().size() || sensors.size() != options.sensors().size()) {
      throw new VmException(
          "the board has %d more serial ports and %d sensors, which lead to %d and %d ends; give each one"
              .formatted(
                  options.serials().size(),
                  options.sensors().size(),
                  serials.size(),
                  sensors.size()));
    }
  }
}
