package atoll.engine.translate;

import atoll.emit.CodeBuffer;
import atoll.engine.target.CodeArea;
import atoll.engine.target.CodeBench;
import atoll.engine.target.CodeExit;
import atoll.engine.target.RegionBlocks;
import atoll.engine.target.Target;
import atoll.verify.ProvenPiece;
import java.util.Arrays;

/**
 * Translates a region: the blocks of one page that are reached from a hot place, with their loops,
 * calls and returns closed inside.
 */
final class RegionTranslator {
  private final CodeBench bench;
  private final RegionRecorder recorder;
  private final RegionBlocks region = new RegionBlocks();
  private RegionOrder order;

  /** Where the region is entered, in the code area: the blocks that are, in their order. */
  private final int[] entry = new int[RegionBlocks.MOST];

  private int entries;

  /** For one thread at a time. */
  RegionTranslator(Target target) {
    bench = new CodeBench(target, () -> order.alone, () -> order.siblings);
    recorder = new RegionRecorder(bench);
  }

  /** Makes the region around a parcel, and proves it; null if there is none. */
  MadeRegion make(RegionOrder wanted) {
    order = wanted;
    if (!region.find(order.source, order.warm, order.parcel)) {
      return null;
    }
    bench.emit(region);
    if (bench.buffer.size() > CodeArea.LARGEST_PIECE) {
      return null;
    }
    entries = bench.regions.entries(entry);
    ProvenPiece code = bench.prove(entry, entries);
    recorder.region(order, region, entry);
    return new MadeRegion(code, region, entryPlaces(), links());
  }

  private int[] entryPlaces() {
    int[] places = new int[2 * entries];
    int next = 0;
    for (int i = 0; i < region.count; i++) {
      if (region.entered[i]) {
        places[next] = region.start[i];
        places[next + 1] = entry[next / 2] - CodeBench.ORIGIN;
        next += 2;
      }
    }
    return places;
  }

  private int[] links() {
    CodeBuffer code = bench.buffer;
    int[] links = new int[2 * code.references()];
    int next = 0;
    for (int i = 0; i < code.references(); i++) {
      if (code.referenceKind(i) == CodeBuffer.REPLACEABLE) {
        int site = code.referenceSite(i);
        links[next++] = site;
        links[next++] = CodeExit.parcel(bench.regions.exitCode(site));
      }
    }
    return Arrays.copyOf(links, next);
  }
}
