package atoll.virtio;

import atoll.host.ThreadTime;
import atoll.state.Unsaved;
import java.util.function.LongConsumer;

/** Charges the vCPU that asked for it with the CPU time that another thread spends on a device. */
@Unsaved("nothing is being done when a state is taken")
final class ServiceTime {
  private volatile LongConsumer payer = nanos -> {};

  /** CPU time of the serving thread as of the last charge. */
  private long charged;

  /** Whose CPU time that is, and where to read it. */
  private Thread timed;

  private ThreadTime time;

  /** Who pays from now on. */
  void payer(LongConsumer vcpu) {
    payer = vcpu;
  }

  /** The calling thread serves from now on. */
  void begin() {
    charged = used();
  }

  /** Charges for what the calling thread has spent since the last time. */
  void charge() {
    long now = used();
    payer.accept(now - charged);
    charged = now;
  }

  /** CPU time of the serving thread in nanoseconds; 0 if the host does not tell it. */
  private long used() {
    if (timed != Thread.currentThread()) {
      timed = Thread.currentThread();
      time = ThreadTime.ofCaller();
    }
    return Math.max(0, time.nanos());
  }
}
