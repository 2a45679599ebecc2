package atoll.device.spi;

import java.util.OptionalInt;

/** What a temperature sensor measures; any thread, and at once. */
@FunctionalInterface
public interface TemperatureSource {
  /** Thousandths of a degree Celsius; nothing while it is not known. */
  OptionalInt milliCelsius();
}
