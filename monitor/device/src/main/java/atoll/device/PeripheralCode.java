package atoll.device;

import atoll.peripheral.PeripheralFactory;
import atoll.peripheral.RegisterAccess;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a device of a user's own does.
 *
 * @param label where its code is from, for messages: a class, or a function of a program
 * @param factory makes one for each life of its machine
 * @param settings the user's, by name
 * @param dma which memory it may access
 * @param watcher told of each access after it was served
 * @param patience how long a call of its code may take; then it is taken for lost, and the machine
 *     ends
 */
public record PeripheralCode(
    String label,
    PeripheralFactory factory,
    Map<String, String> settings,
    DmaGrant dma,
    Optional<Consumer<RegisterAccess>> watcher,
    Duration patience) {
  /** How long a call may take if nothing is said. */
  public static final Duration USUAL_PATIENCE = Duration.ofSeconds(5);

  public PeripheralCode {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(factory, "factory");
    settings = Map.copyOf(settings);
    Objects.requireNonNull(dma, "dma");
    Objects.requireNonNull(watcher, "watcher");
    Objects.requireNonNull(patience, "patience");
  }

  /** The same device by other code. */
  PeripheralCode by(String other, PeripheralFactory made) {
    return new PeripheralCode(other, made, settings, dma, watcher, patience);
  }
}
