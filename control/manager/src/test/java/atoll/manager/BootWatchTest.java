package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.kernel.VcpuState;
import atoll.scenario.ConsoleKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BootWatchTest {
  private static final String PROMPT = "Linux on Atoll\r\natoll:~# ";
  private static final String QUESTION = "\033[6n";

  private final Times times = new Times();
  private final List<VcpuState> states = new ArrayList<>(List.of(VcpuState.HALTED));
  private int rests;
  private BootWatch watch;

  /** A clock that goes to the time of the next call, and calls it. */
  private static final class Times implements Clock, Timers {
    private record Call(long at, Runnable action) {}

    private final Queue<Call> calls = new ArrayDeque<>();
    private long now;

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public long epochNanos() {
      return now;
    }

    @Override
    public Armed at(long nanos, Runnable action) {
      calls.add(new Call(nanos, action));
      return () -> {};
    }

    @Override
    public void close() {}

    boolean next() {
      Call call = calls.poll();
      if (call != null) {
        now = call.at;
        call.action.run();
      }
      return call != null;
    }
  }

  @BeforeEach
  void begin() {
    watch = new BootWatch();
    watch.start(times, new PlatformClock(times), () -> states, () -> rests++);
  }

  private void look(int count) {
    for (int n = 0; n < count; n++) {
      times.next();
    }
  }

  private void prints(String text) {
    watch.accept(new Event.Printed("vm", ConsoleKind.VIRTIO, Bytes.of(text)));
  }

  @Test
  void aBootRestsOnceItsPromptIsThereAndItsVcpusHaveWaitedForAWhile() {
    look(20);
    prints(PROMPT);
    look(9);
    assertThat(rests).isZero();
    look(1);
    assertThat(rests).isEqualTo(1);
    assertThat(times.next()).isFalse();
    assertThat(watch.untouched()).isTrue();
  }

  @Test
  void aVcpuThatWorksDoesNotRest() {
    prints(PROMPT);
    look(9);
    states.add(VcpuState.RUNNING);
    look(1);
    states.set(1, VcpuState.STOPPED);
    look(9);
    assertThat(rests).isZero();
    look(1);
    assertThat(rests).isEqualTo(1);
  }

  @Test
  void whatIsPrintedOnTheSerialPortIsNoPrompt() {
    watch.accept(new Event.Printed("vm", ConsoleKind.SERIAL, Bytes.of(PROMPT)));
    prints("atoll:~# ls");
    look(40);
    assertThat(rests).isZero();
  }

  @Test
  void aQuestionToTheTerminalIsAnsweredFirst() {
    prints(PROMPT + QUESTION);
    look(40);
    assertThat(rests).isZero();
    watch.acted(new BoardAction.Type("vm", Bytes.of("\033[24;10R")));
    look(40);
    assertThat(rests).isEqualTo(1);
    assertThat(new String(watch.screen(), StandardCharsets.US_ASCII)).isEqualTo(PROMPT);
  }

  @Test
  void whoTypesOrActsEndsIt() {
    prints(PROMPT);
    watch.acted(new BoardAction.Type("vm", Bytes.of("l")));
    look(40);
    assertThat(rests).isZero();
    assertThat(watch.untouched()).isFalse();
    begin();
    prints(PROMPT);
    watch.acted(new BoardAction.ResizeConsole("vm", 80, 24));
    assertThat(watch.untouched()).isTrue();
    watch.acted(new LifeAction.Pause("vm"));
    look(40);
    assertThat(rests).isZero();
  }

  @Test
  void aBootThatTakesForEverOrPrintsALotIsGivenUp() {
    prints("x".repeat(1 << 14));
    assertThat(watch.untouched()).isTrue();
    prints("x");
    assertThat(watch.untouched()).isFalse();
    begin();
    int looks = 0;
    while (times.next()) {
      looks++;
    }
    assertThat(looks).isGreaterThan(1_000);
    assertThat(rests).isZero();
  }
}
