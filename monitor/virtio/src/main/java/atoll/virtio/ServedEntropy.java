package atoll.virtio;

import java.nio.ByteBuffer;

/** A source of random bytes (§5.4). */
final class ServedEntropy extends ServedKind {
  private static final int MOST = 4096;

  @Override
  long features() {
    return 0;
  }

  @Override
  void config(ByteBuffer into) {
    // It has none.
  }

  @Override
  Verdict look(int queue, DescriptorChain chain) {
    out = 0;
    in = Math.min(chain.writable(), MOST);
    return in == 0 ? Verdict.BROKEN : Verdict.LEND;
  }
}
