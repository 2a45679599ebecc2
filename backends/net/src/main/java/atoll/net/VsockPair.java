package atoll.net;

import java.nio.ByteBuffer;

/**
 * Another guest's end of the same stream: the ring to one is the ring from the other.
 *
 * @param guest this end
 * @param other that end
 */
record VsockPair(VsockConnection guest, VsockConnection other) implements VsockFar {
  @Override
  public int take(ByteBuffer from, int at, int bytes) {
    return 0;
  }

  @Override
  public void arrived() {
    if (guest.silent()) {
      other.farSilent();
    } else {
      other.queue();
    }
  }

  @Override
  public void given(int bytes) {
    other.forwarded(bytes);
  }

  @Override
  public void answered() {
    other.accepted();
  }

  @Override
  public void end(boolean all) {
    if (all) {
      other.farGone();
    } else {
      other.reset();
    }
  }
}
