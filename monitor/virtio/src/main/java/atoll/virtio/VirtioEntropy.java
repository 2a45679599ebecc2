package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.host.EntropySource;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;

/** The entropy device (§5.4): fills what the driver offers with random bytes. */
public final class VirtioEntropy extends VirtioDevice {
  private static final int ID = 4; // §5.4.1
  private static final int QUEUE_SIZE = 64;

  /** A request may ask for gigabytes; less than all is allowed (§5.4.6.2). */
  private static final int MOST = 4096;

  /** Units of budget for asking a generator fit for keys, for each byte, and for each buffer. */
  private static final int ASK_COST = 600;

  private static final int BYTE_COST = 5;
  private static final int BUFFER_COST = 60;

  private final EntropySource source;

  @Unsaved("of the request that is being served")
  private final byte[] bytes = new byte[MOST];

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
  boolean serve(int queue, ExitBudget budget) {
    return session().serve(queue, budget, this::fill);
  }

  private long fill(DescriptorChain chain, ExitBudget budget) {
    int part = (int) Math.min(chain.writable(), MOST);
    byte[] random = part == MOST ? bytes : new byte[part];
    source.fill(random);
    int buffers = chain.write(random, 0, part);
    budget.spend(ASK_COST + (long) part * BYTE_COST + (long) buffers * BUFFER_COST);
    return part;
  }
}
