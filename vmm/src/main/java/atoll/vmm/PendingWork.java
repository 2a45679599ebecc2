package atoll.vmm;

import atoll.device.ExitBudget;
import atoll.device.GuestWork;
import atoll.device.GuestWorkQueue;
import atoll.kernel.Continuation;
import atoll.kernel.Vcpu;
import atoll.kernel.VcpuState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What the exits of one VM have left over: a queue for each vCPU, served before it executes guest
 * code again. Devices do not know whose exit they serve, so they add to a list of the whole VM,
 * which the vCPU takes over as soon as the device returns.
 *
 * <p>It cannot grow: each piece of work is there once, and a vCPU makes no more exits before it has
 * done its own.
 */
final class PendingWork implements GuestWorkQueue {
  private final List<Queue> queues = new ArrayList<>();
  private final List<GuestWork> unclaimed = new ArrayList<>();

  /** Whether there may be unclaimed work; looked at after every exit. */
  private volatile boolean any;

  /** The vCPUs by index. */
  PendingWork(List<Vcpu> vcpus) {
    vcpus.forEach(vcpu -> queues.add(new Queue(vcpu)));
  }

  /** One vCPU's part. */
  private static final class Queue implements Continuation {
    private final Vcpu vcpu;
    private final ExitBudget budget = new ExitBudget();
    private final ArrayDeque<GuestWork> work = new ArrayDeque<>();

    private Queue(Vcpu vcpu) {
      this.vcpu = vcpu;
    }

    private void add(GuestWork added) {
      synchronized (this) {
        if (!work.contains(added)) {
          work.add(added);
        }
      }
      vcpu.proceed(this);
    }

    @Override
    public Progress step() {
      GuestWork first = first();
      if (first == null) {
        return Progress.DONE;
      }
      return switch (first.step(budget.refill())) {
        case DONE -> finished(first);
        case MORE -> Progress.MORE;
        case WAIT -> Progress.WAIT;
      };
    }

    private synchronized GuestWork first() {
      return work.peek();
    }

    private synchronized Progress finished(GuestWork done) {
      work.remove(done);
      return work.isEmpty() ? Progress.DONE : Progress.MORE;
    }

    /** Work stays in the queue during its step, so this reaches one that is about to wait, too. */
    private void ready() {
      if (first() != null) {
        vcpu.unblock();
      }
    }
  }

  @Override
  public void add(GuestWork work) {
    synchronized (unclaimed) {
      if (!unclaimed.contains(work)) {
        unclaimed.add(work);
      }
      any = true;
    }
  }

  /** Adds work for one vCPU, from the handler of its exit. */
  void add(Vcpu vcpu, GuestWork work) {
    queues.get(vcpu.index()).add(work);
  }

  /** The exit that {@code vcpu} has just made takes over what was added meanwhile. */
  void claim(Vcpu vcpu) {
    if (any) {
      take().forEach(queues.get(vcpu.index())::add);
    }
  }

  /** Has a vCPU that is not stopped do what was added outside of all exits. */
  void adopt() {
    queues.stream()
        .map(queue -> queue.vcpu)
        .filter(vcpu -> vcpu.state() != VcpuState.STOPPED)
        .findFirst()
        .ifPresent(this::claim);
  }

  private List<GuestWork> take() {
    synchronized (unclaimed) {
      List<GuestWork> taken = List.copyOf(unclaimed);
      unclaimed.clear();
      any = false;
      return taken;
    }
  }

  @Override
  public void ready() {
    queues.forEach(Queue::ready);
  }
}
