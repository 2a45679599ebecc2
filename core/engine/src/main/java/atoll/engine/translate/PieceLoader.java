package atoll.engine.translate;

import atoll.emit.CodeBuffer;
import atoll.engine.CodeStore;
import atoll.engine.decode.CodePage;
import atoll.engine.target.CodeArea;
import atoll.host.RawMemory;
import atoll.verify.RefusedCodeException;
import atoll.verify.SlotTable;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;

/**
 * Takes translated code from where it has been kept by earlier runs, as if it had just been
 * translated. It has been made from the same bytes at the same place in a page, by the same build:
 * the former is compared here, the latter is the store's.
 */
final class PieceLoader implements AutoCloseable {
  private final CodeStore store;
  private final CodeStore.Reader reader;
  private final CodeArea area;
  private final CodeBuffer a;
  private final TranslationCounts counts;
  private final BooleanSupplier alone;
  private final boolean siblings;
  private final int hot;
  private final StoredPiece piece;

  // What was found last: the page, the parcel, the page that an instruction goes on in or null.
  private TranslatedPage page;
  private int parcel;
  private TranslatedPage next;

  /**
   * @param hot samples that make a region
   */
  PieceLoader(
      CodeStore store,
      CodeArea area,
      TranslationCounts counts,
      BooleanSupplier alone,
      boolean siblings,
      int hot) {
    this.store = store;
    reader = store.reader();
    this.hot = hot;
    this.area = area;
    a = area.buffer;
    piece = new StoredPiece(area.head());
    this.counts = counts;
    this.alone = alone;
    this.siblings = siblings;
  }

  /**
   * Looks for the block at a parcel. This only compares hashes.
   *
   * @return whether {@link #install} is worth its time
   */
  boolean find(TranslatedPage in, int at) {
    return find(in, at, PieceForm.BLOCK);
  }

  /** The same for the region that has been made for a parcel. */
  boolean findRegion(TranslatedPage in, int at) {
    return find(in, at, PieceForm.REGION);
  }

  private boolean find(TranslatedPage in, int at, int kind) {
    page = in;
    parcel = at;
    next = null;
    if (!store.isOpen() || page.page.hasMarks()) {
      return false;
    }
    int place = PieceForm.place(kind, at, alone.getAsBoolean(), siblings);
    return room() >= CodeHash.PREFIX && seek(CodeHash.PREFIX, place)
        || seek(CodeHash.SHORT_PREFIX, place);
  }

  /** The same for the page's last instruction, which goes on in another page. */
  boolean findCrossing(TranslatedPage in, TranslatedPage into) {
    page = in;
    parcel = CodePage.PARCELS - 1;
    next = into;
    if (!store.isOpen() || page.page.hasMarks() || next.page.hasMarks()) {
      return false;
    }
    reader.seek(
        CodeHash.key(
            source(),
            CodeHash.SHORT_PREFIX,
            PieceForm.place(PieceForm.CROSSING, parcel, alone.getAsBoolean(), siblings)));
    return reader.next();
  }

  private long source() {
    return page.page.hva() + 2L * parcel;
  }

  /** Bytes from the parcel to the page's end. */
  private int room() {
    return 2 * (CodePage.PARCELS - parcel);
  }

  private boolean seek(int prefix, int place) {
    reader.seek(CodeHash.key(source(), prefix, place));
    return nextMatch();
  }

  private boolean nextMatch() {
    while (reader.next()) {
      if (reader.length() <= room() && CodeHash.hash(source(), reader.length()) == reader.hash()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Installs what has been found, where {@link CodeArea#room} is.
   *
   * @return the offset of the parcel's code, or 0 if it was something else after all
   */
  int install() {
    do {
      int offset = installOne();
      if (offset != 0) {
        counts.loaded++;
        counts.loadedInstructions += piece.instructions();
        return offset;
      }
    } while (next == null ? nextMatch() : reader.next());
    return 0;
  }

  /** Instructions of what was installed last. */
  int instructions() {
    return piece.instructions();
  }

  /** The parcels at which a region is entered. */
  int[] starts() {
    return piece.entryParcels();
  }

  private int installOne() {
    MemorySegment stored = reader.read();
    if (stored == null || !piece.parse(stored) || !piece.isFor(parcel, next != null)) {
      return refuse();
    }
    if (!comesFromHere()) {
      return 0;
    }
    int slots = piece.isRegion() ? area.freeSlots(piece.slotBytes()) : 0;
    if (slots < 0) {
      return 0;
    }
    area.begin();
    int origin = a.here();
    a.append(stored, piece.codeStart(), piece.codeSize());
    relocate(origin, slots);
    try {
      return commit(slots);
    } catch (RefusedCodeException e) {
      return refuse(); // nothing is known of who wrote it
    }
  }

  private int refuse() {
    reader.refuse();
    counts.damaged++;
    return 0;
  }

  /**
   * Whether the guest's code is that which the piece was made from. A store of another hart to it
   * either is seen here, or finds that it is covered.
   */
  private boolean comesFromHere() {
    for (int i = 0; i < piece.ranges(); i++) {
      of(i).cover(piece.rangeStart(i), piece.rangeParcels(i));
    }
    VarHandle.fullFence();
    long kept = piece.address() + piece.sourceStart();
    for (int i = 0; i < piece.ranges(); i++) {
      int bytes = 2 * piece.rangeParcels(i);
      if (!RawMemory.same(of(i).hva() + 2L * piece.rangeStart(i), kept, bytes)) {
        return false;
      }
      kept += bytes;
    }
    return !page.page.hasMarks() && (next == null || !next.page.hasMarks());
  }

  private CodePage of(int range) {
    return next != null && range == 1 ? next.page : page.page;
  }

  /** Fits the code to its place. */
  private void relocate(int origin, int slots) {
    for (int i = 0; i < piece.references(); i++) {
      int site = piece.referenceSite(i);
      int kind = piece.referenceKind(i);
      a.note(site, kind);
      if (kind != CodeBuffer.REPLACEABLE) {
        int base = kind == CodeBuffer.DATA ? slots : 0;
        a.word(site, a.moved(a.word(site), base - origin));
      }
    }
  }

  private int commit(int slots) {
    if (piece.isRegion()) {
      return commitRegion(slots);
    }
    if (next != null) {
      int offset = area.commit(page, next);
      page.addCrossing(next, offset);
      return offset;
    }
    int offset = area.commit(page);
    page.linkKnown();
    page.add(parcel, offset, piece.last());
    return offset;
  }

  private int commitRegion(int slots) {
    int origin = a.here() - a.size();
    int[] entry = new int[piece.entries()];
    for (int i = 0; i < entry.length; i++) {
      entry[i] = origin + piece.entryOffset(i);
    }
    area.commit(page, entry, entry.length, new SlotTable(slots, piece.slots(), piece.writeSlots()));
    page.linkKnown();
    for (int i = 0; i < entry.length; i++) {
      int at = piece.entryParcel(i);
      counts.tierUps += page.addRegion(at, entry[i], piece.first(), piece.last()) ? 1 : 0;
    }
    page.sampled(parcel, piece.settled() ? Byte.MAX_VALUE : hot);
    return page.entry(parcel);
  }

  @Override
  public void close() {
    reader.close();
  }
}
