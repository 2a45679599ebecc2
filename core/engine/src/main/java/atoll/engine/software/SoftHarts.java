package atoll.engine.software;

import atoll.engine.Engine;
import atoll.engine.HartGroup;
import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.hart.SoftHartGroup;
import atoll.engine.mmu.SecondStageTables;
import atoll.engine.mmu.ShadowTables;
import atoll.host.Clock;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;
import java.util.Collections;
import java.util.List;

/** Makes the harts of a machine. */
public final class SoftHarts {
  private SoftHarts() {}

  /**
   * Makes harts 0 to {@code count - 1}, all stopped at address zero in machine mode, whose
   * translation is {@linkplain MmuKind#FOLDED folded}.
   *
   * @param count 1 to {@link HartGroup#MOST_HARTS}
   * @param engine executes them
   */
  public static HartGroup make(GuestMemory memory, Clock clock, int count, Engine engine) {
    return make(memory, clock, count, engine, MmuKind.FOLDED);
  }

  /**
   * The same with a choice of how addresses are translated.
   *
   * @throws TableMemoryException if that needs more machine memory than there is
   */
  public static HartGroup make(
      GuestMemory memory, Clock clock, int count, Engine engine, MmuKind mmu) {
    return make(memory, clock, count, engine, mmu, Paging.SV57);
  }

  /**
   * The same with a limit to the schemes of page tables.
   *
   * @throws TableMemoryException if the way of translation needs more machine memory than there is
   */
  public static HartGroup make(
      GuestMemory memory, Clock clock, int count, Engine engine, MmuKind mmu, Paging paging) {
    return new SoftHartGroup(memory, clock, count, engine, mmu, paging);
  }

  /**
   * The blocks of machine memory that a group takes for tables when it is made, in order.
   *
   * @param harts how many
   * @param map what the machine will have
   */
  public static List<Long> tableBlocks(MmuKind mmu, int harts, List<MappedExtent> map) {
    return switch (mmu) {
      case SHADOW -> Collections.nCopies(harts, ShadowTables.BYTES);
      case NESTED -> List.of(SecondStageTables.taken(map));
      case FOLDED, VTLB, DIRECT -> List.of();
    };
  }
}
