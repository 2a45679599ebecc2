package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QuitRequestTest {
  private final QuitRequest quit = new QuitRequest();
  private final AtomicInteger stops = new AtomicInteger();

  @AfterEach
  void forgetInterrupts() {
    boolean ignored = Thread.interrupted();
  }

  @Test
  void theFirstRequestCountsAndStopsOnce() {
    quit.made(stops::incrementAndGet);
    quit.end(Ending.QUIT);
    quit.end(Ending.TIMEOUT);
    assertThat(quit.ending()).contains(Ending.QUIT);
    assertThat(stops).hasValue(1);
  }

  @Test
  void whileMachinesAreMadeTheirMakerIsInterruptedAndTheyAreStoppedAsSoonAsTheyAreThere() {
    quit.end(Ending.SIGNAL);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    quit.made(stops::incrementAndGet);
    assertThat(stops).hasValue(1);
    assertThat(Thread.currentThread().isInterrupted()).as("it was for the making only").isFalse();
  }

  @Test
  void aFailureToMakeWhatNobodyWantsIsNone() {
    quit.end(Ending.HANGUP);
    assertThat(quit.unmade(new IllegalStateException("interrupted"))).isEqualTo(Ending.HANGUP);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aFailureToMakeWhatIsWantedIsThrown() {
    IllegalStateException problem = new IllegalStateException("no memory");
    assertThatThrownBy(() -> quit.unmade(problem)).isSameAs(problem);
  }

  @Test
  void afterTheMakingNobodyIsInterrupted() {
    quit.made(stops::incrementAndGet);
    quit.end(Ending.SIGNAL);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}
