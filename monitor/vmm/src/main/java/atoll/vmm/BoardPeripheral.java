package atoll.vmm;

import atoll.device.PeripheralCode;
import java.util.Objects;

/**
 * A device of a user's own on a machine's board.
 *
 * @param code what it does
 */
public record BoardPeripheral(OwnDevice device, PeripheralCode code) {
  public BoardPeripheral {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(code, "code");
  }
}
