package atoll.virtio;

import atoll.host.ThreadTime;
import atoll.state.Unsaved;
import java.util.function.LongConsumer;

/** Charges the vCPU that asked for it with the CPU time that other threads spend on a device. */
@Unsaved("nothing is being done when a state is taken")
final class ServiceTime {
  private static final ThreadLocal<ThreadTime> OF_CALLER =
      ThreadLocal.withInitial(ThreadTime::ofCaller);

  private volatile LongConsumer payer = nanos -> {};

  /** Who pays from now on. */
  void payer(LongConsumer vcpu) {
    payer = vcpu;
  }

  /** The calling thread serves from now on. */
  Meter begin() {
    return new Meter();
  }

  /** The time of one thread that serves. */
  final class Meter {
    private final ThreadTime time = OF_CALLER.get();

    /** CPU time of the thread as of the last charge. */
    private long charged = used();

    private Meter() {}

    /** Charges for what the thread has spent since the last time. */
    void charge() {
      long now = used();
      payer.accept(now - charged);
      charged = now;
    }

    /** CPU time in nanoseconds; 0 if the host does not tell it. */
    private long used() {
      return Math.max(0, time.nanos());
    }
  }
}
