package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class TaskThreadTest {
  @Test
  void aSequenceHasAThreadOfItsOwnThatOthersDoNotWaitFor() throws Exception {
    var held = new CountDownLatch(1);
    try (TaskThread slow = new TaskThread("slow/disk0");
        TaskThread other = new TaskThread("other/disk0")) {
      for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
        slow.execute(() -> {
          try {
            held.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
      }
      var served = new CompletableFuture<Thread>();
      other.execute(() -> served.complete(Thread.currentThread()));
      Thread thread = served.get();
      assertThat(thread.getName()).isEqualTo("other/disk0");
      assertThat(thread.isDaemon()).isTrue();
      assertThat(thread.isVirtual()).isFalse();
      held.countDown();
    }
  }

  @Test
  void aClosedOneTakesNoTask() {
    TaskThread thread = new TaskThread("closed");
    thread.close();
    assertThatThrownBy(() -> thread.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }
}
