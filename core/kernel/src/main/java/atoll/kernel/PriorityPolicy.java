package atoll.kernel;

import java.util.List;

/**
 * The highest priority first, preemptively; equal ones in turn. A context with a budget runs for at
 * most that in each of its periods, and is admitted only if all reservations together leave no more
 * than the whole CPU. Time by which an exit overran is taken from the next period.
 */
public final class PriorityPolicy implements SchedulingPolicy {
  /** Nanoseconds of a turn among equal priorities. */
  static final long TURN = 10_000_000;

  /** By so much the sum of parts that make a whole may come out too large. */
  private static final double ROUNDING = 1e-9;

  private final Accounts<Account> accounts = new Accounts<>(Account::new);
  private List<SchedulingContext> present = List.of();
  private long turns;

  private static final class Account {
    private final SchedulingContext.Reservation reservation;

    /** Nanoseconds left in this period; an overrun makes it negative. */
    long budget;

    /** When the next period begins; unset until the context is first seen. */
    long replenishment = -1;

    /** Nanoseconds left of its turn. */
    long turn = TURN;

    /** Among equals, the least goes first. */
    long place;

    boolean ready;

    Account(SchedulingContext context) {
      reservation = context.reservation();
      budget = reservation.budget();
    }

    void replenish(long now) {
      if (!reservation.limited()) {
        return;
      }
      if (replenishment < 0) {
        replenishment = now + reservation.period();
      }
      if (replenishment <= now) {
        long periods = 1 + (now - replenishment) / reservation.period();
        replenishment += periods * reservation.period();
        budget = Math.min(reservation.budget(), budget + periods * reservation.budget());
      }
    }

    boolean eligible() {
      return ready && budget > 0;
    }
  }

  @Override
  public String name() {
    return "priority";
  }

  @Override
  public Status admit(List<SchedulingContext> present, SchedulingContext candidate) {
    double sum = candidate.reservation().utilisation();
    for (SchedulingContext context : present) {
      sum += context.reservation().utilisation();
    }
    return sum <= 1 + ROUNDING ? Status.OK : Status.OVERCOMMITTED;
  }

  @Override
  public SchedulingContext pick(List<SchedulingContext> contexts, long now) {
    present = contexts;
    accounts.update(contexts);
    SchedulingContext best = null;
    for (SchedulingContext context : contexts) {
      Account account = accounts.of(context);
      account.replenish(now);
      updateTurn(account, context.ready(now));
      if (account.eligible() && (best == null || before(context, best))) {
        best = context;
      }
    }
    return best;
  }

  /**
   * A vCPU that has used its turn, or has just become ready, goes behind the others of its
   * priority.
   */
  private void updateTurn(Account account, boolean ready) {
    if (account.turn <= 0 || ready && !account.ready) {
      account.turn = TURN;
      account.place = ++turns;
    }
    account.ready = ready;
  }

  private boolean before(SchedulingContext a, SchedulingContext b) {
    return a.priority() != b.priority()
        ? a.priority() > b.priority()
        : accounts.of(a).place < accounts.of(b).place;
  }

  @Override
  public long slice(SchedulingContext chosen, long now) {
    Account account = accounts.of(chosen);
    return Math.min(account.budget, account.turn);
  }

  @Override
  public void charge(SchedulingContext context, long nanos) {
    Account account = accounts.of(context);
    account.turn -= nanos;
    if (context.reservation().limited()) {
      account.budget -= nanos;
    }
  }

  /** When the first context that has something to do gets its budget back. */
  @Override
  public long nextChange(List<SchedulingContext> contexts, long now) {
    long earliest = Long.MAX_VALUE;
    for (SchedulingContext context : present) {
      Account account = accounts.of(context);
      if (account.ready && account.budget <= 0) {
        earliest = Math.min(earliest, account.replenishment);
      }
    }
    return earliest;
  }

  @Override
  public boolean preempts(SchedulingContext woken, SchedulingContext running) {
    return woken.priority() > running.priority();
  }
}
