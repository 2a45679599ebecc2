package atoll.memory;

import atoll.state.Unsaved;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Why somebody must hear of stores to a page of a machine's memory, and which harts may store there
 * without saying so; for RAM and windows alike.
 *
 * <p>A page without a reason can be in a hart's write TLB. One with a reason is in none: a store to
 * it takes the slow path, writes, and then says so by {@link #stored}, which tells the reason's
 * listener. Whoever writes memory by another way than a TLB says so too.
 *
 * <p>A hart that puts a page into its write TLB is first noted as a writer and then looks for
 * reasons; {@link #guard} first gives the page a reason, and {@link #revoke} then looks at the
 * writers: one of the two sees the other. A listener is told after the write: what it reads, or
 * lets be read, behind a later look at the reasons has the bytes.
 *
 * <p>This is a cache of what the listeners know. Pages have the numbers of {@link GuestMap}.
 */
@Unsaved("given again by those who listen")
public final class PageGuards {
  /** The page holds decoded code. */
  public static final int CODE = 1;

  /** It is a table that a hart has a shadow of. */
  public static final int SHADOW = 1 << 1;

  /** It is a table that only the hypervisor may write to. */
  public static final int REGISTERED = 1 << 2;

  /** The dirty log has not seen it written to since it was last read. */
  public static final int CLEAN = 1 << 3;

  /** What listens for accessed and dirty bits that a walk sets, too: they change no translation. */
  private static final int HEARS_WALKS = CODE | CLEAN;

  /** Instead of a hart's number: a device, firmware or a loader writes. */
  public static final int NO_HART = -1;

  private static final VarHandle MASKS = MethodHandles.arrayElementVarHandle(int[].class);

  /** Is told of stores to the pages that have its reason. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Bytes have just been written.
     *
     * @param frame the page
     * @param offset in the page
     * @param bytes how many, all in the page
     * @param hart who has stored, or {@link #NO_HART}
     */
    void stored(int frame, int offset, int bytes, int hart);
  }

  /** Decides whether devices, firmware and loaders may write. */
  public interface Gate {
    /**
     * They are about to write to bytes {@code gpa} to {@code gpa + length - 1} of RAM.
     *
     * @return false if they must not; else {@link #endWrite} follows
     */
    boolean beginWrite(long gpa, long length);

    /** The write that {@link #beginWrite} has let through is over. */
    void endWrite(long gpa, long length);
  }

  /** The harts, which have pages in their write TLBs. */
  public interface Writers {
    /**
     * Makes the next store to a host page take the slow path, and waits until no store that was let
     * through before is under way.
     *
     * @param harts a bit for each of them
     * @param caller the hart on whose thread this is, which does it too; or {@link #NO_HART}
     */
    void forget(int harts, long hva, int caller);

    /** The same for every page and hart; on a thread that is no hart's. */
    void forgetAll();
  }

  private static final class NoWriters implements Writers {
    @Override
    public void forget(int harts, long hva, int caller) {}

    @Override
    public void forgetAll() {}
  }

  private final GuestMap map;
  private final Listener[] listeners = new Listener[Byte.SIZE];
  private Writers writers = new NoWriters();
  private volatile Gate gate;

  /** Pages whose reasons are in one word: where all get one, that is as many times quicker. */
  private static final int PAGES_IN_WORD = Integer.SIZE / Byte.SIZE;

  private static final int OF_PAGE = 0xff;

  /** One in each page's byte. */
  private static final int EACH_PAGE = 0x01010101;

  /** By page, a byte with a bit for each reason. Replaced only while nothing executes. */
  private int[] reasons;

  /** By page, a bit for each hart that may have it in a write TLB. */
  private final FramePieces<int[]> noted;

  PageGuards(GuestMap map) {
    this.map = map;
    Arrays.fill(listeners, (Listener) (frame, offset, bytes, hart) -> {});
    reasons = new int[words(map.frames())];
    noted = new FramePieces<>(map.frames(), () -> new int[FramePieces.SIZE]);
    map.onChange(after -> this::resize);
  }

  /** Pages may have got numbers; others have lost theirs, which have no reasons any more. */
  private void resize() {
    reasons = Arrays.copyOf(reasons, Math.max(reasons.length, words(map.frames())));
    int frames = reasons.length * PAGES_IN_WORD;
    noted.extend(frames);
    for (int frame = 0; frame < frames; frame++) {
      if (!map.has(frame)) {
        unguard(frame, OF_PAGE);
        int ignored = takeNoted(frame);
      }
    }
  }

  private static int words(int frames) {
    return Math.ceilDiv(frames, PAGES_IN_WORD);
  }

  private static int shift(int frame) {
    return frame % PAGES_IN_WORD * Byte.SIZE;
  }

  /** Tells a listener of stores to the pages with a reason. */
  public void listen(int reason, Listener listener) {
    listeners[Integer.numberOfTrailingZeros(reason)] = listener;
  }

  /** Whose write TLBs are kept free of guarded pages. */
  public void attach(Writers writers) {
    this.writers = writers;
  }

  /** Asks {@code gate} before anything but a hart writes to RAM. */
  public void attach(Gate gate) {
    this.gate = gate;
  }

  // ------------------------------------------------------------ reasons

  /** Why stores to a page must be heard of; a bit for each reason. */
  public int reasons(int frame) {
    return (int) MASKS.getVolatile(reasons, frame / PAGES_IN_WORD) >>> shift(frame) & OF_PAGE;
  }

  /** Gives a page a reason; harts may still have it in write TLBs until {@link #revoke}. */
  public void guard(int frame, int reason) {
    MASKS.getAndBitwiseOr(reasons, frame / PAGES_IN_WORD, reason << shift(frame));
  }

  /** Takes a reason from a page. */
  public void unguard(int frame, int reason) {
    MASKS.getAndBitwiseAnd(reasons, frame / PAGES_IN_WORD, ~(reason << shift(frame)));
  }

  /** Gives the pages from one number up to another a reason. */
  void guardAll(int from, int to, int reason) {
    int all = reason * EACH_PAGE;
    for (int frame = from; frame < to; ) {
      if (frame % PAGES_IN_WORD == 0 && to - frame >= PAGES_IN_WORD) {
        MASKS.getAndBitwiseOr(reasons, frame / PAGES_IN_WORD, all);
        frame += PAGES_IN_WORD;
      } else {
        guard(frame++, reason);
      }
    }
  }

  /** Takes a reason from the pages from one number up to another. */
  void unguardAll(int from, int to, int reason) {
    int others = ~(reason * EACH_PAGE);
    for (int frame = from; frame < to; ) {
      if (frame % PAGES_IN_WORD == 0 && to - frame >= PAGES_IN_WORD) {
        MASKS.getAndBitwiseAnd(reasons, frame / PAGES_IN_WORD, others);
        frame += PAGES_IN_WORD;
      } else {
        unguard(frame++, reason);
      }
    }
  }

  /**
   * Makes the next store to a page that has been given a reason take the slow path on every hart.
   *
   * @param caller the hart on whose thread this is, or {@link #NO_HART}
   */
  public void revoke(int frame, int caller) {
    writers.forget(takeNoted(frame), map.hva(frame), caller);
  }

  /** The harts that are noted, which are no longer. */
  private int takeNoted(int frame) {
    int[] piece = noted.find(frame);
    return piece == null ? 0 : (int) MASKS.getAndSet(piece, FramePieces.place(frame), 0);
  }

  /**
   * The same, and waits for every hart, also those that have not written there: when this returns,
   * no store that was let through before is still under way.
   */
  public void revokeFromAll(int frame, int caller) {
    int ignored = takeNoted(frame);
    writers.forget(-1, map.hva(frame), caller);
  }

  /** The same for every page; on a thread that is no hart's. */
  void revokeEverything() {
    writers.forgetAll();
  }

  // ------------------------------------------------------------ stores

  /** Whether a hart may put the page at {@code gpa}, which is mapped, into a write TLB. */
  public boolean allowsCachedWrite(long gpa, int hart) {
    return reasonsAsWriter(map.frame(gpa), hart) == 0;
  }

  /** The reasons of a page, once the hart is noted as one that may have it in a write TLB. */
  private int reasonsAsWriter(int frame, int hart) {
    int bit = 1 << hart;
    int[] piece = noted.get(frame);
    int place = FramePieces.place(frame);
    if (((int) MASKS.getVolatile(piece, place) & bit) == 0) {
      MASKS.getAndBitwiseOr(piece, place, bit);
    }
    return reasons(frame);
  }

  /**
   * A hart has stored {@code bytes} at {@code gpa}, all in one page that is mapped.
   *
   * @return whether the hart may put the page into a write TLB now
   */
  public boolean stored(long gpa, int bytes, int hart) {
    int frame = map.frame(gpa);
    VarHandle.fullFence(); // the bytes are there before the reasons are looked at
    int why = reasonsAsWriter(frame, hart);
    if (why == 0) {
      return true;
    }
    tell(why, frame, gpa, bytes, hart);
    // Only this reason ends with a store. Noted again, as somebody may have looked meanwhile.
    return why == CLEAN && reasonsAsWriter(frame, hart) == 0;
  }

  /** A hart has changed a table's entry in a way that no translation depends on. */
  public void storedByWalk(long gpa, int bytes, int hart) {
    int frame = map.frame(gpa);
    VarHandle.fullFence();
    tell(reasons(frame) & HEARS_WALKS, frame, gpa, bytes, hart);
  }

  private void tell(int why, int frame, long gpa, int bytes, int hart) {
    for (int left = why & 0xff; left != 0; left &= left - 1) {
      listeners[Integer.numberOfTrailingZeros(left)].stored(
          frame, (int) gpa & GuestMemory.PAGE_SIZE - 1, bytes, hart);
    }
  }

  /** Something that is not a hart has written to a range that is mapped. */
  void written(long gpa, long length) {
    VarHandle.fullFence();
    for (long at = gpa; at < gpa + length; ) {
      long next = (at | GuestMemory.PAGE_SIZE - 1) + 1;
      int frame = map.frame(at);
      tell(reasons(frame), frame, at, (int) (Math.min(next, gpa + length) - at), NO_HART);
      at = next;
    }
  }

  boolean beginWrite(long gpa, long length) {
    Gate asked = gate;
    return asked == null || asked.beginWrite(gpa, length);
  }

  void endWrite(long gpa, long length) {
    Gate asked = gate;
    if (asked != null) {
      asked.endWrite(gpa, length);
    }
  }
}
