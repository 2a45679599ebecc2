package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a thread without a task looks at before it parks. */
class TaskQueuesTest {
  private final AtomicLong now = new AtomicLong();
  private final Semaphore places = new Semaphore(1);
  private final BusyWait wait = new BusyWait(new StillClock(), places);
  private final CompletableFuture<Runnable> got = new CompletableFuture<>();
  private Thread worker;

  /** Time stands still unless it is moved: a look never ends by itself. */
  private final class StillClock implements Clock {
    @Override
    public long nanos() {
      return now.get();
    }

    @Override
    public long epochNanos() {
      return now.get();
    }
  }

  @AfterEach
  void end() throws InterruptedException {
    worker.interrupt();
    worker.join();
  }

  private void expectShortWaits() {
    wait.waited(now.getAndAdd(BusyWait.FIRST));
  }

  private void poll(BlockingQueue<Runnable> queue) {
    worker = Thread.ofPlatform().start(() -> take(queue));
  }

  private void take(BlockingQueue<Runnable> queue) {
    try {
      got.complete(queue.poll(1, TimeUnit.DAYS));
    } catch (InterruptedException e) {
      got.completeExceptionally(e);
    }
  }

  private void awaitLook() {
    while (places.availablePermits() > 0) {
      Thread.onSpinWait();
    }
  }

  private void awaitPark() {
    while (worker.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  private void give(BlockingQueue<Runnable> queue) throws Exception {
    Runnable task = () -> {};
    while (!queue.offer(task)) {
      Thread.onSpinWait();
    }
    assertThat(got.get()).isSameAs(task);
    assertThat(places.availablePermits()).isEqualTo(1);
  }

  @Test
  void aTaskIsSeenByAThreadThatLooksForIt() throws Exception {
    expectShortWaits();
    TaskHandover queue = new TaskHandover(wait);
    poll(queue);
    awaitLook();
    give(queue);
  }

  @Test
  void aTaskWakesAThreadThatHasLookedInVain() throws Exception {
    expectShortWaits();
    TaskHandover queue = new TaskHandover(wait);
    poll(queue);
    awaitLook();
    now.addAndGet(BusyWait.MOST);
    awaitPark();
    give(queue);
  }

  @Test
  void aTaskWakesAThreadThatHasNoReasonToLook() throws Exception {
    TaskHandover queue = new TaskHandover(wait);
    poll(queue);
    awaitPark();
    give(queue);
  }

  @Test
  void theOneThreadOfALineLooksForTheNextTask() throws Exception {
    expectShortWaits();
    TaskLine queue = new TaskLine(wait);
    poll(queue);
    awaitLook();
    give(queue);
  }

  @Test
  void theOneThreadOfALineIsWokenOnceItHasParked() throws Exception {
    expectShortWaits();
    TaskLine queue = new TaskLine(wait);
    poll(queue);
    awaitLook();
    now.addAndGet(BusyWait.MOST);
    awaitPark();
    give(queue);
  }
}
