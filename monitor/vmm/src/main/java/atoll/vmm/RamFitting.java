package atoll.vmm;

import atoll.kernel.Status;
import atoll.kernel.SystemCalls;
import atoll.vmm.BoardPlan.Region;

/** The machine's RAM. */
record RamFitting(Region place) implements Fitting {
  /** A machine that goes on from a saved state has got its RAM before. */
  @Override
  public void map(SystemCalls kernel, VmConfig config) {
    if (kernel.memory().isPresent()) {
      return;
    }
    Status mapped = kernel.map(place.gpa(), place.size(), config.memoryPolicy());
    if (mapped == Status.NO_MEMORY) {
      throw new VmException(
          "the platform has no %d MiB of machine memory left for %s; give it less"
              .formatted(place.size() >> 20, config.name()));
    }
    KernelSlots.require(mapped, "map memory");
  }

  @Override
  public void describe(BoardTree tree) {
    tree.root()
        .child(BoardTree.unit("memory", place.gpa()))
        .strings("device_type", "memory")
        .longs("reg", place.gpa(), place.size());
  }
}
