package atoll.vmm;

import atoll.device.MmioDevice;
import atoll.device.PeripheralException;
import atoll.state.RecordCodec;
import atoll.state.Stateful;
import atoll.state.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The states of a board's devices, by their names. A device that implements {@link Stateful} takes
 * part; what its record holds is known to it alone.
 */
final class DeviceStates {
  private final Map<String, Stateful<?>> devices = new LinkedHashMap<>();

  /**
   * Those of a machine.
   *
   * @param all in the order in which they are restored: whoever is wired to another comes after it,
   *     for which a line that is driven anew is no change then
   */
  DeviceStates(List<MmioDevice> all) {
    for (MmioDevice device : all) {
      if (device instanceof Stateful<?> stateful
          && devices.putIfAbsent(device.name(), stateful) != null) {
        throw new IllegalStateException("two devices are named " + device.name());
      }
    }
  }

  /** Has the first {@link #state} take no longer than the next. */
  void prepare() {
    devices.values().forEach(device -> RecordCodec.prepare(device.stateType()));
  }

  /**
   * All of them.
   *
   * @throws VmException if a device of the user's own has none
   */
  Map<String, Value> state() {
    Map<String, Value> states = new TreeMap<>();
    try {
      devices.forEach((name, device) -> states.put(name, RecordCodec.toValue(device.state())));
    } catch (PeripheralException e) {
      throw new VmException(e.getMessage(), e);
    }
    return states;
  }

  /** Restores each device; harts that their lines go to have been restored. */
  void restore(Map<String, Value> states) {
    requireSame(states.keySet());
    devices.forEach((name, device) -> restore(name, device, states.get(name)));
  }

  private static <S extends Record> void restore(String name, Stateful<S> device, Value value) {
    try {
      device.restore(RecordCodec.fromValue(value, device.stateType()));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("device %s: %s".formatted(name, e.getMessage()), e);
    }
  }

  private void requireSame(Set<String> saved) {
    if (!saved.equals(devices.keySet())) {
      Set<String> missing = new TreeSet<>(devices.keySet());
      missing.removeAll(saved);
      Set<String> unknown = new TreeSet<>(saved);
      unknown.removeAll(devices.keySet());
      throw new IllegalArgumentException(
          "the saved state has no devices %s, and this machine has no devices %s; make it with the same devices"
              .formatted(missing, unknown));
    }
  }
}
