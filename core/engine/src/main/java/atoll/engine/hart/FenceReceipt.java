package atoll.engine.hart;

import atoll.engine.PostedFence;

/** Looks at each hart for whether it has executed a fence, without waiting. */
final class FenceReceipt implements PostedFence {
  private final SoftHart[] harts;
  private final long mask;
  private final long[] posted;
  private final long[] passes;

  /** The harts of {@code mask} have just been asked. */
  FenceReceipt(SoftHart[] harts, long mask) {
    this.harts = harts;
    this.mask = mask;
    posted = new long[harts.length];
    passes = new long[harts.length];
    for (int i = 0; i < harts.length; i++) {
      posted[i] = harts[i].rendezvous().posted();
      passes[i] = harts[i].rendezvous().passes();
    }
  }

  @Override
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
