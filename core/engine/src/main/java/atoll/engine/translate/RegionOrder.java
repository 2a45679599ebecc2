package atoll.engine.translate;

import atoll.engine.CodeStore;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.PageSnapshot;
import atoll.engine.target.Target;
import java.util.function.LongConsumer;

/**
 * A region that a hart wants: what it is to be made of, and what has been made of that, perhaps on
 * another thread. Used for one region after another; {@link #stage} says whose it is.
 */
final class RegionOrder {
  private static final int FREE = 0;
  private static final int PLACED = 1;
  private static final int DONE = 2;

  /** The processor that the region is for. */
  final Target target;

  // What the hart says. The page's bytes are copied: who makes the region looks at no guest memory.

  final PageSnapshot source = new PageSnapshot();

  /** A bit for each parcel that has code. */
  final long[] warm = new long[CodePage.PARCELS / 64];

  /** The hart's own, to be looked at by its thread only. */
  TranslatedPage page;

  int parcel;

  /** Whether there was a region already. */
  boolean again;

  /** Whether no other hart shares the memory, and whether the machine has others. */
  boolean alone;

  boolean siblings;

  /** Where it is to be kept for later runs; null if it is not. */
  CodeStore store;

  /** The program counter for which it is wanted, for reports. */
  long pc;

  /** Gets the nanoseconds that another thread has spent. */
  LongConsumer payer;

  /** What has been made; null if there is no region. */
  private MadeRegion made;

  /** What has gone wrong, or null. */
  private Throwable thrown;

  private volatile int stage;

  RegionOrder(Target target) {
    this.target = target;
  }

  /** Whether the hart may say what it wants. */
  boolean free() {
    return stage == FREE;
  }

  /** All is said. */
  void placed() {
    made = null;
    thrown = null;
    stage = PLACED;
  }

  /** What has been made is there; or what has gone wrong. */
  void done(MadeRegion region, Throwable wrong) {
    made = region;
    thrown = wrong;
    stage = DONE;
  }

  /** Whether it has been made, and not been {@linkplain #take taken}. */
  boolean done() {
    return stage == DONE;
  }

  /** Takes what has been made; throws what has been thrown. */
  MadeRegion take() {
    MadeRegion taken = made;
    made = null;
    stage = FREE;
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
    return taken;
  }

  /** Nobody makes it. */
  void withdraw() {
    stage = FREE;
  }
}
