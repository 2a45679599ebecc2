package atoll.engine.hart;

import atoll.engine.RemoteFence;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.decode.PendingDrops;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Where other threads leave requests for a hart that must be done between two of its instructions,
 * and find out whether they are.
 *
 * <p>A hart inside {@link SoftHart#run} looks at {@link #pending} at least once every slice and
 * does what has been asked; one outside does it when it enters, before its first instruction. The
 * two meet as in Dekker's algorithm: the poster writes {@code posted} and then reads {@code
 * passes}; the hart writes {@code passes} and then reads {@code posted}.
 *
 * <p>A hart may sleep for ever while others go on asking. So requests are not a queue: fences and
 * pages to be forgotten have a few places and then become everything, and a page of translated code
 * is there at most once. Posting takes a short time and allocates nothing; nor can it fail. Serving
 * takes turns of about {@value #TURN} units, each less than 20 ns on a host of ordinary speed.
 */
public final class Rendezvous {
  /** Units of work in one turn; the last piece of it may be larger. */
  static final int TURN = 4096;

  private static final int SPINS = 1000;
  private static final long PAUSE = 20_000;

  private final SoftHart hart;
  private final PendingFences fences = new PendingFences();
  private final PendingDrops drops = new PendingDrops();
  private final PendingWrites writes = new PendingWrites();

  /** Requests so far. */
  private final AtomicLong posted = new AtomicLong();

  /** How often the hart has entered and left guest code: odd while it is inside. */
  private final AtomicLong passes = new AtomicLong();

  /** Of {@link #posted}, what is done; and what is done of the writes to be forgotten. */
  private volatile long done;

  private volatile long doneWrites;

  Rendezvous(SoftHart hart) {
    this.hart = hart;
  }

  // ------------------------------------------------------------ any thread

  /** Asks for a fence. */
  synchronized void fence(RemoteFence fence) {
    fences.add(fence);
    post();
  }

  /** Asks for all that the hart has translated of a page to be dropped. */
  synchronized void drop(PageTranslation page, Invalidation cause) {
    drops.add(page, cause);
    post();
  }

  /** The same for what it has translated of {@code size} bytes in the page. */
  synchronized void drop(PageTranslation page, int offset, int size) {
    drops.add(page, offset, size);
    post();
  }

  /** Asks for the next store to the host page at {@code hva} to take the slow path. */
  synchronized void forgetWrites(long hva) {
    writes.add(hva);
    post();
  }

  /** The same for every page. */
  synchronized void forgetWrites() {
    writes.addAll();
    post();
  }

  /** Translated code sees the mark before whatever the caller does next. */
  private void post() {
    hart.state.putInt(StateBlock.REQUESTS, 1);
    posted.incrementAndGet();
  }

  /** Requests so far. */
  long posted() {
    return posted.get();
  }

  /** What {@link #arrived} compares with; to be read after posting. */
  long passes() {
    return passes.get();
  }

  /**
   * Whether requests are done, or will be before the hart's next guest instruction.
   *
   * @param upTo how many
   * @param seen what {@link #passes} was after they had been posted
   */
  boolean arrived(long upTo, long seen) {
    return outsideSince(seen) || done - upTo >= 0;
  }

  private boolean outsideSince(long seen) {
    return (seen & 1) == 0 || passes.get() != seen;
  }

  /**
   * Waits until the hart has forgotten the writes that it was asked to forget so far, or is outside
   * of guest code: no store that was let through before is under way then. It takes no longer than
   * the hart's slice: a hart that does something long meanwhile is outside.
   *
   * @param waiter the hart on whose thread this is, or null; it forgets its own meanwhile, so that
   *     two can wait for each other
   */
  void awaitWrites(SoftHart waiter) {
    long upTo = posted.get();
    long seen = passes.get();
    int turns = 0;
    while (!outsideSince(seen) && doneWrites - upTo < 0) {
      if (waiter != null) {
        waiter.rendezvous().serveWrites();
      }
      if (++turns < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(PAUSE); // the host may have too few CPUs to run both
      }
    }
  }

  // ------------------------------------------------------------ the hart's own thread

  /** Whether there may be something to do. */
  public boolean pending() {
    return posted.getPlain() != done;
  }

  /** Whether nothing is to be done, where the hart has just {@linkplain #enter entered}. */
  boolean servedAll() {
    return posted.get() == done;
  }

  /** The hart goes into guest code; it {@link #serve}s before the first instruction. */
  public void enter() {
    passes.set(passes.getPlain() + 1);
  }

  /**
   * The hart has left guest code; it looks at nothing then, so that its later reads need no fence.
   * (HotSpot's first compiler makes {@code setRelease} one.)
   */
  public void leave() {
    VarHandle.releaseFence();
    passes.setPlain(passes.getPlain() + 1);
  }

  /**
   * Does a turn of what has been asked, between two instructions.
   *
   * @return whether all is done; if not, the hart may execute nothing before the next turn
   */
  boolean serve() {
    return servedAll() || serveTurn();
  }

  private boolean serveTurn() {
    int left = TURN;
    while (left > 0) {
      serveWrites();
      left -= 1 + serveNext();
      if (finished()) {
        return true;
      }
    }
    return false;
  }

  /** Does one fence or drops one page's translations; returns the units it took. */
  private int serveNext() {
    boolean fence;
    synchronized (this) {
      fence = fences.take();
      if (!fence && !drops.take()) {
        return 0;
      }
    }
    return fence ? fences.execute(hart.mmu) : drops.execute();
  }

  private synchronized boolean finished() {
    if (!fences.isEmpty() || !drops.isEmpty() || !writes.isEmpty()) {
      return false;
    }
    doneWrites = posted.get();
    done = doneWrites;
    hart.state.putInt(StateBlock.REQUESTS, 0);
    return true;
  }

  private void serveWrites() {
    long upTo = posted.get();
    if (doneWrites == upTo) {
      return;
    }
    synchronized (this) {
      upTo = posted.get();
      writes.take();
    }
    writes.execute(hart.mmu);
    doneWrites = upTo;
  }
}
