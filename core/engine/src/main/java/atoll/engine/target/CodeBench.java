package atoll.engine.target;

import atoll.emit.CodeBuffer;
import atoll.verify.PieceProver;
import atoll.verify.ProvenPiece;
import atoll.verify.SlotTable;
import java.util.function.BooleanSupplier;

/**
 * Where regions are assembled that get their place later, in the {@link CodeArea} of any hart. For
 * one thread at a time.
 */
public final class CodeBench {
  /** Where they are made for: behind the subroutines, and their slots far behind all code. */
  public static final int ORIGIN = CodeArea.ROUTINES;

  public static final int SLOTS = 1 << 28;

  public final RegionEmitter regions;
  public final CodeBuffer buffer;
  private final PieceProver prover;

  /**
   * Makes one.
   *
   * @param alone whether no other hart shares the memory
   * @param siblings whether the machine has other harts
   */
  public CodeBench(Target target, BooleanSupplier alone, BooleanSupplier siblings) {
    regions = target.regions(alone, siblings);
    buffer = regions.buffer();
    prover = target.prover(regions.routines(ORIGIN)); // whose places are those in all code areas
  }

  /** Emits a region. */
  public void emit(RegionBlocks region) {
    buffer.begin(ORIGIN);
    regions.emit(region, SLOTS);
  }

  /**
   * Ends it, and proves it.
   *
   * @param entries where it is entered, in order
   * @param count how many of these there are
   */
  public ProvenPiece prove(int[] entries, int count) {
    buffer.finish();
    return prover.region(
        buffer.bytes(),
        buffer.size(),
        ORIGIN,
        entries,
        count,
        new SlotTable(SLOTS, regions.slots(), regions.writeSlots()));
  }
}
