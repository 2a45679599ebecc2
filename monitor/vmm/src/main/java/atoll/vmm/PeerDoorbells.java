package atoll.vmm;

import atoll.device.spi.PeerLink;
import atoll.kernel.SystemCalls;
import atoll.state.Unsaved;
import java.util.Objects;
import java.util.function.IntConsumer;

/**
 * Connects one of several machines that share memory with the others by the kernel's semaphores:
 * one for each machine, which all others count up.
 *
 * <p>The handler runs on the thread that rings. It takes this object's monitor and then the
 * device's second lock, and no one holds either while ringing.
 */
final class PeerDoorbells implements PeerLink {
  private final SystemCalls kernel;
  private final KernelSlots.ChannelSlots slots;
  private final ChannelPort port;

  @Unsaved("plugged in again")
  private IntConsumer receiver;

  PeerDoorbells(SystemCalls kernel, KernelSlots.ChannelSlots slots, ChannelPort port) {
    this.kernel = kernel;
    this.slots = slots;
    this.port = port;
  }

  @Override
  public int position() {
    return port.position();
  }

  @Override
  public void ring(int peer, int bits) {
    if (peer < port.bells().size() && port.bells().get(peer).attended()) {
      port.bells().get(peer).add(bits);
      KernelSlots.require(kernel.up(slots.bell(peer)), "ring a doorbell");
    }
  }

  @Override
  public void attach(IntConsumer rung) {
    synchronized (this) {
      receiver = Objects.requireNonNull(rung, "rung");
    }
    port.in().attend(true);
    KernelSlots.require(kernel.bindSemaphore(slots.bell(position()), this::look), "bind a bell");
    look();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (receiver == null) {
        return;
      }
      receiver = null;
    }
    KernelSlots.require(kernel.unbindSemaphore(slots.bell(position())), "unbind a bell");
    port.in().attend(false);
  }

  private synchronized void look() {
    int bits = receiver == null ? 0 : port.in().take();
    if (bits != 0) {
      receiver.accept(bits);
    }
  }
}
