package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ThreadTimeTest {
  private static final long WORK = 50_000_000;

  @BeforeEach
  void requireLinux() {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "only Linux tells it");
  }

  @Test
  void itGrowsByWorkAndNotByWaiting() throws InterruptedException {
    CompletableFuture<ThreadTime> time = new CompletableFuture<>();
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch worked = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread worker =
        Thread.ofPlatform()
            .start(() -> {
              time.complete(ThreadTime.ofCaller());
              await(go);
              long until = time.join().nanos() + WORK;
              while (time.join().nanos() < until) {
                Thread.onSpinWait();
              }
              worked.countDown();
              await(end);
            });
    long before = time.join().nanos();
    go.countDown();
    worked.await();
    while (worker.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    long after = time.join().nanos();
    assertThat(after - before).isGreaterThanOrEqualTo(WORK);
    // While this thread works, that one waits.
    ThreadTime own = ThreadTime.ofCaller();
    long until = own.nanos() + WORK;
    while (own.nanos() < until) {
      Thread.onSpinWait();
    }
    assertThat(time.join().nanos() - after).isLessThan(WORK / 2);
    end.countDown();
    worker.join();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aThreadThatHasEndedIsNotKnownAnyMore() throws InterruptedException {
    CompletableFuture<ThreadTime> time = new CompletableFuture<>();
    Thread thread = Thread.ofPlatform().start(() -> time.complete(ThreadTime.ofCaller()));
    thread.join();
    while (time.join().nanos() != ThreadTime.UNKNOWN) {
      Thread.onSpinWait(); // to Java it has ended, to the host it is about to
    }
  }
}
