package atoll.kernel;

import atoll.state.Unsaved;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A vCPU's claim to the time of one physical CPU. The work of its monitor for an exit runs on it
 * too: that is the donation of NOVA, and here it is simply the same thread.
 */
public final class SchedulingContext implements KernelObject {
  private static final long IDLE = -1;

  private final Vcpu vcpu;

  /** Where it is executed, or was executed last. */
  @Unsaved("where it runs is chosen anew")
  private volatile Pcpu pcpu;

  /** Whether {@link #pcpu} has chosen it and not let go of it yet. */
  @Unsaved("of the dispatch under way")
  private volatile boolean taken;

  /** Whether it gave way to others the last time; guarded by its pool. */
  @Unsaved("of the dispatch before")
  private boolean gaveWay;

  private final Reservation reservation;

  @Unsaved("for statistics")
  private final AtomicLong consumed = new AtomicLong();

  @Unsaved("for statistics")
  private final AtomicLong executed = new AtomicLong();

  /** Nanoseconds that other threads have spent for the vCPU and the policy does not know of yet. */
  private final AtomicLong debt = new AtomicLong();

  @Unsaved("for statistics")
  private final AtomicLong elsewhere = new AtomicLong();

  /** The highest priority that was lent to it since the vCPU last waited; -1 for none. */
  private volatile int lent = -1;

  /** When it got the pCPU that it has; {@link #IDLE} if it has none. */
  @Unsaved("of the dispatch under way")
  private volatile long running = IDLE;

  /** The number of its last turn among its pool's; guarded by that. */
  @Unsaved("of the dispatch before")
  private long turn;

  /** What a policy of priorities lets it have. */
  final Allowance allowance;

  /** For the pCPU's thread: how fast the guest executes. */
  final Pace pace = new Pace();

  /**
   * How much time, and with which rank.
   *
   * @param priority from 0, which yields to all others, to 255
   * @param budget nanoseconds in each period; equal to the period for no limit
   * @param period nanoseconds
   * @param weight 1 to 1024: its share beside others
   */
  public record Reservation(int priority, long budget, long period, int weight) {
    /** The weight of those that say nothing. */
    public static final int DEFAULT_WEIGHT = 100;

    /** The largest weight. */
    public static final int MAX_WEIGHT = 1024;

    /** No limit, middle priority. */
    public static final Reservation UNLIMITED = priority(128);

    public Reservation {
      if (priority < 0 || priority > 255) {
        throw new IllegalArgumentException("priority must be 0 to 255: " + priority);
      }
      if (budget <= 0 || budget > period) {
        throw new IllegalArgumentException(
            "budget must be positive and at most the period of %d ns: %d"
                .formatted(period, budget));
      }
      if (weight < 1 || weight > MAX_WEIGHT) {
        throw new IllegalArgumentException(
            "weight must be 1 to %d: %d".formatted(MAX_WEIGHT, weight));
      }
    }

    /** No limit. */
    public static Reservation priority(int priority) {
      return new Reservation(priority, Long.MAX_VALUE, Long.MAX_VALUE, DEFAULT_WEIGHT);
    }

    /** Whether there is less budget than period. */
    public boolean limited() {
      return budget < period;
    }

    /** The part of the pCPU's time that is reserved: 0 without a limit. */
    public double utilisation() {
      return limited() ? (double) budget / period : 0;
    }
  }

  SchedulingContext(Vcpu vcpu, Pcpu pcpu, Reservation reservation) {
    this.vcpu = vcpu;
    this.pcpu = pcpu;
    this.reservation = reservation;
    allowance = new Allowance(reservation);
  }

  @Override
  public String name() {
    return vcpu.name();
  }

  /** The vCPU that runs on it. */
  public Vcpu vcpu() {
    return vcpu;
  }

  /** Where; another one of its pool's from one time to the next. */
  public Pcpu pcpu() {
    return pcpu;
  }

  /** How much. */
  public Reservation reservation() {
    return reservation;
  }

  /** Its reservation's priority, or a higher one that a client has lent it. */
  public int priority() {
    return Math.max(reservation.priority, lent);
  }

