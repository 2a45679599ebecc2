package atoll.device;

import atoll.device.spi.TemperatureSource;
import java.util.OptionalInt;

/**
 * A temperature sensor on I2C, a TMP75 (Texas Instruments SBOS288, section 7.5), for which Linux
 * has the driver {@code lm75}. While nobody knows the temperature it answers for its other
 * registers only, so that a driver finds it and programs get an error in place of an old value.
 *
 * <p>Used under the monitor of its controller.
 */
public final class Thermometer implements I2cTarget {
  /** The address of the first on a bus; the others follow. */
  public static final int FIRST_ADDRESS = 0x48;

  /** How many a bus has addresses for. */
  public static final int MOST = 8;

  // Table 5: pointer addresses.
  private static final int TEMPERATURE = 0;
  private static final int CONFIGURATION = 1;
  private static final int LOW = 2;
  private static final int POINTER_BITS = 3;

  private static final int RESOLUTION_SHIFT = 5; // of the configuration; 0 is 9 bits
  private static final int CONFIGURATION_BITS = 0x7f; // a one-shot (OS) reads as 0

  /** A degree, in the 16 bits of a register. */
  private static final int DEGREE = 256;

  private static final int USUAL_LOW = 75 * DEGREE;
  private static final int USUAL_HIGH = 80 * DEGREE;
  private static final int LIMIT_BITS = 0xfff0;
  private static final int MILLI = 1000;

  private final TemperatureSource source;
  private final int[] limits = {USUAL_LOW, USUAL_HIGH};
  private int pointer;
  private int configuration;

  /** Of the bytes of the message that is under way. */
  private int at;

  /** What is being read, as it was at the message's begin. */
  private int value;

  /**
   * The whole state.
   *
   * @param at which byte of a message comes next
   * @param value of the register that is being read
   */
  public record State(int pointer, int configuration, int low, int high, int at, int value) {}

  /** Measures what {@code source} says. */
  public Thermometer(TemperatureSource source) {
    this.source = source;
  }

  @Override
  public boolean begin(boolean read) {
    at = 0;
    if (!read) {
      return true;
    }
    OptionalInt known = pointer == TEMPERATURE ? measured() : OptionalInt.of(register());
    value = known.orElse(0);
    return known.isPresent();
  }

  private int register() {
    return pointer == CONFIGURATION ? configuration << Byte.SIZE : limits[pointer - LOW];
  }

  /** In 16 bits, of which as many as it resolves are not 0. */
  private OptionalInt measured() {
    OptionalInt known = source.milliCelsius();
    if (known.isEmpty()) {
      return known;
    }
    long steps = Math.round((double) known.getAsInt() * DEGREE / MILLI);
    long held = Math.clamp(steps, Short.MIN_VALUE, Short.MAX_VALUE);
    int unresolved = 7 - (configuration >> RESOLUTION_SHIFT & 3);
    return OptionalInt.of((int) held >> unresolved << unresolved & 0xffff);
  }

  @Override
  public boolean write(int b) {
    int place = at;
    at = Math.min(at + 1, Short.BYTES + 1);
    if (place == 0) {
      pointer = b & POINTER_BITS;
      return pointer != TEMPERATURE || source.milliCelsius().isPresent();
    }
    if (pointer == CONFIGURATION && place == 1) {
      configuration = b & CONFIGURATION_BITS;
    } else if (pointer >= LOW && place <= Short.BYTES) {
      int old = limits[pointer - LOW];
      limits[pointer - LOW] =
          place == 1 ? old & 0xff | b << Byte.SIZE : (old & 0xff00 | b) & LIMIT_BITS;
    }
    return true;
  }

  /** Two bytes, again and again; one of them is all that the configuration has. */
  @Override
  public int read() {
    boolean upper = pointer == CONFIGURATION || at % Short.BYTES == 0;
    at ^= 1;
    return (upper ? value >> Byte.SIZE : value) & 0xff;
  }

  State state() {
    return new State(pointer, configuration, limits[0], limits[1], at, value);
  }

  void restore(State state) {
    pointer = state.pointer & POINTER_BITS;
    configuration = state.configuration & CONFIGURATION_BITS;
    limits[0] = state.low & LIMIT_BITS;
    limits[1] = state.high & LIMIT_BITS;
    at = Math.clamp(state.at, 0, Short.BYTES + 1);
    value = state.value & 0xffff;
  }
}
