package atoll.scenario;

import atoll.image.RefusedException;
import atoll.line.FarAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A serial port of a virtual machine beside its first one, and what is at its other end: a device
 * of the host or the far side.
 *
 * @param name by which the device tree and messages know it
 * @param device a serial port of the host, or a pseudoterminal, that the machine has for itself
 * @param speed its bits a second; without, it keeps those that it has
 * @param far the far side, if there is no device
 */
public record SerialSpec(
    String name, Optional<Path> device, Optional<Integer> speed, Optional<FarAddress> far) {
  /** What a name looks like. */
  public static final Pattern NAME = VmDescription.NAME;

  /** What may be at the other end, for messages. */
  public static final String EXPECTED =
      "a serial device of the host such as /dev/ttyUSB0 or /dev/ttyUSB0,speed=115200, or "
          + FarAddress.EXPECTED;

  /** The speeds that a device can have. */
  public static final int LEAST_SPEED = 50;

  public static final int MOST_SPEED = 12_000_000;

  private static final Pattern DEVICE = Pattern.compile("([^,]+)(?:,speed=(\\d{1,8}))?");

  public SerialSpec {
    Objects.requireNonNull(speed, "speed");
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' is no name of a serial port; give %s".formatted(name, VmReader.NAMES));
    }
    if (device.isPresent() == far.isPresent()) {
      throw new RefusedException(
          "the serial port %s leads to a device of the host or to a far side; give one of the two"
              .formatted(name));
    }
    speed
        .filter(bits -> bits < LEAST_SPEED || bits > MOST_SPEED)
        .ifPresent(bits -> {
          throw new RefusedException(
              "%d bits a second are no speed; give %d to %d"
                  .formatted(bits, LEAST_SPEED, MOST_SPEED));
        });
  }

  /**
   * Reads what is at the other end.
   *
   * @param folder that a relative name of a device belongs to
   * @return nothing if it is neither
   */
  public static Optional<SerialSpec> parse(String name, String text, Path folder) {
    if (FarAddress.isMeant(text)) {
      return FarAddress.parse(text).map(far -> to(name, far));
    }
    Matcher found = DEVICE.matcher(text);
    if (!found.matches()) {
      return Optional.empty();
    }
    Optional<Integer> speed = Optional.ofNullable(found.group(2)).map(Integer::valueOf);
    boolean sane = speed.map(bits -> bits >= LEAST_SPEED && bits <= MOST_SPEED).orElse(true);
    Path device = folder.resolve(found.group(1)).normalize();
    return sane
        ? Optional.of(new SerialSpec(name, Optional.of(device), speed, Optional.empty()))
        : Optional.empty();
  }

  private static SerialSpec to(String name, FarAddress far) {
    return new SerialSpec(name, Optional.empty(), Optional.empty(), Optional.of(far));
  }

  /** For who reads a plan. */
  String label() {
    String end =
        device.map(path -> "the host's " + path).orElseGet(() -> "far side " + far.orElseThrow());
    return "serial port %s (%s)".formatted(name, end);
  }
}
