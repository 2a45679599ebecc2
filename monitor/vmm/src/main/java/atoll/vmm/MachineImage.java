package atoll.vmm;

import atoll.engine.Hart;
import atoll.engine.MappedRange;
import atoll.memory.MappedExtent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One life of a machine as a debugger's core has it: memory, where harts see it, and registers.
 * Exact only while the machine is paused.
 */
public final class MachineImage {
  private final Machine machine;

  /**
   * A part of the memory.
   *
   * @param physical the guest-physical address of its first byte
   * @param bytes whole pages
   */
  public record Range(long physical, long bytes) {}

  MachineImage(Machine machine) {
    this.machine = machine;
  }

  /** RAM and ROM, by address; not the windows that other machines have too. */
  public List<Range> memory() {
    List<Range> ranges = new ArrayList<>();
    machine.memory().map().extents().stream()
        .filter(MappedExtent::ram)
        .sorted((a, b) -> Long.compareUnsigned(a.gpa(), b.gpa()))
        .forEach(part -> append(ranges, new Range(part.gpa(), part.bytes())));
    return ranges;
  }

  private static void append(List<Range> ranges, Range next) {
    if (!ranges.isEmpty()) {
      Range last = ranges.getLast();
      if (last.physical() + last.bytes() == next.physical()) {
        ranges.set(ranges.size() - 1, new Range(last.physical(), last.bytes() + next.bytes()));
        return;
      }
    }
    ranges.add(next);
  }

  /** What the first hart's tables map, at most {@code most} ranges. */
  public List<MappedRange> mappings(int most) {
    return machine.harts().get(0).hart().mappings(most);
  }

  /** Every hart's registers by name: pc, the integer and the floating-point ones, and fcsr. */
  public List<Outcome.HartReport> registers() {
    return machine.harts().rows().stream().map(row -> registers(row.hart())).toList();
  }

  private static Outcome.HartReport registers(Hart hart) {
    Map<String, Long> values = new LinkedHashMap<>();
    values.put("pc", hart.register("pc"));
    for (int i = 1; i < 32; i++) {
      values.put("x" + i, hart.register("x" + i));
    }
    for (int i = 0; i < 32; i++) {
      values.put("f" + i, hart.register("f" + i));
    }
    values.put("fcsr", hart.register("fcsr"));
    return new Outcome.HartReport(hart.id(), values);
  }

  /** The bytes of a part of the memory. */
  public byte[] read(long physical, int length) {
    return machine.memory().read(physical, length);
  }
}
