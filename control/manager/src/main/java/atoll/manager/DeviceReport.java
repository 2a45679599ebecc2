package atoll.manager;

import atoll.vmm.VirtualMachine;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A device of a virtual machine's board, and what it has been asked in the present life.
 *
 * @param name its name; for one of the user's own, {@code own} and the user's
 * @param base guest-physical address of its first byte
 * @param size bytes of its range
 * @param reads reads served
 * @param writes writes served
 * @param faults accesses that it does not decode
 * @param code where the code of one of the user's own is from, in words
 */
public record DeviceReport(
    String name,
    long base,
    long size,
    long reads,
    long writes,
    long faults,
    Optional<String> code) {
  public DeviceReport {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(code, "code");
  }

  /** All of a machine, by address. */
  static List<DeviceReport> of(VirtualMachine machine) {
    Map<String, String> own = machine.devices().ownDevices();
    return machine.statistics().devices().stream()
        .map(device ->
            new DeviceReport(
                device.device(),
                device.base(),
                device.size(),
                device.reads(),
                device.writes(),
                device.faults(),
                Optional.ofNullable(own.get(device.device()))))
        .toList();
  }
}
