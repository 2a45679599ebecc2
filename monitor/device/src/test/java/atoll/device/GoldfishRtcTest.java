package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GoldfishRtcTest {
  private static final int TIME_LOW = 0;
  private static final int TIME_HIGH = 4;
  private static final int ALARM_LOW = 8;
  private static final int ALARM_HIGH = 0xc;
  private static final int IRQ_ENABLED = 0x10;
  private static final int CLEAR_ALARM = 0x14;
  private static final int ALARM_STATUS = 0x18;
  private static final int CLEAR_INTERRUPT = 0x1c;

  private final ManualClock clock = new ManualClock();
  private final Wire wire = new Wire();
  private final GoldfishRtc rtc = new GoldfishRtc(clock, clock, wire);

  private long time() {
    long low = rtc.read(TIME_LOW, 4);
    return rtc.read(TIME_HIGH, 4) << 32 | low;
  }

  private void setAlarm(long nanos) {
    rtc.write(ALARM_HIGH, 4, nanos >>> 32);
    rtc.write(ALARM_LOW, 4, nanos & 0xffff_ffffL);
  }

  @Test
  void timeIsTheClocksNanosecondsSince1970() {
    assertThat(time()).isEqualTo(clock.epochNanos());
    clock.advance(5_000_000_000L);
    assertThat(time()).isEqualTo(clock.epochNanos());
  }

  @Test
  void readingTheLowWordLatchesTheHighOne() {
    final long before = clock.epochNanos();
    rtc.read(TIME_LOW, 4);
    clock.advance(1L << 33);
    assertThat(rtc.read(TIME_HIGH, 4)).isEqualTo(before >>> 32);
  }

  @Test
  void theGuestSetsItsOwnTime() {
    long target = 0x0123_4567_89ab_cdefL;
    rtc.write(TIME_HIGH, 4, target >>> 32);
    rtc.write(TIME_LOW, 4, target & 0xffff_ffffL);
    assertThat(time()).isEqualTo(target);
    clock.advance(10);
    assertThat(time()).isEqualTo(target + 10);
  }

  @Test
  void anAlarmInterruptsWhenItsTimeHasCome() {
    rtc.write(IRQ_ENABLED, 4, 1);
    setAlarm(clock.epochNanos() + 1_000);
    assertThat(rtc.read(ALARM_STATUS, 4)).isEqualTo(1);
    clock.advance(999);
    assertThat(wire.high).isFalse();
    clock.advance(1);
    assertThat(wire.high).isTrue();
    assertThat(rtc.read(ALARM_STATUS, 4)).isZero();
    rtc.write(CLEAR_INTERRUPT, 4, 1);
    assertThat(wire.high).isFalse();
  }

  @Test
  void anAlarmInThePastRingsAtOnce() {
    rtc.write(IRQ_ENABLED, 4, 1);
    setAlarm(clock.epochNanos());
    assertThat(wire.high).isTrue();
    assertThat(clock.armed()).isZero();
  }

  @Test
  void aClearedAlarmDoesNotRing() {
    rtc.write(IRQ_ENABLED, 4, 1);
    setAlarm(clock.epochNanos() + 10);
    rtc.write(CLEAR_ALARM, 4, 1);
    clock.advance(100);
    assertThat(wire.high).isFalse();
    assertThat(clock.armed()).isZero();
  }

  @Test
  void aRungAlarmWaitsForTheInterruptToBeEnabled() {
    setAlarm(clock.epochNanos() + 10);
    clock.advance(10);
    assertThat(wire.high).isFalse();
    rtc.write(IRQ_ENABLED, 4, 1);
    assertThat(wire.high).isTrue();
  }

  @Test
  void settingTheTimeMovesTheAlarm() {
    rtc.write(IRQ_ENABLED, 4, 1);
    long start = clock.epochNanos();
    setAlarm(start + (2L << 32));
    long later = start + (1L << 32);
    rtc.write(TIME_HIGH, 4, later >>> 32);
    clock.advance(1L << 32);
    assertThat(wire.high).isTrue();
    assertThat(clock.armed()).isZero();
  }

  @Test
  void onlyTheRegistersAreDecodedAsWords() {
    assertThat(rtc.decodes(0, 4, false)).isTrue();
    assertThat(rtc.decodes(0, 8, false)).isFalse();
    assertThat(rtc.decodes(2, 4, false)).isFalse();
    assertThat(rtc.decodes(0x20, 4, false)).isFalse();
  }

  @Test
  void restoredStateIsTheSameMachine() {
    rtc.write(IRQ_ENABLED, 4, 1);
    rtc.write(TIME_HIGH, 4, 0x1111);
    setAlarm(time() + 50);
    GoldfishRtc.State state = rtc.state();
    Wire other = new Wire();
    GoldfishRtc copy = new GoldfishRtc(clock, clock, other);
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    clock.advance(50);
    assertThat(other.high).isTrue();
  }
}
