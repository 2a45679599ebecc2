package atoll.manager;

import atoll.device.spi.ConsoleBackend;
import java.util.Objects;
import java.util.Optional;

/**
 * The connections of a VM's consoles.
 *
 * @param serial behind the UART and the firmware's console
 * @param virtio behind the virtio console, if there is to be one
 */
public record Wiring(ConsoleBackend serial, Optional<ConsoleBackend> virtio) {
  public Wiring {
    Objects.requireNonNull(serial, "serial");
    Objects.requireNonNull(virtio, "virtio");
  }
}
