package atoll.device;

import atoll.device.spi.TemperatureSource;
import java.util.OptionalInt;

/**
 * A temperature sensor on I2C, a TMP102 (Texas Instruments SBOS397, section 7.5), for which Linux
 * has the driver {@code tmp102}. While nobody knows the temperature it answers for its other
 * registers only, so that a driver finds it and programs get an error in place of an old value. It
 * measures whenever it is asked, and has no pin for alerts.
 *
 * <p>Used under the monitor of its controller.
 */
public final class Thermometer implements I2cTarget {
  /** The address of the first on a bus; the others follow. */
  public static final int FIRST_ADDRESS = 0x48;

  /** How many a bus has addresses for. */
  public static final int MOST = 8;

  // Pointer addresses.
  private static final int TEMPERATURE = 0;
  private static final int CONFIGURATION = 1;
  private static final int LOW = 2;
  private static final int POINTER_BITS = 3;

  // The configuration.
  private static final int ONE_SHOT = 1 << 15; // R: one has been measured
  private static final int TWELVE_BITS = 0x6000; // R
  private static final int INVERTED = 1 << 10;
  private static final int SHUTDOWN = 1 << 8;
  private static final int NO_ALERT = 1 << 5; // R: the opposite if inverted
  private static final int EXTENDED = 1 << 4;
  private static final int WRITABLE = 0x1fd0;
  private static final int USUAL = 0x0080; // four times a second

  // A register's bits that count, and a degree in it.
  private static final int BITS = 0xfff0;
  private static final int DEGREE = 256;
  private static final int EXTENDED_BITS = 0xfff8;
  private static final int EXTENDED_DEGREE = 128;
  private static final int EXTENDED_MARK = 1;

  private static final int USUAL_LOW = 75 * DEGREE;
  private static final int USUAL_HIGH = 80 * DEGREE;
  private static final int MILLI = 1000;

  private final TemperatureSource source;
  private final int[] limits = {USUAL_LOW, USUAL_HIGH};
  private int pointer;
  private int configuration = USUAL;

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
    return pointer == CONFIGURATION ? configured() : limits[pointer - LOW] & bits();
  }

  private int configured() {
    int done = (configuration & SHUTDOWN) != 0 ? ONE_SHOT : 0;
    int quiet = (configuration & INVERTED) != 0 ? 0 : NO_ALERT;
    return configuration | TWELVE_BITS | done | quiet;
  }

  private boolean extended() {
    return (configuration & EXTENDED) != 0;
  }

  private int bits() {
    return extended() ? EXTENDED_BITS : BITS;
  }

  /** Sixteenths of a degree in the upper 12 bits, or 13. */
  private OptionalInt measured() {
    OptionalInt known = source.milliCelsius();
    if (known.isEmpty()) {
      return known;
    }
    int degree = extended() ? EXTENDED_DEGREE : DEGREE;
    long steps = Math.round((double) known.getAsInt() * degree / MILLI);
    int held = Math.clamp(steps, Short.MIN_VALUE, Short.MAX_VALUE);
    return OptionalInt.of(held & bits() | (extended() ? EXTENDED_MARK : 0));
  }

  @Override
  public boolean write(int b) {
    int place = at;
    at = Math.min(at + 1, Short.BYTES + 1);
    if (place == 0) {
      pointer = b & POINTER_BITS;
      return pointer != TEMPERATURE || source.milliCelsius().isPresent();
    }
    if (pointer != TEMPERATURE && place <= Short.BYTES) {
      put(place == 1 ? 0xff : 0xff00, place == 1 ? b << Byte.SIZE : b);
    }
    return true;
  }

  /** Changes one byte of a register, and keeps the other. */
  private void put(int kept, int changed) {
    if (pointer == CONFIGURATION) {
      configuration = (configuration & kept | changed) & WRITABLE;
    } else {
      limits[pointer - LOW] = (limits[pointer - LOW] & kept | changed) & EXTENDED_BITS;
    }
  }

  /** Two bytes, again and again. */
  @Override
  public int read() {
    boolean upper = at % Short.BYTES == 0;
    at ^= 1;
    return (upper ? value >> Byte.SIZE : value) & 0xff;
  }

  State state() {
    return new State(pointer, configuration, limits[0], limits[1], at, value);
  }

  void restore(State state) {
    pointer = state.pointer & POINTER_BITS;
    configuration = state.configuration & WRITABLE;
    limits[0] = state.low & EXTENDED_BITS;
    limits[1] = state.high & EXTENDED_BITS;
    at = Math.clamp(state.at, 0, Short.BYTES + 1);
    value = state.value & 0xffff;
  }
}
