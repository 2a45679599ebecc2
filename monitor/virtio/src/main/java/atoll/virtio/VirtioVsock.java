package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.VsockBackend;
import atoll.device.spi.VsockGuest;
import atoll.device.spi.VsockPacket;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * The socket device (§5.10): packets of streams between programs of the guest and of others.
 *
 * <p>As in {@link VirtioNet}, a notification only wakes the backend, whose thread takes packets out
 * of the transmit queue and puts others into the receive queue, one at a time under the session's
 * monitor. Streams are the backend's; a restored machine has none, and is told so.
 */
public final class VirtioVsock extends VirtioDevice implements VsockGuest {
  private static final int ID = 19; // §5.10.1
  private static final int RECEIVE = 0; // §5.10.2
  private static final int TRANSMIT = 1;
  private static final int EVENTS = 2;
  private static final int QUEUE_SIZE = 128;
  private static final int CONFIG_SIZE = 8; // §5.10.4: guest_cid

  private static final int FEATURE_STREAM = 0; // §5.10.3

  /** The one event there is: the streams are gone, and perhaps another context (§5.10.6.7). */
  private static final byte[] TRANSPORT_RESET = {0, 0, 0, 0};

  private final VsockBackend backend;
  private final ExitBudget budget = new ExitBudget();

  private static final int NONE = -1;

  /** The driver is to be told that its streams are gone. */
  private boolean telling;

  /** Buffers for events that there are beside the one with the news; NONE once it is back. */
  @Unsaved("a restored driver is told anew")
  private int beside = NONE;

  @Unsaved("the backend is asked again")
  private boolean refused;

  @Unsaved("known again with the next notification")
  private volatile LongConsumer payer = nanos -> {};

  /**
   * What is kept.
   *
   * @param telling whether the driver is still to be told that its streams are gone
   */
  public record State(boolean telling) implements VirtioDevice.State {}

  /** Makes one. */
  public VirtioVsock(VsockBackend backend) {
    this.backend = backend;
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    return 1L << FEATURE_STREAM;
  }

  @Override
  int queues() {
    return 3;
  }

  @Override
  int queueSize() {
    return QUEUE_SIZE;
  }

  @Override
  int configSize() {
    return CONFIG_SIZE;
  }

  @Override
  void config(ByteBuffer into) {
    into.putLong(backend.cid());
  }

  @Override
  void attached() {
    backend.attach(this);
  }

  /** Unplugs it from its backend, for good. */
  public void unplug() {
    backend.detach(this);
  }

  @Override
  void reset() {
    telling = false;
    beside = NONE;
    refused = false;
    backend.restarted();
  }

  @Override
  boolean serve(int index, ExitBudget exit) {
    payer = session().payer();
    switch (index) {
      case RECEIVE -> offerRoom();
      case TRANSMIT -> {
        session().queue(TRANSMIT).quiet();
        backend.ready();
      }
      default -> {
        tell(exit);
        offerRoom();
      }
    }
    return false;
  }

  private void offerRoom() {
    if (refused && !ending()) {
      refused = false;
      backend.room();
    }
  }

  private void tell(ExitBudget exit) {
    DescriptorChain chain = telling && session().running() ? take(EVENTS, exit) : null;
    if (chain == null) {
      return;
    }
    if (chain.writable() < TRANSPORT_RESET.length) {
      session().broken("a buffer of %d bytes for an event of 4".formatted(chain.writable()));
      return;
    }
    telling = false;
    beside = session().queue(EVENTS).waiting();
    chain.write(TRANSPORT_RESET, 0, TRANSPORT_RESET.length);
    giveBack(EVENTS, TRANSPORT_RESET.length);
  }

  /**
   * Whether the driver may still be about to end its streams: it gives the event's buffer back when
   * it has. Until then it would end a new one, too, and Linux's tells nobody of that.
   */
  private boolean ending() {
    if (beside == NONE) {
      return false;
    }
    SplitQueue queue = session().queue(EVENTS);
    if (queue.waiting() == beside && !queue.listenBehind(beside)) {
      return true;
    }
    beside = NONE;
    return false;
  }

  /** The next request of a queue, or null if there is none. */
  private DescriptorChain take(int index, ExitBudget pays) {
    SplitQueue queue = session().queue(index);
    do {
      queue.quiet();
      DescriptorChain chain = queue.take(pays);
      if (chain != null) {
        return chain;
      }
    } while (queue.listen());
    return null;
  }

  private void giveBack(int index, int filled) {
    SplitQueue queue = session().queue(index);
    queue.finish(filled);
    session().returned(queue);
  }

  // ------------------------------------------------------------ what the backend does

  @Override
  public boolean present() {
    return session().driven();
  }

  @Override
  public boolean next(VsockPacket into) {
    synchronized (session()) {
      DescriptorChain chain = session().running() ? take(TRANSMIT, budget.refill()) : null;
      if (chain != null) {
        read(chain, into);
        giveBack(TRANSMIT, 0);
      }
      return chain != null;
    }
  }

  private static void read(DescriptorChain chain, VsockPacket into) {
    if (chain.readable() < VsockPacket.HEADER) {
      into.become(VsockPacket.INVALID, 0).ends(0, 0, 0, 0);
      return;
    }
    chain.read(into.segment(), VsockPacket.HEADER);
    long data = into.length() & 0xffff_ffffL;
    if (data > Math.min(chain.readable(), VsockPacket.MOST)) {
      into.become(VsockPacket.INVALID, 0);
    } else if (data > 0) {
      chain.read(into.segment().asSlice(VsockPacket.HEADER), data);
    }
  }

  @Override
  public boolean receive(VsockPacket packet) {
    synchronized (session()) {
      if (!session().driven()) {
        return true;
      }
      tell(budget.refill());
      boolean open = session().running() && !ending();
      DescriptorChain chain = open ? take(RECEIVE, budget.refill()) : null;
      refused = chain == null;
      return chain != null && fill(chain, packet);
    }
  }

  /** Into a buffer that takes nothing of the data, nothing ever would go (§5.10.6.4.1). */
  private boolean fill(DescriptorChain chain, VsockPacket packet) {
    long room = chain.writable() - VsockPacket.HEADER;
    if (room < Math.min(1, packet.length())) {
      session().broken("a receive buffer of %d bytes".formatted(chain.writable()));
      return false;
    }
    packet.length((int) Math.min(room, packet.length()));
    int size = VsockPacket.HEADER + packet.length();
    chain.write(packet.segment(), 0, size);
    giveBack(RECEIVE, size);
    return true;
  }

  @Override
  public void charge(long nanos) {
    payer.accept(nanos);
  }

  @Override
  VirtioDevice.State state() {
    return new State(telling);
  }

  /** The streams of the saved machine are not this one's. */
  @Override
  void restore(VirtioDevice.State state) {
    if (!(state instanceof State saved)) {
      throw new IllegalArgumentException("the saved state is of another kind of virtio device");
    }
    telling = saved.telling || session().driven();
    refused = true;
    backend.restarted();
  }
}
