package atoll.kernel;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A vCPU's claim to the time of one physical CPU. The work of its monitor for an exit runs on it
 * too: that is the donation of NOVA, and here it is simply the same thread.
 */
public final class SchedulingContext implements KernelObject {
  private final Vcpu vcpu;
  private final Pcpu pcpu;
  private final Reservation reservation;
  private final AtomicLong consumed = new AtomicLong();

  /**
   * How much time, and before whom.
   *
   * @param priority from 0, which yields to all others, to 255
   * @param budget nanoseconds in each period; equal to the period for no limit
   * @param period nanoseconds
   */
  public record Reservation(int priority, long budget, long period) {
    /** No limit, middle priority. */
    public static final Reservation UNLIMITED =
        new Reservation(128, Long.MAX_VALUE, Long.MAX_VALUE);

    public Reservation {
      if (priority < 0 || priority > 255) {
        throw new IllegalArgumentException("priority must be 0 to 255: " + priority);
      }
      if (budget <= 0 || budget > period) {
        throw new IllegalArgumentException(
            "budget must be positive and at most the period of %d ns: %d"
                .formatted(period, budget));
      }
    }
  }

  SchedulingContext(Vcpu vcpu, Pcpu pcpu, Reservation reservation) {
    this.vcpu = vcpu;
    this.pcpu = pcpu;
    this.reservation = reservation;
  }

  @Override
  public String name() {
    return vcpu.name();
  }

  /** Who runs on it. */
  public Vcpu vcpu() {
    return vcpu;
  }

  /** Where. */
  public Pcpu pcpu() {
    return pcpu;
  }

  /** How much. */
  public Reservation reservation() {
    return reservation;
  }

  /** Nanoseconds of the pCPU's time used, guest code and its exits together. */
  public long consumed() {
    return consumed.get();
  }

  /** Whether its vCPU has something to execute at time {@code now}. */
  public boolean ready(long now) {
    return vcpu.ready(now);
  }

  void charge(long nanos) {
    consumed.setRelease(consumed.getPlain() + nanos);
  }
}
