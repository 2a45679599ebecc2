package atoll.engine.x64;

import atoll.emit.X64Assembler;
import atoll.verify.PieceProver;
import atoll.verify.ProvenPiece;
import atoll.verify.SlotTable;

/**
 * Where pieces of code are assembled that get their place later, in the {@link CodeArea} of any
 * hart. For one thread at a time.
 */
public final class CodeBench {
  /** Where they are made for: behind the subroutines, and their slots far behind all code. */
  public static final int ORIGIN = CodeArea.TRAMPOLINES;

  public static final int SLOTS = 1 << 28;

  public final X64Assembler assembler = new X64Assembler();
  public final Trampolines trampolines;
  private final PieceProver prover;

  /** Makes one. */
  public CodeBench() {
    assembler.begin(0);
    trampolines = new Trampolines(assembler); // whose places are those in all code areas
    prover = new PieceProver(CodeContract.STATE, CodeContract.EXITS, trampolines.routines(ORIGIN));
  }

  /** Begins a piece of code. */
  public void begin() {
    assembler.begin(ORIGIN);
  }

  /**
   * Ends a region.
   *
   * @param entries where it is entered, in order
   * @param count how many of these there are
   */
  public ProvenPiece region(int[] entries, int count, int slots, long writeSlots) {
    assembler.finish();
    return prover.region(
        assembler.bytes(),
        assembler.size(),
        ORIGIN,
        entries,
        count,
        new SlotTable(SLOTS, slots, writeSlots));
  }
}
