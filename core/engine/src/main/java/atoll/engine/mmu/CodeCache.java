package atoll.engine.mmu;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.decode.PiecePool;
import atoll.memory.FramePieces;
import atoll.memory.GuestMap;
import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which pages of a machine's RAM hold decoded code, and that code; shared by its harts.
 *
 * <p>A page with code is in no hart's write TLB: its stores take the slow path and come to {@link
 * #stored}. A page that is stored to again and again gives up its code and becomes data; each time
 * that this happens it is given twice as many stores before the next, so that code and data in one
 * page do not thrash. A page that has been data for a while starts again: the guest has given it
 * another use, and may again, and each time all those stores would be slow ones.
 */
public final class CodeCache implements PageGuards.Listener {
  /** Stores into a page before it is first taken for data. */
  private static final int PATIENCE = 64;

  private static final int MOST_DOUBLINGS = 20;

  /** Binary logarithm of an era in nanoseconds: 4 ms. */
  private static final int ERA_SHIFT = 22;

  /** Decoded pages kept at most: at up to 16 KiB each, 128 MiB of heap. */
  private static final int MOST_PAGES = 8192;

  /** Decoded pages that are kept however small the heap is. */
  private static final int LEAST_PAGES = 64;

  /** Pieces that are looked at in one go if nothing is in them: 50 us. */
  private static final int FORGOTTEN = 4096;

  /** The part of the heap that one machine's decoded pages may take. */
  private static final int HEAP_PART = 16;

  private final GuestMap map;
  private final PageGuards guards;

  /** By page's number. */
  private final FramePieces<Known> known;

  private MmuClients harts;

  /** The pages begun last, which may have been dropped since; each new one takes the next place. */
  private final CodePage[] recent;

  private int next;

  /** Pages begun so far. */
  private int begun;

  /** Where the pages' pieces come from. */
  private PiecePool pool = PiecePool.ENDLESS;

  /** Pages with marks, which may have been dropped since; few. */
  private final Set<CodePage> marked = new HashSet<>();

  CodeCache(GuestMemory memory) {
    this(memory, capacity(Runtime.getRuntime().maxMemory()));
  }

  /** Keeps at most {@code capacity} decoded pages. */
  CodeCache(GuestMemory memory, int capacity) {
    map = memory.map();
    guards = memory.guards();
    recent = new CodePage[capacity];
    known = new FramePieces<>(map.frames(), Known::new);
    guards.listen(PageGuards.CODE, this);
  }

  /** What is known of some pages. */
  private static final class Known {
    final AtomicReferenceArray<CodePage> pages = new AtomicReferenceArray<>(FramePieces.SIZE);

    /** How often they have been dropped for being stored to. */
    final byte[] drops = new byte[FramePieces.SIZE];

    /** The era of the last time, modulo 256: to be mistaken now and then costs little. */
    final byte[] dropEras = new byte[FramePieces.SIZE];
  }

  /** How many decoded pages a machine may have in a heap of so many bytes. */
  static int capacity(long heap) {
    long affordable = heap / HEAP_PART / (Long.BYTES * CodePage.PARCELS);
    return Math.clamp(affordable, LEAST_PAGES, MOST_PAGES);
  }

  /** Whose write TLBs are kept free of code pages. */
  void attach(MmuClients harts) {
    this.harts = harts;
  }

  /** The harts interpret only what is cold: little of what is decoded is needed for long. */
  synchronized void keepLittle() {
    if (pool == PiecePool.ENDLESS) {
      pool = new PiecePool(harts.count());
    }
  }

  private CodePage pageOf(int frame) {
    Known piece = known.find(frame);
    return piece == null ? null : piece.pages.get(FramePieces.place(frame));
  }

  /** The map has changed: pages have got numbers, and what has none any more holds no code. */
  synchronized void mapChanged() {
    for (int i = 0; i < known.frames(); i++) {
      if (!map.has(i)) {
        drop(i, PageGuards.NO_HART, Invalidation.UNMAPPED);
      }
    }
    known.extend(map.frames());
  }

  /** See {@link Mmu#forgetDecoded}; each step goes through some pieces of {@link #known}. */
  synchronized int forget(int from, MmuClient caller) {
    int left = FORGOTTEN;
    int frame = from;
    while (frame < known.frames() && left > 0) {
      left--;
      if (known.find(frame) != null) {
        forgetPiece(frame, caller);
        left -= FORGOTTEN / 8;
      }
      frame += FramePieces.SIZE;
    }
    if (frame < known.frames()) {
      return frame;
    }
    forgetDropped();
    return Mmu.ALL_FORGOTTEN;
  }

  /** Nothing is kept of pages that have been dropped: of {@link #recent} that leaves gaps. */
  private void forgetDropped() {
    for (int i = 0; i < recent.length; i++) {
      if (recent[i] != null && !recent[i].live()) {
        recent[i] = null;
      }
    }
    pool.forgetDropped();
  }

