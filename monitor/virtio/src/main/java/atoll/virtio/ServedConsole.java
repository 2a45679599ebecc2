package atoll.virtio;

import java.nio.ByteBuffer;

/** A console of one port (§5.3): room for what is typed, and what is printed. */
final class ServedConsole extends ServedKind {
  private static final int MOST = 4096;
  private static final int PORTS = 1;

  @Override
  long features() {
    return 0;
  }

  @Override
  void config(ByteBuffer into) {
    into.putInt(0); // columns and rows, not offered
    into.putInt(PORTS);
    into.putInt(0);
  }

  @Override
  Verdict look(int queue, DescriptorChain chain) {
    boolean receives = queue == 0;
    out = receives ? 0 : chain.readable();
    in = receives ? Math.min(chain.writable(), MOST) : 0;
    if (receives) {
      return in == 0 ? Verdict.BROKEN : Verdict.LEND;
    }
    return out == 0 || out > ServiceRing.MOST_BYTES ? Verdict.REFUSE : Verdict.LEND;
  }
}
