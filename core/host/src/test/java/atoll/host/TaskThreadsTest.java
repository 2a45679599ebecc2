package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class TaskThreadsTest {
  private final CountDownLatch held = new CountDownLatch(1);

  private void waitToBeLetGo() {
    try {
      held.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aSequenceHasAThreadOfItsOwnThatOthersDoNotWaitFor() throws Exception {
    try (TaskThreads slow = TaskThreads.sequence("slow/share0");
        TaskThreads other = TaskThreads.sequence("other/share0")) {
      for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
        slow.execute(this::waitToBeLetGo);
      }
      var served = new CompletableFuture<Thread>();
      other.execute(() -> served.complete(Thread.currentThread()));
      Thread thread = served.get();
      assertThat(thread.getName()).isEqualTo("other/share0");
      assertThat(thread.isDaemon()).isTrue();
      assertThat(thread.isVirtual()).isFalse();
      held.countDown();
    }
  }

  @Test
  void aCrewDoesSoManyTasksAtATimeAndRefusesAnotherOne() throws Exception {
    try (TaskThreads crew = TaskThreads.crew("crew/disk0", 3)) {
      CountDownLatch begun = new CountDownLatch(3);
      for (int i = 0; i < 3; i++) {
        crew.execute(() -> {
          begun.countDown();
          waitToBeLetGo();
        });
      }
      begun.await(); // All three are under way, which one thread could not do.
      assertThatThrownBy(() -> crew.execute(() -> {}))
          .isInstanceOf(RejectedExecutionException.class);
      held.countDown();
    }
  }

  @Test
  void aClosedOneTakesNoTask() {
    for (TaskThreads threads :
        new TaskThreads[] {TaskThreads.sequence("closed"), TaskThreads.crew("closed", 2)}) {
      threads.close();
      assertThatThrownBy(() -> threads.execute(() -> {}))
          .isInstanceOf(RejectedExecutionException.class);
    }
  }
}