  /**
   * Nanoseconds of the pCPU's time used until {@code now}, guest code and its exits together; any
   * thread, a recent number.
   */
  public long consumed(long now) {
    long since = running;
    long settled = consumed.getAcquire();
    return since == IDLE ? settled : settled + Math.max(0, now - since);
  }

  /**
   * Nanoseconds of the host's CPU time that its pCPU's thread has had for it: less than {@link
   * #consumed} where the host has executed others meanwhile, and more by what waiting takes. Any
   * thread, a recent number; 0 if the host does not tell.
   */
  public long executed() {
    return executed.getAcquire() + pcpu.uncharged(this);
  }

  /** Adds to {@link #executed}. */
  void executed(long nanos) {
    executed.addAndGet(Math.max(0, nanos));
  }

  /** Nanoseconds that other threads have spent for its vCPU, on no pCPU; any thread. */
  public long elsewhere() {
    return elsewhere.get();
  }

  /**
   * Has the vCPU pay for what another thread did for it: at its next turn, even if others wait
   * then.
   */
  void charge(long nanos) {
    elsewhere.addAndGet(nanos);
    debt.addAndGet(nanos);
  }

  /** What has been charged since the last call. */
  long takeDebt() {
    return debt.getAndSet(0);
  }

  /** Whether its vCPU has something to execute at time {@code now}, and no pCPU has it. */
  public boolean ready(long now) {
    return free() && wants(now);
  }

  /** The same, whether a pCPU has it or not. */
  boolean wants(long now) {
    return vcpu.ready(now);
  }

  /** Whether no pCPU has it. */
  boolean free() {
    return !taken;
  }

  /** A pCPU has chosen it. */
  void take(Pcpu chooser) {
    pcpu = chooser;
    taken = true;
  }

  /** That pCPU lets go of it, and then chooses again, so that nobody need be told. */
  void release() {
    taken = false;
  }

  /** A turn of it is over; guarded by the pool. */
  void tookTurn(long number, boolean gave) {
    turn = number;
    gaveWay = gave;
  }

  /** Whether its last turn was over because it waits for others; guarded by the pool. */
  boolean gaveWay() {
    return gaveWay;
  }

  /** Whether it has worked since another one of its machine has looked for what others do. */
  boolean gotOnSince(SchedulingContext waiting) {
    return !gaveWay && turn > waiting.turn && ofSameDomain(waiting);
  }

  /** Whether it may do what another one waits for: if it does not wait, or has not looked since. */
  boolean mayHelp(SchedulingContext waiting) {
    return !gaveWay || turn < waiting.turn;
  }

  boolean ofSameDomain(SchedulingContext other) {
    return vcpu.domain() == other.vcpu.domain();
  }

  /** Whether it can rather help than another one: that does not wait itself, or waits longer. */
  boolean before(SchedulingContext other) {
    return gaveWay == other.gaveWay ? turn < other.turn : other.gaveWay;
  }

  /**
   * The whole state.
   *
   * @param lent the priority that was lent to it, or -1
   * @param debt nanoseconds that other threads have spent for it and the policy does not know of
   * @param allowance what is left of its budget
   */
  public record State(int lent, long debt, Allowance.State allowance) {
    public State {
      if (lent < -1 || lent > 255) {
        throw new IllegalArgumentException("no priority that can be lent: " + lent);
      }
    }
  }

  /** What it is while its vCPU is held. */
  State state() {
    return new State(lent, debt.get(), allowance.state());
  }

  void restore(State from) {
    lent = from.lent;
    debt.set(from.debt);
    allowance.restore(from.allowance);
  }

  /** Raises the priority until the vCPU waits, if that is higher; under the vCPU's monitor. */
  void lend(int priority) {
    if (priority > priority()) {
      lent = priority;
    }
  }

  /** Ends what {@link #lend} began; under the vCPU's monitor. */
  void giveBack() {
    lent = -1;
  }

  void begin(long now) {
    running = now;
  }

  /** When it got the pCPU that it has. */
  long begun() {
    return running;
  }

  void end(long now) {
    long used = now - running;
    running = IDLE;
    consumed.setRelease(consumed.getPlain() + used);
  }
}
