package atoll.kernel;

import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Physical CPUs that share their vCPUs and one policy: each executes whichever waits. Most have one
 * pCPU only.
 *
 * <p>A vCPU is of the pCPU that executes it or has executed it last: that one looks after its
 * timer. Whoever wakes a vCPU tells one pCPU of it, which executes it, or calls one that is idle,
 * or has it wait for its turn; so no order of the two is wrong.
 */
@Unsaved("who runs where is chosen anew")
final class CpuPool {
  /**
   * Nanoseconds for which a vCPU waits for the pCPU on which it was woken, before a parked one is
   * called: who has woken it often waits for it next, and to wake a thread of the host takes
   * longer.
   */
  static final long HOLD = 50_000;

  /**
   * Nanoseconds of its turn that a vCPU which waits for others gives one of them at a time: long
   * beside the few microseconds after which it gives way again.
   */
  static final long HELP = 100_000;

  /**
   * Nanoseconds after which one that an idle pCPU has been called for has its turn here: the host
   * may have no CPU for that one.
   */
  private static final long CALL = 500_000;

  private final SchedulingPolicy policy;

  /** All of them once the platform is made. */
  private final List<Pcpu> pcpus = new ArrayList<>();

  /** Never changed in place: others decide on what they have read once. */
  private volatile List<SchedulingContext> contexts = List.of();

  /** So far; guarded by this. */
  private long turns;

  CpuPool(SchedulingPolicy policy) {
    this.policy = policy;
  }

  /** Makes a pCPU one of them; before anything is executed. */
  void join(Pcpu pcpu) {
    pcpus.add(pcpu);
  }

  String policy() {
    return policy.name();
  }

  boolean preempts(SchedulingContext woken, SchedulingContext running) {
    return policy.preempts(woken, running);
  }

  /** All that are executed here, whoever has them. */
  List<SchedulingContext> contexts() {
    return contexts;
  }

  /** Adds a context, if the policy admits it. */
  synchronized Status add(SchedulingContext context) {
    Status admitted = policy.admit(contexts, context);
    if (admitted == Status.OK) {
      List<SchedulingContext> grown = new ArrayList<>(contexts);
      grown.add(context);
      contexts = List.copyOf(grown);
    }
    return admitted;
  }

  /** Removes a context that does not execute; the policy forgets it at its next choice. */
  synchronized void remove(SchedulingContext context) {
    contexts = contexts.stream().filter(c -> !c.equals(context)).toList();
    for (Pcpu pcpu : pcpus) {
      pcpu.forget(context);
      pcpu.call();
    }
  }

  // ------------------------------------------------------------ choices

  /**
   * Chooses whom a pCPU executes, which has it from then on.
   *
   * @param turn filled in
   * @return whether there is one
   */
  synchronized boolean choose(Pcpu pcpu, Turn turn, long now) {
    SchedulingContext due = keeps(turn, now) ? turn.chosen : policy.pick(contexts, now);
    if (due == null) {
      turn.chosen = null;
      turn.payer = null;
      return false;
    }
    SchedulingContext helper = due.gaveWay() ? helper(due, now) : null;
    turn.gaveWay = false;
    turn.payer = due;
    turn.chosen = helper == null ? due : helper;
    turn.slice = policy.slice(due, now);
    if (pcpus.size() > 1) {
      share(pcpu, turn, now);
    }
    if (helper != null) {
      turn.slice = Math.min(turn.slice, HELP);
    }
    turn.chosen.take(pcpu); // nothing may throw from here on
    return true;
  }

  /** Whether the pCPU goes on with whom it has had, since another one is there for the others. */
  private boolean keeps(Turn turn, long now) {
    SchedulingContext last = turn.chosen;
    return pcpus.size() > 1
        && last != null
        && !turn.gaveWay
        && !turn.called
        && contexts.contains(last)
        && last.ready(now)
        && idle(Pcpu::idle) != null;
  }

