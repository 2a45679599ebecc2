package atoll.vmm;

import atoll.engine.HartGroup;
import atoll.kernel.Vcpu;
import atoll.state.Value;
import java.util.List;
import java.util.Map;

/**
 * A machine that is paused, beside its memory and what is on its disks.
 *
 * @param name the machine's
 * @param memory bytes of RAM
 * @param harts what executes
 * @param vcpus by hart: what the kernel knows of each
 * @param sbi by hart: what the SBI implementation keeps of it
 * @param held numbers of the harts that are held singly
 * @param devices what each device says of itself, by name
 */
public record VmState(
    String name,
    long memory,
    HartGroup.State harts,
    List<Vcpu.State> vcpus,
    List<SbiState> sbi,
    List<Integer> held,
    Map<String, Value> devices) {
  public VmState {
    vcpus = List.copyOf(vcpus);
    sbi = List.copyOf(sbi);
    held = List.copyOf(held);
    devices = Map.copyOf(devices);
    for (int hart : held) {
      if (hart < 0 || hart >= vcpus.size()) {
        throw new IllegalArgumentException("hart %d of %d is held".formatted(hart, vcpus.size()));
      }
    }
  }
}
