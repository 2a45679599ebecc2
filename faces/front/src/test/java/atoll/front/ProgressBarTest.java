package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.image.Progress.Unit;
import atoll.manager.Event;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressBarTest {
  private static final String LONG_NAME =
      "linux-image-6.12.117+deb13-riscv64_6.12.117-1_riscv64.deb";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final SteppedClock clock = new SteppedClock();
  private int columns;

  /** Goes on when told to. */
  private static final class SteppedClock implements Clock {
    private long nanos;

    void seconds(int seconds) {
      nanos += seconds * 1_000_000_000L;
    }

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public long epochNanos() {
      return nanos;
    }
  }

  private ProgressBar bar(int columns) {
    this.columns = columns;
    return new ProgressBar(
        new PrintStream(bytes, true, StandardCharsets.UTF_8), () -> this.columns, clock);
  }

  private String shown() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** What was drawn one over the other, without what erases the rest of the line. */
  private String[] drawn() {
    return shown().replace("\033[K", "").split("\r", -1);
  }

  @Test
  void onATerminalOneLineMoves() {
    ProgressBar bar = bar(80);
    bar.accept(new Event.StepBegan("kernel.deb", 4 << 20, Unit.BYTES));
    bar.accept(new Event.StepAdvanced(2 << 20));
    bar.accept(new Event.StepAdvanced((2 << 20) + 1));
    bar.accept(new Event.StepAdvanced(4 << 20));
    bar.accept(new Event.StepEnded());
    assertThat(drawn())
        .containsExactly(
            "",
            "atoll: kernel.deb [........................] 0 % of 4.0 MiB",
            "atoll: kernel.deb [############............] 50 % of 4.0 MiB",
            "atoll: kernel.deb [########################] 100 % of 4.0 MiB\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 10, 20, 40, 60, 80, 132})
  void noLineReachesTheLastColumn(int columns) {
    ProgressBar bar = bar(columns);
    bar.accept(new Event.StepBegan(LONG_NAME, 100 << 20, Unit.BYTES));
    for (int done = 0; done <= 100; done++) {
      clock.seconds(1);
      bar.accept(new Event.StepAdvanced((long) done << 20));
    }
    bar.accept(new Event.StepEnded());
    bar.accept(new Event.StepBegan("unpacking " + LONG_NAME, 0, Unit.BYTES));
    bar.accept(new Event.StepEnded());
    assertThat(drawn()).allMatch(line -> line.strip().length() < columns, "within " + columns);
    assertThat(shown().split("\n", -1)).as("no line is torn").hasSize(3);
  }

  @Test
  void ofALongNameTheBeginningIsShownAndTheNumbersStay() {
    ProgressBar bar = bar(80);
    bar.accept(new Event.StepBegan(LONG_NAME, 100 << 20, Unit.BYTES));
    bar.accept(new Event.StepAdvanced(0));
    clock.seconds(20);
    bar.accept(new Event.StepAdvanced(50 << 20));
    assertThat(drawn()[2])
        .startsWith("atoll: linux-image-")
        .contains("... [#####.....] 50 % of 100.0 MiB, 20 s, about 20 s left")
        .hasSizeLessThan(80);
    columns = 40;
    bar.accept(new Event.StepAdvanced(60 << 20));
    assertThat(drawn()[3]).isEqualTo("\033[Jatoll: linux-imag...: 60 % of 100.0 MiB");
  }

  @Test
  void aWindowThatHasBecomeNarrowerLeavesNoRestOfTheFormerLine() {
    ProgressBar bar = bar(80);
    bar.accept(new Event.StepBegan("kernel.deb", 4 << 20, Unit.BYTES));
    columns = 20;
    bar.accept(new Event.StepAdvanced(2 << 20));
    assertThat(shown())
        .as("59 characters are three lines of 20: the first of them is where the line begins")
        .endsWith("\033[2A\r\033[J50 % of 4.0 MiB\033[K");
    columns = 80;
    bar.accept(new Event.StepAdvanced(3 << 20));
    assertThat(shown()).contains("\033[K\ratoll: kernel.deb [##################......] 75 %");
  }

  @Test
  void runsAreCountedAndTheOneThatIsUnderWayIsNamed() {
    ProgressBar bar = bar(80);
    bar.accept(new Event.StepBegan("comparing", 8, Unit.RUNS));
    bar.accept(new Event.StepPart("boot of Linux, shadow"));
    clock.seconds(90);
    bar.accept(new Event.StepAdvanced(2));
    assertThat(drawn()[3])
        .isEqualTo("atoll: boot of Linux, shadow [##........] 2 of 8, 90 s, about 4:30 min left");
  }

  @Test
  void aStepWithinAnotherHasALineOfItsOwnAndTheOuterOneGoesOn() {
    ProgressBar bar = bar(80);
    bar.accept(new Event.StepBegan("comparing", 8, Unit.RUNS));
    bar.accept(new Event.StepBegan("kernel.deb", 4 << 20, Unit.BYTES));
    bar.accept(new Event.StepAdvanced(4 << 20));
    bar.accept(new Event.StepEnded());
    bar.accept(new Event.StepAdvanced(1));
    bar.accept(new Event.StepEnded());
    assertThat(drawn())
        .containsExactly(
            "",
            "atoll: comparing [........................] 0 of 8",
            "atoll: kernel.deb [........................] 0 % of 4.0 MiB",
            "atoll: kernel.deb [########################] 100 % of 4.0 MiB\n",
            "atoll: comparing [........................] 0 of 8",
            "atoll: comparing [##......................] 1 of 8\n");
  }

  @Test
  void inAPipeALineComesPerQuarter() {
    ProgressBar bar = bar(0);
    bar.accept(new Event.StepBegan("kernel.deb", 1000, Unit.BYTES));
    for (int done = 0; done <= 1000; done += 10) {
      clock.seconds(1);
      bar.accept(new Event.StepAdvanced(done));
    }
    bar.accept(new Event.StepEnded());
    assertThat(shown().lines())
        .containsExactly(
            "atoll: kernel.deb (1 KiB)...",
            "atoll: kernel.deb: 25 % of 1 KiB, 26 s, about 78 s left",
            "atoll: kernel.deb: 50 % of 1 KiB, 51 s, about 51 s left",
            "atoll: kernel.deb: 75 % of 1 KiB, 76 s, about 25 s left",
            "atoll: kernel.deb: 100 % of 1 KiB, 1:41 min");
    assertThat(shown()).doesNotContain("\r", "\033");
  }

  @Test
  void inAPipeQuickWorkIsOneLineAndSlowWorkALineEachMinute() {
    ProgressBar bar = bar(0);
    bar.accept(new Event.StepBegan("quick.deb", 1000, Unit.BYTES));
    bar.accept(new Event.StepAdvanced(500));
    bar.accept(new Event.StepAdvanced(1000));
    bar.accept(new Event.StepEnded());
    bar.accept(new Event.StepBegan("slow.deb", 1000, Unit.BYTES));
    for (int done = 1; done <= 120; done++) {
      clock.seconds(1);
      bar.accept(new Event.StepAdvanced(done));
    }
    assertThat(shown().lines())
        .containsExactly(
            "atoll: quick.deb (1 KiB)...",
            "atoll: slow.deb (1 KiB)...",
            "atoll: slow.deb: 6 % of 1 KiB, 60 s, about 15:56 min left",
            "atoll: slow.deb: 12 % of 1 KiB, 2:00 min, about 14:47 min left");
  }

  @Test
  void aStepOfUnknownLengthIsNamed() {
    ProgressBar bar = bar(0);
    bar.accept(new Event.StepBegan("unpacking", 0, Unit.BYTES));
    bar.accept(new Event.StepAdvanced(5));
    bar.accept(new Event.StepEnded());
    assertThat(shown().lines()).containsExactly("atoll: unpacking...");
  }
}
