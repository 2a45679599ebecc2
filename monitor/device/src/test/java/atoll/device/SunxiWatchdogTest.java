package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class SunxiWatchdogTest {
  private static final int IRQ_ENABLE = 0x00;
  private static final int IRQ_STATUS = 0x04;
  private static final int CONTROL = 0x10;
  private static final int CONFIG = 0x14;
  private static final int MODE = 0x18;
  private static final long KEY = 0x16aa_0000L;
  private static final long RESTART = 0x14af;
  private static final long SECOND = 1_000_000_000L;

  private final ManualClock clock = new ManualClock();
  private final Wire wire = new Wire();
  private int bites;

  private SunxiWatchdog running(Optional<Long> initial) {
    SunxiWatchdog watchdog = new SunxiWatchdog(clock, clock, initial, wire, () -> bites++);
    watchdog.resume();
    return watchdog;
  }

  private SunxiWatchdog set(int mode) {
    SunxiWatchdog watchdog = running(Optional.empty());
    watchdog.write(MODE, 4, KEY | mode);
    return watchdog;
  }

  @Test
  void itWaitsForTheGuestToStartIt() {
    running(Optional.empty());
    clock.advance(1000 * SECOND);
    assertThat(bites).isZero();
  }

  @Test
  void itBitesOnceWhenItsIntervalPassesWithoutARestart() {
    set(0x51); // 5 s
    clock.advance(5 * SECOND - 1);
    assertThat(bites).isZero();
    clock.advance(1);
    assertThat(bites).isEqualTo(1);
    clock.advance(100 * SECOND);
    assertThat(bites).isEqualTo(1);
  }

  @Test
  void intervalsAreThoseOfTheManual() {
    int[] halfSeconds = {1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 28, 32, 32, 32, 32, 32};
    for (int field = 0; field < halfSeconds.length; field++) {
      bites = 0;
      set(field << 4 | 1);
      clock.advance(halfSeconds[field] * SECOND / 2 - 1);
      assertThat(bites).isZero();
      clock.advance(1);
      assertThat(bites).as("interval %d", field).isEqualTo(1);
    }
  }

  @Test
  void aRestartBeginsTheIntervalAgain() {
    SunxiWatchdog watchdog = set(0x11); // 1 s
    for (int i = 0; i < 10; i++) {
      clock.advance(SECOND - 1);
      watchdog.write(CONTROL, 4, RESTART);
    }
    assertThat(bites).isZero();
    assertThat(clock.armed()).isEqualTo(1);
    clock.advance(SECOND);
    assertThat(bites).isEqualTo(1);
  }

  @Test
  void aRestartWithoutItsPatternIsNone() {
    SunxiWatchdog watchdog = set(0x11);
    clock.advance(SECOND - 1);
    watchdog.write(CONTROL, 4, 1);
    clock.advance(1);
    assertThat(bites).isEqualTo(1);
  }

  @Test
  void configurationNeedsItsKeyAndDoesNotShowIt() {
    SunxiWatchdog watchdog = set(0x11);
    watchdog.write(MODE, 4, 0);
    watchdog.write(CONFIG, 4, 2);
    assertThat(watchdog.read(MODE, 4)).isEqualTo(0x11);
    assertThat(watchdog.read(CONFIG, 4)).isEqualTo(1);
    watchdog.write(MODE, 4, KEY);
    assertThat(watchdog.read(MODE, 4)).isZero();
    clock.advance(100 * SECOND);
    assertThat(bites).isZero();
  }

  @Test
  void inInterruptModeItTellsTheGuestAndGoesOn() {
    SunxiWatchdog watchdog = running(Optional.empty());
    watchdog.write(IRQ_ENABLE, 4, 1);
    watchdog.write(CONFIG, 4, KEY | 2);
    watchdog.write(MODE, 4, KEY | 0x11);
    clock.advance(SECOND);
    assertThat(wire.high).isTrue();
    assertThat(watchdog.read(IRQ_STATUS, 4)).isEqualTo(1);
    watchdog.write(IRQ_STATUS, 4, 1);
    assertThat(wire.high).isFalse();
    clock.advance(SECOND);
    assertThat(wire.high).isTrue();
    assertThat(bites).isZero();
  }

  @Test
  void armedFromTheStartItBitesAGuestThatNeverTookItOver() {
    running(Optional.of(3 * SECOND));
    clock.advance(3 * SECOND);
    assertThat(bites).isEqualTo(1);
  }

  @Test
  void armedFromTheStartItKeepsItsSpanUntilTheGuestSetsAnother() {
    SunxiWatchdog watchdog = running(Optional.of(20 * SECOND));
    assertThat(watchdog.read(MODE, 4) & 1).isEqualTo(1);
    clock.advance(19 * SECOND);
    watchdog.write(CONTROL, 4, RESTART);
    clock.advance(19 * SECOND);
    assertThat(bites).isZero();
    watchdog.write(MODE, 4, KEY | 0x11);
    clock.advance(SECOND);
    assertThat(bites).isEqualTo(1);
  }

  @Test
  void timeOfAPauseDoesNotCount() {
    SunxiWatchdog watchdog = set(0x21); // 2 s
    clock.advance(SECOND);
    watchdog.pause();
    clock.advance(1000 * SECOND);
    assertThat(bites).isZero();
    watchdog.resume();
    clock.advance(SECOND - 1);
    assertThat(bites).isZero();
    clock.advance(1);
    assertThat(bites).isEqualTo(1);
  }

  @Test
  void onlyAlignedWordsOfItsRegistersAreDecoded() {
    SunxiWatchdog watchdog = running(Optional.empty());
    assertThat(watchdog.decodes(MODE, 4, true)).isTrue();
    assertThat(watchdog.decodes(MODE, 2, true)).isFalse();
    assertThat(watchdog.decodes(2, 4, true)).isFalse();
    assertThat(watchdog.decodes(0x20, 4, false)).isFalse();
  }

  @Test
  void restoredStateGoesOnWhereItWas() {
    SunxiWatchdog watchdog = set(0x51);
    clock.advance(2 * SECOND);
    SunxiWatchdog.State state = watchdog.state();
    watchdog.pause();
    SunxiWatchdog copy = running(Optional.empty());
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    clock.advance(3 * SECOND - 1);
    assertThat(bites).isZero();
    clock.advance(1);
    assertThat(bites).isEqualTo(1);
  }
}
