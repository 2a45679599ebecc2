package atoll.engine.translate;

import atoll.engine.Tuning;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.PiecePool;
import atoll.engine.target.CodeArea;
import atoll.engine.target.Target;
import atoll.engine.x64.SharedCode;
import atoll.engine.x64.X64Target;
import atoll.host.RawMemory;
import atoll.verify.CodePiece;
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

  private static final Target TARGET = new X64Target();

  private final CodeArea area;
  private final BlockTranslator blocks;
  private final RegionTranslator regions = new RegionTranslator(TARGET);
  private final RegionInstaller installer;
  private final RegionOrder order = new RegionOrder(TARGET);
  private final List<CodePiece> pieces = new ArrayList<>();
  private int pages;

  /** Makes none yet. */
  public TranslatedPieces() {
    TranslationCounts counts = new TranslationCounts();
    BooleanSupplier alone = () -> pages % 2 == 0;
    area = new CodeArea(Tuning.DEFAULT.codeBytes(), TARGET, alone, () -> true);
    PieceRecorder none = new PieceRecorder(Optional.empty(), area, alone, true);
    blocks = new BlockTranslator(area, counts, true, none);
    installer = new RegionInstaller(area, counts);
  }

  /** Translates the page at a host address. */
  public void page(long hva) {
    TranslatedPage page =
        new TranslatedPage(new CodePage(pages, hva, pages++, 1, PiecePool.ENDLESS), area);
    for (int parcel = 0; parcel < CodePage.PARCELS - 1 && area.room(); parcel++) {
      if (RawMemory.getShort(hva + 2L * parcel) != 0 && blocks.translate(page, parcel) != 0) {
        add();
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
    order.source.take(page.page);
    page.entries(order.warm);
    order.page = page;
    order.parcel = parcel;
    order.alone = pages % 2 == 0;
    order.siblings = true;
    MadeRegion made = regions.make(order);
    int slots = area.freeSlots(0);
    if (made == null || !installer.install(order, made, order.alone)) {
      return;
    }
    int at = area.last();
    int[] entries = new int[made.entries.length / 2];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = at + made.entries[2 * i + 1];
    }
    byte[] code = made.code.codeAt(at, slots);
    pieces.add(new CodePiece(at, code, entries, made.code.slotsAt(slots)));
  }

  private void add() {
    byte[] code = Arrays.copyOf(area.buffer.bytes(), area.lastSize());
    pieces.add(new CodePiece(area.last(), code, new int[] {area.last()}, null));
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
