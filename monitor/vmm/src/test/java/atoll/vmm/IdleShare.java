package atoll.vmm;

import atoll.device.spi.ShareBackend;
import java.nio.ByteBuffer;
import java.util.List;

/** A shared folder that nobody uses. */
record IdleShare(String tag) implements ShareBackend {
  @Override
  public ByteBuffer request() {
    throw new AssertionError("nobody uses it");
  }

  @Override
  public ByteBuffer answer(int room) {
    throw new AssertionError("nobody uses it");
  }

  @Override
  public void reset() {}

  @Override
  public State state() {
    return new State(0, List.of(), List.of());
  }

  @Override
  public void restore(State state) {}

  @Override
  public void close() {}
}
