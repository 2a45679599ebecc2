package atoll.kernel;

import atoll.state.Unsaved;
import java.util.List;

/**
 * Time in proportion to weights: borrowed virtual time (Duda and Cheriton, SOSP 1999).
 *
 * <p>Each context has a virtual time that runs the slower the greater its weight, and the one that
 * is furthest behind runs. One that wakes up has not saved up the time that it slept: it begins
 * where the others are. But it is warped (the term of borrowed virtual time): for a short while it
 * counts as if it were a slice further behind, so that a vCPU that sleeps much and works little
 * runs at once; it pays for that later.
 */
@Unsaved("shares are counted anew")
public final class FairPolicy implements SchedulingPolicy {
  private final String name;
  private final long slice;
  private final Accounts<Account> accounts = new Accounts<>(context -> new Account());
  private List<SchedulingContext> present = List.of();

  @Unsaved("shares are counted anew")
  private static final class Account {
    /** Weighted time that the context has used: its actual virtual time. */
    long actual;

    /** Nanoseconds for which it may still run warped. */
    long warp;

    boolean ready;
  }

  /**
   * Shares time.
   *
   * @param slice nanoseconds by which a context of {@link
   *     SchedulingContext.Reservation#DEFAULT_WEIGHT} may run ahead of one that waits
   */
  public FairPolicy(long slice) {
    this("fair", slice);
  }

  private FairPolicy(String name, long slice) {
    if (slice <= 0) {
      throw new IllegalArgumentException("a slice must be positive: " + slice);
    }
    this.name = name;
    this.slice = slice;
  }

  /** The same for a pool of physical CPUs. */
  public static FairPolicy ofPool(long slice) {
    return new FairPolicy("pool", slice);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Status admit(List<SchedulingContext> present, SchedulingContext candidate) {
    return Status.OK;
  }

  @Override
  public SchedulingContext pick(List<SchedulingContext> contexts, long now) {
    present = contexts;
    accounts.update(contexts);
    admitSleepers(contexts, now);
    SchedulingContext best = null;
    for (SchedulingContext context : contexts) {
      boolean candidate = context.free() && accounts.of(context).ready;
      if (candidate && (best == null || effective(context) < effective(best))) {
        best = context;
      }
    }
    return best;
  }

  /** Brings vCPUs that have just become ready to the virtual time of the others, and warps them. */
  private void admitSleepers(List<SchedulingContext> contexts, long now) {
    long current = schedulerTime(contexts);
    for (SchedulingContext context : contexts) {
      Account account = accounts.of(context);
      boolean ready = context.wants(now);
      if (ready && !account.ready) {
        account.actual = Math.max(account.actual, current);
        account.warp = slice;
      }
      account.ready = ready;
    }
  }

  /** The least actual virtual time of the vCPUs that were ready; no sleeper falls behind it. */
  private long schedulerTime(List<SchedulingContext> contexts) {
    long least = Long.MAX_VALUE;
    long greatest = 0;
    for (SchedulingContext context : contexts) {
      Account account = accounts.of(context);
      greatest = Math.max(greatest, account.actual);
      least = account.ready ? Math.min(least, account.actual) : least;
    }
    return least == Long.MAX_VALUE ? greatest : least;
  }

  private long effective(SchedulingContext context) {
    Account account = accounts.of(context);
    return account.warp > 0 ? account.actual - slice : account.actual;
  }

  @Override
  public long slice(SchedulingContext chosen, long now) {
    long ahead = Long.MAX_VALUE;
    for (SchedulingContext other : present) {
      if (other != chosen && other.free() && accounts.of(other).ready) {
        ahead = Math.min(ahead, effective(other) - effective(chosen));
      }
    }
    if (ahead == Long.MAX_VALUE) {
      return slice;
    }
    long warp = accounts.of(chosen).warp;
    long fair = realTime(chosen, ahead + slice);
    return warp > 0 ? Math.min(warp, fair) : fair;
  }

  @Override
  public void charge(SchedulingContext context, long nanos) {
    Account account = accounts.of(context);
    account.actual += virtualTime(context, nanos);
    account.warp = Math.max(0, account.warp - nanos);
  }

  @Override
  public boolean preempts(SchedulingContext woken, SchedulingContext running) {
    return true;
  }

  private static long virtualTime(SchedulingContext context, long nanos) {
    return nanos * SchedulingContext.Reservation.DEFAULT_WEIGHT / context.reservation().weight();
  }

  private static long realTime(SchedulingContext context, long virtual) {
    return virtual * context.reservation().weight() / SchedulingContext.Reservation.DEFAULT_WEIGHT;
  }
}
