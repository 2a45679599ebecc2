package atoll.kernel;

import atoll.state.Unsaved;
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

  @Unsaved("as of the last choice")
  private List<SchedulingContext> present = List.of();

  @Unsaved("whose turn it is begins anew")
  private long turns;

  @Unsaved("whose turn it is begins anew; budgets are the context's")
  private static final class Account {
    private final Allowance allowance;

    /** Nanoseconds left of its turn. */
    long turn = TURN;

    /** Among equals, the least goes first. */
    long place;

    boolean ready;

    Account(SchedulingContext context) {
      allowance = context.allowance;
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
      long left = account.allowance.at(now);
      updateTurn(account, context.ready(now));
      if (account.ready && left > 0 && (best == null || before(context, best))) {
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
    return Math.min(account.allowance.left(), account.turn);
  }

  @Override
  public void charge(SchedulingContext context, long nanos) {
    Account account = accounts.of(context);
    account.turn -= nanos;
    account.allowance.charge(nanos);
  }

  /** When the first context that has something to do gets its budget back. */
  @Override
  public long nextChange(List<SchedulingContext> contexts, long now) {
    long earliest = Long.MAX_VALUE;
    for (SchedulingContext context : present) {
      Account account = accounts.of(context);
      if (account.ready && account.allowance.left() <= 0) {
        earliest = Math.min(earliest, account.allowance.replenishment());
      }
    }
    return earliest;
  }

  @Override
  public boolean preempts(SchedulingContext woken, SchedulingContext running) {
    return woken.priority() > running.priority();
  }
}
