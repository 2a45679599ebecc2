package atoll.verify;

import atoll.host.FrozenCode;

/**
 * What one gate had let through at one moment, with which others {@linkplain CodeGate#begin begin}.
 * It was proven at its places, and whatever a proof looks at but the piece is the same for all
 * gates of a kind: the places of segments, slots and subroutines, none of which is an address. So
 * it holds for them as well. Only a gate makes one, and nobody can change it.
 */
public final class VerifiedCode implements AutoCloseable {
  final FrozenCode code;
  final Kind kind;

  /** By segment, as in {@link EntryPoints}; and the ends of code and slots. */
  final int[][] points;

  final int[] codeEnd;
  final int[] slotsEnd;

  /** Pairs: where a region's header is, and its second word. */
  final long[] regions;

  /** What two gates must have in common. */
  record Kind(
      StateLayout state, ExitCodes exits, Routines routines, int segmentSize, int dataPerSegment) {}

  VerifiedCode(
      FrozenCode code, Kind kind, int[][] points, int[] codeEnd, int[] slotsEnd, long[] regions) {
    this.code = code;
    this.kind = kind;
    this.points = points;
    this.codeEnd = codeEnd;
    this.slotsEnd = slotsEnd;
    this.regions = regions;
  }

  /** It is not there for others any more; those who have begun with it keep it. */
  @Override
  public void close() {
    code.close();
  }
}
