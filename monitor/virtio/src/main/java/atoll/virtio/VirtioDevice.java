package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;

/**
 * The part of a virtio device that its kind adds to a transport: features, configuration, and how
 * its queues are served.
 *
 * <p>Every method is called under the monitor of the {@link VirtioSession}, whose queues are
 * touched only under it. The device belongs to the one transport that it was given to.
 */
public abstract class VirtioDevice {
  @Unsaved("as it was made")
  private VirtioSession session;

  /** What a device keeps beside its session. */
  public sealed interface State
      permits Stateless,
          VirtioConsole.State,
          VirtioBalloon.State,
          Virtio9p.State,
          VirtioNet.State,
          VirtioGpu.State,
          VirtioInput.State,
          VirtioVsock.State {}

  /** Nothing is kept. */
  public record Stateless() implements State {}

  VirtioDevice() {}

  /** The device's number in section 5. */
  abstract int id();

  /** The device's own feature bits, 0 to 23. */
  abstract long features();

  /** How many queues there are. */
  abstract int queues();

  /** Entries of the largest ring, a power of two up to {@link SplitQueue#MAX_SIZE}. */
  abstract int queueSize();

  /** Bytes of configuration space. */
  abstract int configSize();

  /** Puts the configuration, {@link #configSize} bytes, little-endian. */
  abstract void config(ByteBuffer into);

  /** The driver wrote {@code size} bytes of configuration; most devices have nothing writable. */
  void configWritten(int offset, int size, long value) {}

  /**
   * Serves requests on {@code queue}, which is ready and may have some, or has them served by
   * another thread, until nothing is left or {@code budget} is spent.
   *
   * @return whether more may be left; then the budget is spent
   */
  abstract boolean serve(int queue, ExitBudget budget);

  /** Whether another thread serves a request, and so may touch guest memory. */
  boolean busy() {
    return false;
  }

  /**
   * Has such a thread leave its request as soon as it can and begin no other one; it calls {@link
   * VirtioSession#idle} then.
   */
  void cancel() {}

  /** The driver has taken {@code queue} away; what was held back of it is not to be given back. */
  void stopped(int queue) {}

  /** Forgets the driver. */
  void reset() {}

  State state() {
    return new Stateless();
  }

  void restore(State state) {
    if (!(state instanceof Stateless)) {
      throw new IllegalArgumentException("the saved state is of another kind of virtio device");
    }
  }

  final VirtioSession session() {
    return session;
  }

  final void attach(VirtioSession session) {
    if (this.session != null) {
      throw new IllegalStateException("a virtio device belongs to one transport");
    }
    this.session = session;
    attached();
  }

  /** The session is known; backends may be plugged in. */
  void attached() {}
}
