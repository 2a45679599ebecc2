package atoll.engine.translate;

import atoll.engine.target.RegionBlocks;
import atoll.verify.ProvenPiece;

/** A region that has been made and proven, and has no place yet. Arrays hold pairs. */
final class MadeRegion {
  final ProvenPiece code;

  /** The guest code that it is made of: first parcels, and how many there are. */
  final int[] ranges;

  /** Parcels at which it is entered, and offsets in the code. */
  final int[] entries;

  /** Offsets of exits that link, and parcels to which they lead. */
  final int[] links;

  /** The parcels at which its blocks begin. */
  final int[] starts;

  /** Its last instruction's parcel. */
  final int last;

  final int instructions;

  MadeRegion(ProvenPiece code, RegionBlocks region, int[] entries, int[] links) {
    this.code = code;
    ranges = region.ranges();
    this.entries = entries;
    this.links = links;
    starts = region.starts();
    last = region.end();
    instructions = region.instructions;
  }
}
