package atoll.engine.mmu;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.memory.GuestMap;
import atoll.memory.GuestMemory;
import atoll.memory.PageGuards;
import java.util.Arrays;
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

  /** The part of the heap that one machine's decoded pages may take. */
  private static final int HEAP_PART = 16;

  private final GuestMap map;
  private final PageGuards guards;

  // By page's number; replaced only while nothing executes.
  private AtomicReferenceArray<CodePage> pages;
  private byte[] drops;

  /** The era of the last drop, modulo 256: to be mistaken now and then costs little. */
  private byte[] dropEras;

  private MmuClients harts;

  /** The pages begun last, which may have been dropped since; each new one takes the next place. */
  private final CodePage[] recent;

  private int next;

  /** Pages begun so far. */
  private int begun;

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
    pages = new AtomicReferenceArray<>(map.frames());
    drops = new byte[map.frames()];
    dropEras = new byte[map.frames()];
    guards.listen(PageGuards.CODE, this);
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

  /** The map has changed: pages have got numbers, and what has none any more holds no code. */
  synchronized void mapChanged() {
    for (int i = 0; i < pages.length(); i++) {
      if (!map.has(i)) {
        drop(i, PageGuards.NO_HART, Invalidation.UNMAPPED);
      }
    }
    int frames = Math.max(pages.length(), map.frames());
    var before = pages;
    pages = new AtomicReferenceArray<>(frames);
    for (int i = 0; i < before.length(); i++) {
      pages.set(i, before.get(i));
    }
    drops = Arrays.copyOf(drops, frames);
    dropEras = Arrays.copyOf(dropEras, frames);
  }

  /** Drops all decoded pages; nothing executes. */
  synchronized void dropAll() {
    for (int i = 0; i < pages.length(); i++) {
      drop(i, PageGuards.NO_HART, Invalidation.UNMAPPED);
    }
  }

  /** The decoded code of the RAM page at {@code pa}, begun if there is none; called by a hart. */
  CodePage page(long pa, MmuClient caller) {
    int frame = map.ramFrame(pa);
    CodePage page = pages.get(frame);
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
      page = pages.get(index);
      if (page != null) {
        return page;
      }
      makeRoom(caller);
      if ((era() - dropEras[index] & 0xff) > 1) {
        drops[index] = 0;
      }
      page = new CodePage(index, map.hva(index), ++begun);
      recent[next] = page;
      next = (next + 1) % recent.length;
      guards.guard(index, PageGuards.CODE); // first: who finds the page may rely on that
      pages.set(index, page);
    }
    guards.revoke(index, caller.id());
    page.guarded = true;
    caller.tookLong();
    return page;
  }

  /** Drops the oldest page if there are as many as may be. */
  private void makeRoom(MmuClient caller) {
    CodePage oldest = recent[next];
    if (oldest != null && pages.get(oldest.index) == oldest) {
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
    CodePage page = pages.get(index);
    if (page == null) {
      awaitDrop();
      return;
    }
    if (page.invalidate(offset, size)) {
      harts.dropStored(page, offset, size, storer);
    }
    if (++page.stores > PATIENCE << drops[index]) {
      synchronized (this) {
        drop(index, storer, Invalidation.DATA);
        drops[index] = (byte) Math.min(drops[index] + 1, MOST_DOUBLINGS);
        dropEras[index] = (byte) era();
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
    CodePage page = pages.getAndSet(index, null);
    if (page != null) {
      page.drop();
      harts.dropTranslations(page, caller, cause);
      guards.unguard(index, PageGuards.CODE); // last: who stores until then, waits for the others
    }
  }
}