  private void forgetPiece(int first, MmuClient caller) {
    for (int frame = first; frame < first + FramePieces.SIZE; frame++) {
      CodePage page = pageOf(frame);
      if (page != null && !page.translated()) {
        drop(frame, caller.id(), Invalidation.IDLE);
      }
    }
  }

  /** Drops all decoded pages; nothing executes. */
  synchronized void dropAll() {
    for (int i = 0; i < known.frames(); i++) {
      drop(i, PageGuards.NO_HART, Invalidation.UNMAPPED);
    }
  }

  /** The decoded code of the RAM page at {@code pa}, begun if there is none; called by a hart. */
  CodePage page(long pa, MmuClient caller) {
    int frame = map.ramFrame(pa);
    CodePage page = pageOf(frame);
    if (page == null) {
      return create(frame, caller);
    }
    if (!page.guarded) { // another hart has only begun it, and is about to do the same
      guards.revokeFromAll(frame, caller.id());
    }
    return page;
  }

  private CodePage create(int index, MmuClient caller) {
    CodePage page;
    synchronized (this) {
      page = pageOf(index);
      if (page != null) {
        return page;
      }
      makeRoom(caller);
      Known piece = known.get(index);
      int place = FramePieces.place(index);
      if ((era() - piece.dropEras[place] & 0xff) > 1) {
        piece.drops[place] = 0;
      }
      page = new CodePage(index, map.hva(index), ++begun, harts.count(), pool);
      recent[next] = page;
      next = (next + 1) % recent.length;
      guards.guard(index, PageGuards.CODE); // first: who finds the page may rely on that
      piece.pages.set(place, page);
    }
    guards.revoke(index, caller.id());
    page.guarded = true;
    caller.tookLong();
    return page;
  }

  /** Drops the oldest page if there are as many as may be. */
  private void makeRoom(MmuClient caller) {
    CodePage oldest = recent[next];
    if (oldest != null && pageOf(oldest.index) == oldest) {
      drop(oldest.index, caller.id(), Invalidation.CAPACITY);
    }
  }

  @Override
  public void stored(int index, int offset, int size, int storer) {
    if (storer == PageGuards.NO_HART) {
      synchronized (this) {
        drop(index, storer, Invalidation.DEVICE);
      }
      return;
    }
    CodePage page = pageOf(index);
    if (page == null) {
      awaitDrop();
      return;
    }
    if (page.invalidate(offset, size)) {
      harts.dropStored(page, offset, size, storer);
    }
    Known piece = known.get(index);
    int place = FramePieces.place(index);
    if (++page.stores > PATIENCE << piece.drops[place]) {
      synchronized (this) {
        drop(index, storer, Invalidation.DATA);
        piece.drops[place] = (byte) Math.min(piece.drops[place] + 1, MOST_DOUBLINGS);
        piece.dropEras[place] = (byte) era();
      }
    }
  }

  /** A page without code is guarded only while it gets or loses it: all harts know of it then. */
  private synchronized void awaitDrop() {}

  /**
   * Marks where a debugger may want to stop in a page that a hart is about to execute. The hart's
   * own translations that do not know of it go; other harts' go when they come here.
   *
   * @param addresses of the instructions, by whatever address the page is known there
   */
  void mark(CodePage page, long[] addresses, MmuClient caller) {
    if (addresses.length != 0) {
      markAll(page, addresses, caller);
    }
  }

  private synchronized void markAll(CodePage page, long[] addresses, MmuClient caller) {
    for (long address : addresses) {
      page.mark(CodePage.parcelAt(address));
    }
    marked.removeIf(known -> !known.live());
    marked.add(page);
    PageTranslation own = page.translated(caller.id());
    if (own != null && own.markings != page.markings()) {
      for (long address : addresses) {
        own.stored(2 * CodePage.parcelAt(address), 2);
      }
      own.markings = page.markings();
    }
  }

  /** Ends all marks; nothing executes. */
  public synchronized void unmark() {
    marked.forEach(CodePage::unmark);
    marked.clear();
  }

  private int era() {
    return (int) (harts.clock().nanos() >>> ERA_SHIFT);
  }

  /**
   * Ends a page. Until that is done harts go on in it and enter it by their fetch TLBs, as they
   * may: it is still guarded, and who stores to it meanwhile finds nothing in the table and waits
   * in {@link #awaitDrop}. A hart that begins to translate it meanwhile looks afterwards whether it
   * is live.
   */
  private void drop(int index, int caller, Invalidation cause) {
    Known piece = known.find(index);
    CodePage page = piece == null ? null : piece.pages.getAndSet(FramePieces.place(index), null);
    if (page != null) {
      page.drop();
      harts.dropTranslations(page, caller, cause);
      guards.unguard(index, PageGuards.CODE); // last: who stores until then, waits for the others
    }
  }
}
