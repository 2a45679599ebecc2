package atoll.vmm;

import atoll.kernel.SystemCalls;
import atoll.state.Unsaved;
import java.util.Objects;

/**
 * A machine's end of a channel as its monitor has it: it counts the other ends' semaphores up, and
 * has a handler bound to its own.
 *
 * <p>The handler runs on the thread that rings. It takes this object's monitor and then what the
 * receiver takes, and no one holds either while ringing.
 *
 * @param <R> who hears what was rung
 */
abstract class BoundBell<R> {
  private final SystemCalls kernel;
  private final KernelSlots.ChannelSlots slots;
  private final ChannelPort port;

  @Unsaved("plugged in again")
  private R receiver;

  BoundBell(SystemCalls kernel, KernelSlots.ChannelSlots slots, ChannelPort port) {
    this.kernel = kernel;
    this.slots = slots;
    this.port = port;
  }

  final ChannelPort port() {
    return port;
  }

  /** Has the handler of an end look. */
  final void signal(int end) {
    KernelSlots.require(kernel.up(slots.bell(end)), "ring a doorbell");
  }

  /** From now on this end can be rung. */
  public void attach(R to) {
    synchronized (this) {
      receiver = Objects.requireNonNull(to, "receiver");
    }
    port.in().attend(true);
    KernelSlots.require(
        kernel.bindSemaphore(slots.bell(port.position()), this::look), "bind a doorbell");
    look();
  }

  /** It is not rung any more, if it was. */
  public void close() {
    synchronized (this) {
      if (receiver == null) {
        return;
      }
      receiver = null;
    }
    KernelSlots.require(kernel.unbindSemaphore(slots.bell(port.position())), "unbind a doorbell");
    port.in().attend(false);
    closed();
  }

  /** The other ends may want to know. */
  void closed() {
    // Nobody does.
  }

  /** Calls that overlap must not tell it out of order. */
  private synchronized void look() {
    if (receiver != null) {
      tell(receiver);
    }
  }

  /** Tells the receiver what is the case now. */
  abstract void tell(R to);
}
