package atoll.virtio;

import atoll.host.ThreadTime;
import atoll.state.Unsaved;
import java.util.function.LongConsumer;

/** Charges the vCPU that asked for it with the CPU time that other threads spend on a device. */
@Unsaved("nothing is being done when a state is taken")
final class ServiceTime {
  private static final ThreadLocal<Served> OF_CALLER = ThreadLocal.withInitial(Served::new);

  private volatile LongConsumer payer = nanos -> {};

  /** Who pays from now on. */
  void payer(LongConsumer vcpu) {
    payer = vcpu;
  }

  /**
   * The calling thread serves from now on.
   *
   * @param own whether it does nothing else: then what it did to wait for this is charged, too
   */
  Meter begin(boolean own) {
    return new Meter(own);
  }

  /** What a thread has been charged for. */
  private static final class Served {
    final ThreadTime time = ThreadTime.ofCaller();

    /** CPU time of the thread as of the last charge. */
    long charged = used();

    /** CPU time in nanoseconds; 0 if the host does not tell it. */
    long used() {
      return Math.max(0, time.nanos());
    }
  }

  /** The time of one thread that serves. */
  final class Meter {
    private final Served thread = OF_CALLER.get();

    private Meter(boolean own) {
      if (!own) {
        thread.charged = thread.used();
      }
    }

    /** Charges for what the thread has spent since the last time. */
    void charge() {
      long now = thread.used();
      payer.accept(now - thread.charged);
      thread.charged = now;
    }
  }
}
