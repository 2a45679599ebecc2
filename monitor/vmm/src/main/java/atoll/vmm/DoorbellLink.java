package atoll.vmm;

import atoll.device.spi.ChannelLink;
import atoll.kernel.SystemCalls;
import atoll.state.Unsaved;

/**
 * Connects a channel's endpoint by the kernel's semaphores: this monitor counts the other end's up,
 * and has a handler bound to its own.
 *
 * <p>The handler runs on the thread that rings. It takes this object's monitor and then the
 * endpoint's, and no one holds either while ringing.
 */
final class DoorbellLink implements ChannelLink {
  private final SystemCalls kernel;
  private final KernelSlots.ChannelSlots slots;
  private final ChannelPort port;

  @Unsaved("plugged in again")
  private Receiver receiver;

  DoorbellLink(SystemCalls kernel, KernelSlots.ChannelSlots slots, ChannelPort port) {
    this.kernel = kernel;
    this.slots = slots;
    this.port = port;
  }

  @Override
  public void ring(int bits) {
    if (port.out().attended()) {
      port.out().add(bits);
      signal();
    }
  }

  @Override
  public void attach(Receiver to) {
    synchronized (this) {
      receiver = to;
    }
    port.in().attend(true);
    KernelSlots.require(
        kernel.bindSemaphore(slots.bell(port.position()), this::look), "bind a doorbell");
    look();
    signal();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (receiver == null) {
        return;
      }
      receiver = null;
    }
    KernelSlots.require(kernel.unbindSemaphore(slots.bell(port.position())), "unbind a doorbell");
    port.in().attend(false);
    signal();
  }

  /** The other end looks at the bits and at whether we are here. */
  private void signal() {
    KernelSlots.require(kernel.up(slots.bell(1 - port.position())), "ring a doorbell");
  }

  /** Tells the endpoint what is the case now; calls that overlap must not tell it out of order. */
  private synchronized void look() {
    if (receiver == null) {
      return;
    }
    receiver.peer(port.out().attended());
    int bits = port.in().take();
    if (bits != 0) {
      receiver.rung(bits);
    }
  }
}
