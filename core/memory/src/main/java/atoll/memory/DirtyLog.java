package atoll.memory;

import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Which pages of a machine's memory, RAM and windows, have been written to since the log was last
 * read; by whomever: harts, devices, firmware. In a window it has what this machine has written,
 * not what others have.
 *
 * <p>Off, it costs nothing. On, a page's first write takes the harts' slow path, and later ones do
 * not, until the log is read. No write is missed: one that a reader of the memory cannot see after
 * {@link #collect} is in the next collection. A page in the log has been written to, though maybe
 * with what was there before; or it has been mapped meanwhile.
 *
 * <p>Used by one owner at a time, on threads that are no hart's. Thread-safe.
 */
@Unsaved("of whoever follows the writes")
public final class DirtyLog {
  /** Pages that are looked at in one go, while a hart's first write to a page may wait: 20 us. */
  private static final int STEP = 4096;

  private final GuestMap map;
  private final PageGuards guards;

  /** Held shortly. While it is free, each page is either {@link PageGuards#CLEAN} or dirty. */
  private final Object lock = new Object();

  /** By page's number, whether it has been written to; null while the log is off. */
  private BitSet dirty;

  DirtyLog(GuestMap map, PageGuards guards) {
    this.map = map;
    this.guards = guards;
    guards.listen(PageGuards.CLEAN, (frame, offset, bytes, hart) -> mark(frame));
    map.onChange(after -> follow());
  }

  /** After the write, so that a collection which does not have the page is not its last. */
  private void mark(int frame) {
    synchronized (lock) {
      guards.unguard(frame, PageGuards.CLEAN);
      if (dirty != null) {
        dirty.set(frame);
      }
    }
  }

  /**
   * Turns it on: what is written from now on is in it.
   *
   * @throws IllegalStateException if it is on, so that somebody else reads it
   */
  public synchronized void start() {
    if (on()) {
      throw new IllegalStateException("the machine's dirty log is in use already");
    }
    synchronized (lock) {
      dirty = new BitSet(map.frames());
    }
    inSteps(this::arm);
    guards.revokeEverything();
  }

  private boolean on() {
    synchronized (lock) {
      return dirty != null;
    }
  }

  /** Something that is done to the pages from one number up to another. */
  private interface Step {
    void run(int from, int to);
  }

  private void inSteps(Step step) {
    for (MemoryRegion region : map.regions()) {
      for (int from = region.firstFrame(); from < region.endFrame(); from += STEP) {
        synchronized (lock) {
          step.run(from, Math.min(from + STEP, region.endFrame()));
        }
      }
    }
  }

  private void arm(int from, int to) {
    guards.guardAll(from, to, PageGuards.CLEAN);
  }

  /**
   * Which pages have been written to since it was started or last collected; from now on their next
   * write is noted again.
   *
   * @throws IllegalStateException if it is off
   */
  public synchronized DirtyPages collect() {
    if (!on()) {
      throw new IllegalStateException("the machine's dirty log is off");
    }
    BitSet taken = new BitSet(map.frames());
    inSteps((from, to) -> take(from, to, taken));
    guards.revokeEverything(); // what is let through until then is in what was taken
    return pages(taken);
  }

  private DirtyPages pages(BitSet taken) {
    List<DirtyPages.Range> ranges = new ArrayList<>();
    for (MemoryRegion region : map.regions()) {
      BitSet pages = taken.get(region.firstFrame(), region.endFrame());
      ranges.add(new DirtyPages.Range(region.base(), pages, region.ram()));
    }
    return new DirtyPages(ranges);
  }

  private void take(int from, int to, BitSet taken) {
    for (int frame = dirty.nextSetBit(from);
        frame >= 0 && frame < to;
        frame = dirty.nextSetBit(frame + 1)) {
      taken.set(frame);
      guards.guard(frame, PageGuards.CLEAN);
    }
    dirty.clear(from, to);
  }

  /**
   * Turns it off. No hart has to ask again for the pages that it writes to, so this is cheaper than
   * {@link #collect}; but a write that is just under way may be missing.
   *
   * @return which pages have been written to since it was started or last collected
   * @throws IllegalStateException if it is off
   */
  public synchronized DirtyPages finish() {
    if (!on()) {
      throw new IllegalStateException("the machine's dirty log is off");
    }
    BitSet taken;
    synchronized (lock) {
      taken = dirty;
      dirty = null;
    }
    inSteps(this::disarm);
    return pages(taken);
  }

  /** Turns it off if it is on, and forgets what it has. */
  public synchronized void stop() {
    if (on()) {
      DirtyPages ignored = finish();
    }
  }

  private void disarm(int from, int to) {
    guards.unguardAll(from, to, PageGuards.CLEAN);
  }

  /** What is unmapped is not dirty; what is mapped is, as it has other contents than before. */
  private Runnable follow() {
    BitSet before = frames();
    return () -> {
      synchronized (lock) {
        if (dirty != null) {
          BitSet now = frames();
          dirty.and(now);
          now.andNot(before);
          dirty.or(now);
        }
      }
    };
  }

  private BitSet frames() {
    BitSet frames = new BitSet();
    for (MemoryRegion region : map.regions()) {
      frames.set(region.firstFrame(), region.endFrame());
    }
    return frames;
  }
}
