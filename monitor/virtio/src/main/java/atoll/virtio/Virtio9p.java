package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.ShareBackend;
import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A shared folder: the transport of 9P messages (device 9; its layout is that of Linux's {@code
 * virtio_9p.h}, the specification only has the number).
 *
 * <p>Messages are served one after the other in the order of the ring, on an executor's thread, so
 * that a slow folder stops no hart and nothing else. A message and its answer are copied: while the
 * host works, nothing touches the driver's buffers, and nothing that the guest writes there has an
 * effect. So a reset waits for nobody: the thread goes on with a message whose answer no one gets.
 * A pause waits for the answer, since what the message asks for is done once and not again.
 */
public final class Virtio9p extends VirtioDevice {
  private static final int ID = 9;
  private static final int REQUESTS = 0;
  private static final int QUEUE_SIZE = 128;
  private static final int FEATURE_TAG = 0;
  private static final int MOST_TAG = 255;
  private static final int NONE = -1;

  /** {@code size[4] type[1] tag[2]}; an error has its number behind that. */
  private static final int HEADER = 7;

  private static final int ERROR = HEADER + Integer.BYTES;

  private final ShareBackend share;
  private final Executor executor;

  @Unsaved("as it was made")
  private final byte[] tag;

  private final ExitBudget budget = new ExitBudget();

  @Unsaved("nothing is being done when a state is taken")
  private final ServiceTime time = new ServiceTime();

  /** Whether a thread has this device's messages to serve. */
  @Unsaved("nothing is being done when a state is taken")
  private boolean busy;

  /** Whether a message has been taken, and the driver waits for its answer. */
  @Unsaved("nothing is being done when a state is taken")
  private boolean awaited;

  /** Which message that is; another number once the driver does not wait any more. */
  @Unsaved("nothing is being done when a state is taken")
  private int message;

  /** The thread is to begin nothing more. */
  @Unsaved("nothing is being done when a state is taken")
  private boolean cancelled;

  /** Bytes that the answer may have; with whether it is the first one, for the serving thread. */
  @Unsaved("nothing is being done when a state is taken")
  private int room;

  @Unsaved("nothing is being done when a state is taken")
  private boolean fresh;

  /** Whether the driver has sent something since it has this device. */
  private boolean used;

  /**
   * What is kept.
   *
   * @param used whether the driver has sent something
   * @param share what it has open, if so
   */
  public record State(boolean used, ShareBackend.State share) implements VirtioDevice.State {}

  /**
   * Makes one for a folder that no other device uses.
   *
   * @param executor where messages are served; may run them at once, in the notifying call, for a
   *     deterministic machine
   */
  public Virtio9p(ShareBackend share, Executor executor) {
    this.share = share;
    this.executor = executor;
    tag = share.tag().getBytes(StandardCharsets.US_ASCII);
    if (tag.length == 0 || tag.length > MOST_TAG) {
      throw new IllegalArgumentException(
          "a tag of %d bytes, expected 1 to %d".formatted(tag.length, MOST_TAG));
    }
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    return 1L << FEATURE_TAG;
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
    return Short.BYTES + tag.length;
  }

  @Override
  void config(ByteBuffer into) {
    into.putShort((short) tag.length);
    into.put(tag);
  }

  @Override
  boolean serve(int queue, ExitBudget exit) {
    time.payer(session().payer());
    if (busy) {
      return false;
    }
    busy = true;
    try {
      executor.execute(this::serve);
      return false;
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      busy = false; // The host has no thread to spare: the guest tries until it has.
      exit.exhaust();
      return true;
    }
  }

  @Override
  boolean busy() {
    return awaited;
  }

  @Override
  void cancel() {
    if (session().settling()) {
      awaited = false; // Nobody will look for the answer, and nothing of the driver's is in use.
      message = message + 1 & Integer.MAX_VALUE;
      session().idle();
    } else {
      cancelled = true;
    }
  }

  @Override
  void reset() {
    used = false;
  }

  @Override
  State state() {
    return new State(used, share.state());
  }

  @Override
  void restore(VirtioDevice.State state) {
    if (!(state instanceof State saved)) {
      throw new IllegalArgumentException("the saved state is of another kind of virtio device");
    }
    used = saved.used;
    share.restore(saved.share);
  }

  private void serve() {
    ServiceTime.Meter meter = time.begin(!Thread.holdsLock(session()));
    boolean finished = false;
    try {
      for (int taken = next(); taken != NONE; taken = next()) {
        ByteBuffer answer = answer();
        meter.charge();
        giveBack(taken, answer);
      }
      finished = true;
    } finally {
      if (!finished) {
        leave();
        session().mark(REQUESTS); // What was taken and not given back is tried again.
      }
    }
  }

  /** Takes the next message; if there is none to serve, becomes idle. */
  private int next() {
    synchronized (session()) {
      if (!cancelled && session().running() && take()) {
        awaited = true;
        return message;
      }
      leave(); // Under the same monitor as the last look, so that no notification is missed.
      return NONE;
    }
  }

  private void leave() {
    synchronized (session()) {
      busy = false;
      awaited = false;
      cancelled = false;
      session().idle();
    }
  }

  private boolean take() {
    SplitQueue queue = session().queue(REQUESTS);
    queue.quiet();
    DescriptorChain chain;
    while ((chain = queue.take(budget.refill())) == null) {
      if (!queue.listen()) {
        return false;
      }
    }
    if (chain.readable() < HEADER || chain.writable() < ERROR) {
      session().broken("a 9P message without a header, or without room for an answer");
      return false;
    }
    copyIn(chain);
    return true;
  }

  private void copyIn(DescriptorChain chain) {
    chain.rewind(); // It may have been read before, and left.
    ByteBuffer request = share.request();
    room = (int) Math.min(chain.writable(), Integer.MAX_VALUE);
    int size = (int) Math.min(chain.readable(), request.capacity());
    chain.read(MemorySegment.ofBuffer(request.limit(size)));
    fresh = !used;
    used = true;
  }

  private ByteBuffer answer() {
    if (fresh) {
      share.reset();
    }
    return share.answer(room);
  }

  private void giveBack(int taken, ByteBuffer answer) {
    synchronized (session()) {
      if (!awaited || taken != message) {
        return;
      }
      SplitQueue queue = session().queue(REQUESTS);
      DescriptorChain chain = queue.take(budget.refill()); // The one under way.
      int size = answer.remaining();
      chain.write(MemorySegment.ofBuffer(answer));
      queue.finish(size);
      session().returned(queue);
      awaited = false;
    }
  }
}
