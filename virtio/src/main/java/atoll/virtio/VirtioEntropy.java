package atoll.virtio;

import atoll.device.spi.EntropySource;
import java.nio.ByteBuffer;

/** The entropy device (§5.4): fills what the driver offers with random bytes. */
public final class VirtioEntropy extends VirtioDevice {
  private static final int ID = 4; // §5.4.1
  private static final int REQUESTS = 0; // §5.4.2
  private static final int QUEUE_SIZE = 64;

  /** A request may ask for gigabytes; less than all is allowed (§5.4.6.2). */
  private static final int MOST = 64 << 10;

  private final EntropySource source;

  public VirtioEntropy(EntropySource source) {
    this.source = source;
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    return 0;
  }

  @Override
  int queues() {
    return 1;
  }

  @Override
  int queueSize() {
    return QUEUE_SIZE;
  }

  @Override
  int configSize() {
    return 0;
  }

  @Override
  void config(ByteBuffer into) {}

  @Override
  void notified(int index) {
    SplitQueue queue = session().queue(REQUESTS);
    DescriptorChain chain = session().newChain();
    do {
      queue.quiet();
      while (queue.pop(chain)) {
        byte[] bytes = new byte[(int) Math.min(chain.writable(), MOST)];
        source.fill(bytes);
        chain.write(bytes, 0, bytes.length);
        queue.push(chain.head(), bytes.length);
      }
      session().returned(queue);
    } while (queue.listen());
  }
}
