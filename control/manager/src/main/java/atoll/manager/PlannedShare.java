package atoll.manager;

import atoll.device.spi.ShareBackend;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A shared folder of a machine that is only described: its device is in the device tree, and
 * nothing of the host is opened for it.
 */
record PlannedShare(String tag) implements ShareBackend {
  @Override
  public ByteBuffer request() {
    throw new UnsupportedOperationException("a planned folder is not used");
  }

  @Override
  public ByteBuffer answer(int room) {
    throw new UnsupportedOperationException("a planned folder is not used");
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
