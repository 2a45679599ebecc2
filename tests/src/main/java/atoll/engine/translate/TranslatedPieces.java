package atoll.engine.translate;

import atoll.engine.Tuning;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.PiecePool;
import atoll.engine.x64.CodeArea;
import atoll.engine.x64.SharedCode;
import atoll.host.RawMemory;
import atoll.verify.CodePiece;
import atoll.verify.SlotTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * All the code that a translator makes of pages of guest code, as if all of it were hot: of every
 * other page for a machine with one hart.
 */
public final class TranslatedPieces implements AutoCloseable {
  private static final int PAGE = 4096;

  private final CodeArea area = new CodeArea(Tuning.DEFAULT.codeBytes());
  private final X64BlockTranslator blocks;
  private final X64RegionTranslator regions;
  private final List<CodePiece> pieces = new ArrayList<>();
  private int pages;

  /** Makes none yet. */
  public TranslatedPieces() {
    TranslationCounts counts = new TranslationCounts();
    BooleanSupplier alone = () -> pages % 2 == 0;
    PieceRecorder none = new PieceRecorder(Optional.empty(), area, alone, true);
    blocks = new X64BlockTranslator(area, counts, alone, true, none);
    regions = new X64RegionTranslator(area, counts, alone, true, none);
  }

  /** Translates the page at a host address. */
  public void page(long hva) {
    TranslatedPage page =
        new TranslatedPage(new CodePage(pages, hva, pages++, 1, PiecePool.ENDLESS), area);
    for (int parcel = 0; parcel < CodePage.PARCELS - 1 && area.room(); parcel++) {
      if (RawMemory.getShort(hva + 2L * parcel) != 0 && blocks.translate(page, parcel) != 0) {
        add(new int[] {area.last()}, null);
      }
    }
    for (int parcel = 0; parcel < CodePage.PARCELS && area.room(); parcel++) {
      if (page.entry(parcel) != 0 && !page.inRegion(parcel)) {
        region(page, parcel);
      }
    }
  }

  /** Translates each page of some bytes. */
  public void all(long hva, long bytes) {
    for (long at = 0; at + PAGE <= bytes; at += PAGE) {
      page(hva + at);
    }
  }

  private void region(TranslatedPage page, int parcel) {
    int header = area.freeSlots(0);
    if (regions.translate(page, parcel, false)) {
      int from = area.last();
      int[] entries =
          Arrays.stream(regions.starts())
              .map(page::entry)
              .filter(at -> at >= from && at < from + area.lastSize())
              .sorted()
              .toArray();
      long word = RawMemory.getLong(area.address(header) + 8);
      add(entries, new SlotTable(header, (int) (word >>> 56), word << 8 >>> 8));
    }
  }

  private void add(int[] entries, SlotTable slots) {
    byte[] code = Arrays.copyOf(area.assembler.bytes(), area.lastSize());
    pieces.add(new CodePiece(area.last(), code, entries, slots));
  }

  /** What has been made, in the order of its places. */
  public List<CodePiece> pieces() {
    return pieces;
  }

  /** The subroutines that it calls. */
  public SharedCode shared() {
    return SharedCode.of(area);
  }

  @Override
  public void close() {
    area.close();
  }
}
