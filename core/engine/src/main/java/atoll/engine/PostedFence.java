package atoll.engine;

/** A fence that other harts have been asked for, and whether they have executed it. */
public final class PostedFence {
  private final Hart[] harts;
  private final long mask;
  private final long[] posted;
  private final long[] passes;

  /** The harts of {@code mask} have just been asked. */
  PostedFence(Hart[] harts, long mask) {
    this.harts = harts;
    this.mask = mask;
    posted = new long[harts.length];
    passes = new long[harts.length];
    for (int i = 0; i < harts.length; i++) {
      posted[i] = harts[i].rendezvous().posted();
      passes[i] = harts[i].rendezvous().passes();
    }
  }

  /**
   * Whether each hart has executed it, or will before its next guest instruction. It is true after
   * a slice of every hart at the latest; to find out takes no time.
   */
  public boolean arrived() {
    for (int i = 0; i < harts.length; i++) {
      boolean named = (mask >>> i & 1) != 0;
      if (named && !harts[i].rendezvous().arrived(posted[i], passes[i])) {
        return false;
      }
    }
    return true;
  }
}
