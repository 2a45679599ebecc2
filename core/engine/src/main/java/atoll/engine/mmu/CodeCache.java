package atoll.engine.mmu;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.Invalidation;
import atoll.memory.GuestMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
public final class CodeCache implements GuestMemory.WriteListener {
  /** Stores into a page before it is first taken for data. */
  private static final int PATIENCE = 64;

  private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);

  private static final int MOST_DOUBLINGS = 20;

  /** Binary logarithm of an era in nanoseconds: 4 ms. */
  private static final int ERA_SHIFT = 22;

  /** Decoded pages kept at most: at 16 KiB each, 128 MiB of heap. */
  private static final int MOST_PAGES = 8192;

  /** Decoded pages that are kept however small the heap is. */
  private static final int LEAST_PAGES = 64;

  /** The part of the heap that one machine's decoded pages may take. */
  private static final int HEAP_PART = 16;

  private final GuestMemory memory;
  private final AtomicReferenceArray<CodePage> pages;
  private final byte[] drops;

  /** By page, the era of the last drop, modulo 256: to be mistaken now and then costs little. */
  private final byte[] dropEras;

  /** By page, a bit for each hart that may have it in a write TLB. */
  private final byte[] writers;

  /** The other pages that must not be in write TLBs; null if there are none. */
  private WatchedPages watch;

  /** The tables that only the hypervisor may write to; null if there are none. */
  private ValidatedTables registered;

  private MmuClients harts;

  /** The pages begun last, which may have been dropped since; each new one takes the next place. */
  private final CodePage[] recent;

  private int next;

  CodeCache(GuestMemory memory) {
    this(memory, capacity(Runtime.getRuntime().maxMemory()));
  }

  /** Keeps at most {@code capacity} decoded pages. */
  CodeCache(GuestMemory memory, int capacity) {
    this.memory = memory;
    recent = new CodePage[capacity];
    int ramPages = Math.toIntExact(memory.size() / GuestMemory.PAGE_SIZE);
    pages = new AtomicReferenceArray<>(ramPages);
    drops = new byte[ramPages];
    dropEras = new byte[ramPages];
    writers = new byte[ramPages];
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

  /** Lets no hart have watched tables in its write TLBs, either. */
  void attach(WatchedPages watch) {
    this.watch = watch;
  }

  /** Lets no one write to registered tables. */
  void attach(ValidatedTables registered) {
    this.registered = registered;
    watch = registered;
  }

  /**
   * Whether a hart may put the page at {@code pa} into a write TLB: not if it holds code, which
   * only RAM does. The hart is noted as a writer first; {@link #create} publishes the code first
   * and then looks at the writers, so that one of the two sees the other.
   */
  public boolean mayCacheWrites(long pa, int hart) {
    if (!memory.contains(pa, 1)) {
      return true;
    }
    int index = index(pa);
    byte bit = (byte) (1 << hart);
    if (((byte) BYTES.getVolatile(writers, index) & bit) == 0) {
      BYTES.getAndBitwiseOr(writers, index, bit);
    }
    return pages.get(index) == null && (watch == null || !watch.watched(pa));
  }

  /**
   * Makes the next store to the RAM page at {@code pa} take the slow path on every hart, once it
   * may not be put into write TLBs any more.
   */
  void forgetWriters(long pa, MmuClient caller) {
    forgetWriters(index(pa), memory.hva(pa), caller);
  }

  /**
   * The same, and waits for every hart, also those that have not written there: when this returns,
   * no store that was let through before is still under way.
   */
  void awaitWriters(long pa, MmuClient caller) {
    BYTES.setVolatile(writers, index(pa), (byte) 0);
    harts.forgetWrites(-1, memory.hva(pa), caller);
  }

  private void forgetWriters(int index, long hva, MmuClient caller) {
    int mask = (byte) BYTES.getAndSet(writers, index, (byte) 0) & 0xff;
    harts.forgetWrites(mask, hva, caller);
  }

  /** The decoded code of the RAM page at {@code pa}, begun if there is none; called by a hart. */
  CodePage page(long pa, MmuClient caller) {
    CodePage page = pages.get(index(pa));
    return page != null ? page : create(index(pa), caller);
  }

  private CodePage create(int index, MmuClient caller) {
    long hva = memory.hva(memory.base() + (long) index * GuestMemory.PAGE_SIZE);
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
      page = new CodePage(index, hva);
      recent[next] = page;
      next = (next + 1) % recent.length;
      pages.set(index, page);
    }
    forgetWriters(index, hva, caller);
    caller.tookLong();
    return page;
  }

  /** Drops the oldest page if there are as many as may be. */
  private void makeRoom(MmuClient caller) {
    CodePage oldest = recent[next];
    if (oldest != null && pages.get(oldest.index) == oldest) {
      drop(oldest.index, caller, Invalidation.CAPACITY);
    }
  }

  /** {@code storer} has stored {@code size} bytes at {@code pa}, all in one page. */
  public void stored(long pa, int size, MmuClient storer) {
    if (!memory.contains(pa, 1)) {
      return;
    }
    if (watch != null) {
      watch.stored(pa, size, storer);
    }
    storedCode(pa, size, storer);
  }

  /** The same for the walker's accessed and dirty bits in RAM, which change no translation. */
  void storedCode(long pa, int size, MmuClient storer) {
    int index = index(pa);
    CodePage page = pages.get(index);
    if (page == null) {
      return;
    }
    int offset = (int) pa & GuestMemory.PAGE_SIZE - 1;
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

  private int era() {
    return (int) (harts.clock().nanos() >>> ERA_SHIFT);
  }

  @Override
  public boolean beginWrite(long gpa, long length) {
    return registered == null || registered.beginWrite(gpa, length);
  }

  @Override
  public void endWrite(long gpa, long length) {
    if (registered != null) {
      registered.endWrite(gpa, length);
    }
  }

  /** Memory was written by something else than a hart's store. */
  @Override
  public void written(long gpa, long length) {
    int last = index(gpa + length - 1);
    for (int i = index(gpa); i <= last; i++) {
      if (watch != null) {
        long page = memory.base() + (long) i * GuestMemory.PAGE_SIZE;
        watch.stored(page, GuestMemory.PAGE_SIZE, null);
      }
      if (pages.get(i) != null) {
        synchronized (this) {
          drop(i, null, Invalidation.DEVICE);
        }
      }
    }
  }

  private void drop(int index, MmuClient caller, Invalidation cause) {
    CodePage page = pages.getAndSet(index, null);
    if (page != null) {
      page.drop();
      harts.dropTranslations(page, caller, cause);
    }
  }

  private int index(long pa) {
    return (int) (pa - memory.base() >>> 12);
  }
}
