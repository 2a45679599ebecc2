package atoll.vmm;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A device of a user's own, as its board and its guest see it.
 *
 * @param name unique on its board
 * @param at guest-physical address of its registers; otherwise the next free one
 * @param size bytes of them
 * @param interrupt its first source of the interrupt controller; otherwise the next free ones
 * @param interrupts how many it has
 * @param compatible by what drivers find it; empty if none is to
 * @param properties further ones of its node in the device tree
 */
public record OwnDevice(
    String name,
    OptionalLong at,
    long size,
    OptionalInt interrupt,
    int interrupts,
    List<String> compatible,
    Map<String, DeviceProperty> properties) {
  /** What a name looks like: that of a node (Devicetree Specification v0.4 §2.2.1). */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /** What drivers look for looks like (§2.3.1). */
  public static final Pattern COMPATIBLE = Pattern.compile("[A-Za-z0-9,._+/@-]{1,127}");

  /** What a property is called (§2.2.4). */
  public static final Pattern PROPERTY = Pattern.compile("[A-Za-z0-9,._+?#-]{1,31}");

  /** Properties that follow from the rest. */
  public static final Set<String> GIVEN =
      Set.of(
          "compatible",
          "reg",
          "interrupts",
          "interrupt-parent",
          "interrupts-extended",
          "interrupt-gpios",
          "phandle");

  /** Bytes of registers if nothing is said. */
  public static final long USUAL_SIZE = 0x1000;

  /** Most bytes of registers. */
  public static final long MOST_SIZE = 4 << 20;

  /** Most interrupts of one device. */
  public static final int MOST_INTERRUPTS = 8;

  /** The last source of a board's interrupt controller. */
  public static final int LAST_INTERRUPT = PlicFitting.SOURCES - 1;

  public OwnDevice {
    require(NAME.matcher(name).matches(), name, "is no name for a device");
    require(size >= 4 && size <= MOST_SIZE && size % 4 == 0, name, "has no such size");
    Objects.requireNonNull(at, "at");
    require(
        at.isEmpty() || at.getAsLong() >= 0 && at.getAsLong() % 4 == 0 && at.getAsLong() + size > 0,
        name,
        "cannot be at that address");
    require(interrupts >= 0 && interrupts <= MOST_INTERRUPTS, name, "has too many interrupts");
    require(
        interrupt.isEmpty()
            || interrupts > 0
                && interrupt.getAsInt() > 0
                && interrupt.getAsInt() + interrupts - 1 <= LAST_INTERRUPT,
        name,
        "cannot have these interrupts");
    compatible = List.copyOf(compatible);
    for (String word : compatible) {
      require(COMPATIBLE.matcher(word).matches(), name, "is compatible to no such device");
    }
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
    for (String property : properties.keySet()) {
      require(
          PROPERTY.matcher(property).matches() && !GIVEN.contains(property),
          name,
          "cannot have the property " + property);
    }
  }

  private static void require(boolean right, String name, String wrong) {
    if (!right) {
      throw new VmException(
          "the device '%s' %s; docs/devices.md says what there can be".formatted(name, wrong));
    }
  }

  /** One with a page of registers somewhere and one interrupt, that no driver looks for. */
  public static OwnDevice of(String name) {
    return new OwnDevice(
        name, OptionalLong.empty(), USUAL_SIZE, OptionalInt.empty(), 1, List.of(), Map.of());
  }
}
