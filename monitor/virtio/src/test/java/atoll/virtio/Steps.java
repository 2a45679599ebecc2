package atoll.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.ExitBudget;
import atoll.device.GuestWork;
import atoll.device.GuestWorkQueue;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** A vCPU as far as devices see one: does what they leave over, in steps, and keeps count. */
final class Steps implements GuestWorkQueue {
  private final Deque<GuestWork> work = new ArrayDeque<>();
  private final ExitBudget budget = new ExitBudget();
  private boolean blocked;

  /** Steps done. */
  int count;

  /** Units that the longest of them has spent. */
  long longest;

  /** Nanoseconds that other threads have spent for the guest. */
  final AtomicLong charged = new AtomicLong();

  @Override
  public synchronized void add(GuestWork added) {
    if (!work.contains(added)) {
      work.add(added);
    }
  }

  @Override
  public synchronized void ready() {
    blocked = false;
    notifyAll();
  }

  @Override
  public Donor donor() {
    return Donor.NONE;
  }

  @Override
  public LongConsumer payer() {
    return charged::addAndGet;
  }

  /** Whether there is anything to do, or to wait for. */
  synchronized boolean any() {
    return !work.isEmpty();
  }

  /** Whether the next step has to wait for another thread. */
  synchronized boolean blocked() {
    return blocked;
  }

  /** Does all that can be done without waiting. */
  void run() {
    while (step()) {
      assertThat(count).as("steps").isLessThan(10_000_000);
    }
  }

  /** Does everything, waiting for other threads, as a vCPU does before guest code goes on. */
  void finish() throws InterruptedException {
    while (any()) {
      run();
      synchronized (this) {
        while (blocked) {
          wait();
        }
      }
    }
  }

  /** Does one step, and returns whether another can follow at once. */
  boolean step() {
    GuestWork next = take();
    if (next == null) {
      return false;
    }
    GuestWork.Progress progress = next.step(budget.refill());
    count++;
    longest = Math.max(longest, budget.used());
    return keep(next, progress);
  }

  private synchronized GuestWork take() {
    blocked = true; // Until ready() is called, if this step says that it waits.
    return work.poll();
  }

  private synchronized boolean keep(GuestWork stepped, GuestWork.Progress progress) {
    if (progress != GuestWork.Progress.DONE && !work.contains(stepped)) {
      work.addFirst(stepped);
    }
    blocked &= progress == GuestWork.Progress.WAIT;
    return !work.isEmpty() && !blocked;
  }
}
