package atoll.verify;

import java.util.Arrays;

/**
 * Proves pieces that get their place in a code area later, by the same verifier as {@link
 * CodeGate}: so this can be done on another thread than the hart's. For one thread at a time.
 */
public final class PieceProver {
  private final HostCode host;
  private final StateLayout state;
  private final ExitCodes exits;
  private final Routines routines;
  private final PieceProof verifier;

  /** For code areas that have all of this. */
  public PieceProver(HostCode host, StateLayout state, ExitCodes exits, Routines routines) {
    this.host = host;
    this.state = state;
    this.exits = exits;
    this.routines = routines;
    // No other piece is known here, so none can be jumped to.
    verifier = host.proof(state, exits, new EntryPoints(1, Integer.MAX_VALUE));
    verifier.routines(routines);
  }

  /**
   * Proves a region.
   *
   * @param at where it is made for, behind the subroutines, as are {@code slots}
   * @param entry where it is entered, in order
   * @param count how many of these there are
   * @throws RefusedCodeException if it is not proven safe
   */
  public ProvenPiece region(
      byte[] code, int size, int at, int[] entry, int count, SlotTable slots) {
    if (at < routines.end() || slots.offset() < at + size) {
      throw new RefusedCodeException(
          "among the subroutines, or over its slots: 0x%x".formatted(at));
    }
    verifier.verify(code, size, at, entry, count, slots);
    byte[] copy = Arrays.copyOf(verifier.code(), size);
    return new ProvenPiece(host, state, exits, routines, at, copy, verifier.found().copy(), slots);
  }
}
