package atoll.scenario;

import atoll.debug.DebugAddress;
import java.util.List;
import java.util.Objects;

/**
 * Where a debugger finds virtual machines.
 *
 * @param listen the place
 * @param vms which of them; empty for all
 * @param waits whether their first lives stand before their first instructions until a debugger
 *     lets them go on
 */
public record DebuggerDescription(DebugAddress listen, List<String> vms, boolean waits) {
  public DebuggerDescription {
    Objects.requireNonNull(listen, "listen");
    vms = List.copyOf(vms);
  }

  /** Whether it has a virtual machine. */
  public boolean has(String vm) {
    return vms.isEmpty() || vms.contains(vm);
  }
}
