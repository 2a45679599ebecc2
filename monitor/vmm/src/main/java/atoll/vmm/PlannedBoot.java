package atoll.vmm;

import java.lang.foreign.Arena;
import java.util.List;

/**
 * What is loaded at the start of a life and where, worked out from its files, which it keeps open.
 * The one that a check has made can be used by the life that follows.
 */
public final class PlannedBoot implements AutoCloseable {
  private final Arena arena;
  private final BootPlan plan;
  private final byte[] deviceTree;
  private final List<BootCheck.Finding> notes;

  private PlannedBoot(Arena arena, BootPlan plan, Bootloader loader) {
    this.arena = arena;
    this.plan = plan;
    deviceTree = loader.deviceTree();
    notes = List.copyOf(loader.notes());
  }

  /**
   * Plans the boot of a machine so configured.
   *
   * @throws VmException if an image cannot be used or something does not fit
   */
  @SuppressWarnings("MustBeClosedChecker") // It is closed with the boot that is returned.
  public static PlannedBoot of(VmConfig config) {
    Arena arena = Arena.ofShared();
    try {
      Bootloader loader = new Bootloader(config, arena);
      return new PlannedBoot(arena, loader.plan(), loader);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** What a user may want to know of the images. */
  public List<BootCheck.Finding> notes() {
    return notes;
  }

  /** The device tree blob that the guest finds. */
  public byte[] deviceTree() {
    return deviceTree.clone();
  }

  BootPlan plan() {
    return plan;
  }

  /** Lets go of the files; once. */
  @Override
  public void close() {
    arena.close();
  }
}
