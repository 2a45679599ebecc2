package atoll.vmm;

import atoll.engine.MappedRange;
import atoll.memory.MappedExtent;
import java.util.ArrayList;
import java.util.List;

/**
 * One life of a machine for a debugger's core, or for a report: memory, where harts see it,
 * registers. Exact only while the machine is paused, or has ended and is not closed.
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

  /** Its harts by number. */
  public List<HartImage> harts() {
    return machine.harts().rows().stream().map(row -> new HartImage(machine, row)).toList();
  }

  /** Whether it was entered in machine mode, without an SBI of the hypervisor's. */
  public boolean machineMode() {
    return machine.machineMode();
  }

  /** Whether there is memory at a guest-physical address. */
  public boolean hasMemory(long physical) {
    return machine.memory().loadHva(physical) != 0;
  }

  /** What the first hart's tables map, at most {@code most} ranges. */
  public List<MappedRange> mappings(int most) {
    return machine.harts().get(0).hart().mappings(most);
  }

  /** The bytes of a part of the memory. */
  public byte[] read(long physical, int length) {
    return machine.memory().read(physical, length);
  }
}