  /**
   * Whom the turn of one can be given to that waits for something that others do: one that does not
   * wait itself, or has not looked since.
   *
   * @return null if there is none, or if somebody has got on since, so that it looks again itself
   */
  private SchedulingContext helper(SchedulingContext waiting, long now) {
    SchedulingContext best = null;
    for (SchedulingContext other : contexts) {
      if (other.gotOnSince(waiting)) {
        return null;
      }
      boolean can = other.mayHelp(waiting) && helps(other, waiting, now);
      if (can && (best == null || other.before(best))) {
        best = other;
      }
    }
    return best;
  }

  /** Whether there is anybody for whom a vCPU can give way. */
  boolean helped(SchedulingContext waiting, long now) {
    List<SchedulingContext> all = contexts;
    for (int i = 0; i < all.size(); i++) {
      if (helps(all.get(i), waiting, now)) {
        return true;
      }
    }
    return false;
  }

  private static boolean helps(SchedulingContext other, SchedulingContext waiting, long now) {
    return other != waiting && other.ofSameDomain(waiting) && other.ready(now);
  }

  /** What follows for the pool's other pCPUs: one that is idle is called, or all take turns. */
  private void share(Pcpu pcpu, Turn turn, long now) {
    turn.called = false;
    if (!waits(turn.chosen, now)) {
      turn.held = 0;
      turn.slice = Long.MAX_VALUE;
      return;
    }
    Pcpu idle = idle(Pcpu::idle);
    if (idle == null) {
      turn.held = 0;
      limitOthers(pcpu);
    } else if (turn.held > now) {
      turn.slice = Math.min(turn.slice, turn.held - now);
    } else {
      turn.held = 0;
      turn.called = true;
      turn.slice = Math.min(turn.slice, CALL);
      idle.call();
    }
  }

  private void limitOthers(Pcpu pcpu) {
    for (int i = 0; i < pcpus.size(); i++) {
      pcpus.get(i).limit(pcpu);
    }
  }

  /** Whether somebody is ready whom no pCPU has. */
  boolean waits(SchedulingContext besides, long now) {
    List<SchedulingContext> all = contexts;
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i) != besides && all.get(i).ready(now)) {
        return true;
      }
    }
    return false;
  }

  /** When the next choice may differ by itself. */
  synchronized long nextChange(long now) {
    return policy.nextChange(contexts, now);
  }

  /** Says how much time a turn has taken, which is over. */
  synchronized void charge(Turn turn, long nanos) {
    turn.chosen.tookTurn(++turns, turn.gaveWay);
    policy.charge(turn.payer, nanos);
  }

  // ------------------------------------------------------------ calls

  /** Tells one of the pCPUs, any thread's, that a vCPU may be ready. */
  void wake(SchedulingContext woken) {
    Pcpu home = woken.pcpu();
    if (pcpus.size() == 1 || !woken.free()) {
      home.call(woken);
      return;
    }
    Pcpu looking = idle(Pcpu::looking);
    Pcpu here = looking == null ? idle(Pcpu::current) : null;
    if (looking != null) {
      looking.call();
    } else if (here != null) {
      here.hold();
    } else if (home.idle()) {
      home.call();
    } else {
      Pcpu idle = idle(Pcpu::idle);
      if (idle == null) {
        home.call(woken);
      } else {
        idle.call();
      }
    }
  }

  /** Whether a pCPU of them is idle. */
  boolean idles() {
    return pcpus.size() > 1 && idle(Pcpu::idle) != null;
  }

  private Pcpu idle(Predicate<Pcpu> state) {
    for (int i = 0; i < pcpus.size(); i++) {
      if (state.test(pcpus.get(i))) {
        return pcpus.get(i);
      }
    }
    return null;
  }

  /** Whom a pCPU executes, for how long, and who pays for it; used by the pCPU's thread. */
  @Unsaved("of the dispatch under way")
  static final class Turn {
    /** Whose vCPU it executes, or has executed. */
    SchedulingContext chosen;

    /** Whose turn it is: another one's, if that waits for what others do. */
    SchedulingContext payer;

    /** Nanoseconds. */
    long slice;

    /** Whether it is over because the one that has it waits for others. */
    boolean gaveWay;

    /** Until when those that were woken here are not to be taken by others; 0 if none was. */
    long held;

    /** Whether an idle pCPU was called for those that wait. */
    boolean called;
  }
}
