package atoll.engine.translate;

import atoll.engine.target.CodeBench;
import atoll.engine.target.RegionBlocks;

/** Has regions that have just been made kept for later runs. */
final class RegionRecorder {
  private final CodeBench bench;
  private final PieceWriter piece;

  RegionRecorder(CodeBench bench) {
    this.bench = bench;
    piece = new PieceWriter(bench.buffer);
  }

  /**
   * A region, just proven.
   *
   * @param entry where it is entered, in the order of its blocks
   */
  void region(RegionOrder order, RegionBlocks region, int[] entry) {
    if (order.store == null) {
      return;
    }
    int first = region.block(order.parcel);
    piece.begin(
        PieceForm.REGION | (order.again ? PieceForm.SETTLED : 0),
        order.parcel,
        region.end(),
        region.instructions,
        region.count,
        region.entries());
    piece.slots(bench.regions.slots(), bench.regions.writeSlots());
    putRange(region, first);
    for (int i = 0; i < region.count; i++) {
      if (i != first) {
        putRange(region, i);
      }
    }
    int next = 0;
    for (int i = 0; i < region.count; i++) {
      if (region.entered[i]) {
        int offset = entry[next++] - CodeBench.ORIGIN;
        piece.put(region.start[i] | offset << PieceForm.ENTRY_SHIFT);
      }
    }
    piece.references();
    putSources(order, region, first);
    piece.keep(
        order.store,
        PieceForm.REGION,
        order.parcel,
        order.alone,
        order.siblings,
        2 * region.parcels(first),
        CodeBench.ORIGIN,
        CodeBench.SLOTS);
  }

  private void putRange(RegionBlocks region, int block) {
    piece.put(region.start[block] | region.parcels(block) << PieceForm.HALF);
  }

  private void putSources(RegionOrder order, RegionBlocks region, int first) {
    piece.beginSource();
    putSource(order, region, first);
    for (int i = 0; i < region.count; i++) {
      if (i != first) {
        putSource(order, region, i);
      }
    }
  }

  private void putSource(RegionOrder order, RegionBlocks region, int block) {
    piece.putSource(order.source.at(region.start[block]), region.parcels(block));
  }
}
