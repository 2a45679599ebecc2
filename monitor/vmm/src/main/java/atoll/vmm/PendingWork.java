package atoll.vmm;

import atoll.device.ExitBudget;
import atoll.device.GuestWork;
import atoll.device.GuestWorkQueue;
import atoll.kernel.Continuation;
import atoll.kernel.SystemCalls;
import atoll.kernel.Vcpu;
import atoll.kernel.VcpuState;
import atoll.state.Unsaved;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Work that one VM's guest has caused and that is too long for one exit: a queue for each vCPU,
 * served before it executes guest code again. Work from an exit goes to the vCPU that made it; what
 * comes up elsewhere, as at the end of a pause, to the first one that can do it.
 *
 * <p>It cannot grow: each device is in each queue once at most.
 */
final class PendingWork implements GuestWorkQueue {
  private final SystemCalls kernel;

  @Unsaved("settled before a state is taken")
  private final List<Queue> queues = new ArrayList<>();

  /** Work that came while every vCPU was stopped. */
  @Unsaved("settled before a state is taken")
  private final Set<GuestWork> unclaimed = new LinkedHashSet<>();

  /**
   * For one machine.
   *
   * @param kernel knows whose exit is being served
   * @param vcpus by index
   */
  PendingWork(SystemCalls kernel, List<Vcpu> vcpus) {
    this.kernel = kernel;
    vcpus.forEach(vcpu -> queues.add(new Queue(vcpu)));
  }

  /** One vCPU's part. */
  @Unsaved("settled before a state is taken")
  private static final class Queue implements Continuation {
    private final Vcpu vcpu;
    private final ExitBudget budget = new ExitBudget();
    private final ArrayDeque<GuestWork> work = new ArrayDeque<>();

    private final AtomicLong steps = new AtomicLong();
    private volatile long longest;

    /** The piece of work under way was added once more, so that its end is not the end of it. */
    private boolean again;

    private Queue(Vcpu vcpu) {
      this.vcpu = vcpu;
    }

    private boolean held() {
      return vcpu.state() == VcpuState.PAUSED;
    }

    /** Returns false, with nothing added, if the vCPU is stopped. */
    private boolean add(GuestWork added) {
      synchronized (this) {
        if (work.contains(added)) {
          again |= added.equals(work.peek());
        } else {
          work.add(added);
        }
      }
      return vcpu.proceed(this) || withdraw(added);
    }

    private synchronized boolean has(GuestWork wanted) {
      return work.contains(wanted);
    }

    private synchronized boolean withdraw(GuestWork added) {
      work.remove(added);
      return false;
    }

    @Override
    public Progress step() {
      GuestWork first = first();
      if (first == null) {
        return Progress.DONE;
      }
      GuestWork.Progress progress = first.step(budget.refill());
      count(budget.used());
      return switch (progress) {
        case DONE -> finished();
        case MORE -> Progress.MORE;
        case WAIT -> Progress.WAIT;
      };
    }

    /** By the vCPU's thread only. */
    private void count(long used) {
      steps.incrementAndGet();
      longest = Math.max(longest, used);
    }

    private synchronized GuestWork first() {
      again = false;
      return work.peek();
    }

    private synchronized Progress finished() {
      GuestWork done = work.poll();
      if (again) {
        work.add(done);
      }
      return work.isEmpty() ? Progress.DONE : Progress.MORE;
    }

    private synchronized List<GuestWork> takeAll() {
      List<GuestWork> all = List.copyOf(work);
      work.clear();
      return all;
    }

    /** Work stays in the queue during its step, so this reaches one that is about to wait, too. */
    private void ready() {
      boolean any;
      synchronized (this) {
        any = !work.isEmpty();
      }
      if (any) {
        vcpu.unblock();
      }
    }
  }

  @Override
  public void add(GuestWork work) {
    boolean taken = kernel.caller().map(vcpu -> queues.get(vcpu.index()).add(work)).orElse(false);
    if (!taken && !addToAny(work)) {
      synchronized (unclaimed) {
        unclaimed.add(work);
      }
    }
  }

  /**
   * Adds work to every other vCPU that is not stopped, unless it has it: none executes guest code
   * before it has done it.
   */
  void elsewhere(GuestWork work) {
    int here = kernel.caller().map(Vcpu::index).orElse(-1);
    queues.stream()
        .filter(queue -> queue.vcpu.index() != here && !queue.has(work))
        .forEach(queue -> {
          boolean ignored = queue.add(work); // One that is stopped executes nothing.
        });
  }

  /** Rather not to a vCPU that is held, since that can last. */
  private boolean addToAny(GuestWork work) {
    return queues.stream().anyMatch(queue -> !queue.held() && queue.add(work))
        || queues.stream().anyMatch(queue -> queue.add(work));
  }

  /** What has been done so far. */
  WorkSteps steps() {
    return new WorkSteps(
        queues.stream().mapToLong(queue -> queue.steps.get()).sum(),
        queues.stream().mapToLong(queue -> queue.longest).max().orElse(0));
  }

  /** A vCPU has been started: it does what came while all of them were stopped. */
  void adopt() {
    unclaimed().forEach(this::add);
  }

  private List<GuestWork> unclaimed() {
    synchronized (unclaimed) {
      List<GuestWork> left = List.copyOf(unclaimed);
      unclaimed.clear();
      return left;
    }
  }

  /**
   * Does all of it, on the caller's thread: no vCPU executes, and no device's own thread is busy,
   * so that nothing is left to wait for.
   */
  void settle() {
    for (Queue queue : queues) {
      while (queue.step() != Continuation.Progress.DONE) {
        Thread.onSpinWait();
      }
    }
    unclaimed().forEach(PendingWork::finish);
  }

  private static void finish(GuestWork left) {
    ExitBudget budget = new ExitBudget();
    while (left.step(budget.refill()) != GuestWork.Progress.DONE) {
      Thread.onSpinWait();
    }
  }

  /** A vCPU has been stopped: others do what it has not done. */
  void handOver(Vcpu stopped) {
    queues.get(stopped.index()).takeAll().forEach(this::add);
  }

  @Override
  public void ready() {
    queues.forEach(Queue::ready);
  }

  @Override
  public LongConsumer payer() {
    return caller()::charge;
  }

  private Vcpu caller() {
    return kernel.caller().orElse(queues.getFirst().vcpu);
  }

  @Override
  public Donor donor() {
    atoll.kernel.Donor donor = atoll.kernel.Donor.of(caller());
    return new Donor() {
      @Override
      public int priority() {
        return donor.priority();
      }

      @Override
      public void run(Runnable action) {
        donor.run(action);
      }
    };
  }
}
