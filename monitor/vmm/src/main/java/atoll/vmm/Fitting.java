package atoll.vmm;

import atoll.kernel.SystemCalls;
import atoll.vmm.BoardPlan.Region;
import java.util.List;

/**
 * One thing on a board: where it is, how the device tree tells of it, and how it is made.
 * Immutable; the same one serves every life of a machine.
 */
interface Fitting {
  /** What is made before what: who is wired to another comes after it. */
  enum Stage {
    /** Interrupts harts. */
    CONTROLLER,
    /** Passes interrupts on to a controller. */
    BRIDGE,
    /** Raises interrupts, or none. */
    DEVICE
  }

  /** Its registers, or its memory if it has none. */
  Region place();

  /** All its addresses. */
  default List<Region> regions() {
    return List.of(place());
  }

  default Stage stage() {
    return Stage.DEVICE;
  }

  /**
   * Maps its memory, before there are harts.
   *
   * @throws VmException if there is not as much
   */
  default void map(SystemCalls kernel, VmConfig config) {}

  /** Adds its nodes. */
  void describe(BoardTree tree);

  /** Makes the device and attaches it. */
  default void make(Board board) {}
}
