package atoll.manager;

import atoll.image.RefusedException;
import atoll.peripheral.PeripheralFactory;
import atoll.peripheral.RegisterAccess;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Functions of the program that Atoll is a part of, by names: those that make devices, and those
 * that watch them. Actions are values, and say the names. Thread-safe.
 */
public final class ProgramDevices {
  private final Map<String, PeripheralFactory> factories = new ConcurrentHashMap<>();
  private final Map<String, Consumer<RegisterAccess>> watchers = new ConcurrentHashMap<>();

  ProgramDevices() {}

  /** Gives a name to what makes a device; one of that name before has it no more. */
  public void put(String name, PeripheralFactory factory) {
    factories.put(name, factory);
  }

  /** Gives a name to what is told of accesses; one of that name before has it no more. */
  public void watch(String name, Consumer<RegisterAccess> watcher) {
    watchers.put(name, watcher);
  }

  /**
   * What makes a device.
   *
   * @throws RefusedException if nothing has that name
   */
  PeripheralFactory factory(String name) {
    return Optional.ofNullable(factories.get(name)).orElseThrow(() -> unknown(name));
  }

  /**
   * What is told of accesses.
   *
   * @throws RefusedException if nothing has that name
   */
  Consumer<RegisterAccess> watcher(String name) {
    return Optional.ofNullable(watchers.get(name)).orElseThrow(() -> unknown(name));
  }

  private static RefusedException unknown(String name) {
    return new RefusedException(
        "this program has no function '%s' for a device; give it to the manager first"
            .formatted(name));
  }
}
