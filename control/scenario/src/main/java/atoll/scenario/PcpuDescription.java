package atoll.scenario;

import atoll.image.RefusedException;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * One physical CPU of the platform: a thread of this process that executes vCPUs in turn.
 *
 * @param number from 0
 * @param policy by which it chooses among its vCPUs
 * @param hostCpu the host's processor that the thread is bound to; otherwise the host chooses
 */
public record PcpuDescription(int number, CpuPolicy policy, OptionalInt hostCpu) {
  public PcpuDescription {
    Objects.requireNonNull(policy, "policy");
    Objects.requireNonNull(hostCpu, "hostCpu");
    if (number < 0 || hostCpu.isPresent() && hostCpu.getAsInt() < 0) {
      throw new RefusedException(
          "CPU %d on host CPU %d: numbers begin at 0; give others"
              .formatted(number, hostCpu.orElse(0)));
    }
  }
}
