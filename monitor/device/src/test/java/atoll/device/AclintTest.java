package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class AclintTest {
  private static final long MTIMECMP = 0x4000;
  private static final long MTIME = 0xbff8;

  private static final class Comparator implements TimerLine {
    private long deadline = -1;

    @Override
    public void deadline(long ticks) {
      deadline = ticks;
    }
  }

  private final ManualClock clock = new ManualClock();
  private final Wire software0 = new Wire();
  private final Wire software1 = new Wire();
  private final Comparator timer0 = new Comparator();
  private final Comparator timer1 = new Comparator();
  private final Aclint aclint =
      new Aclint(clock, List.of(software0, software1), List.of(timer0, timer1));

  @Test
  void softwareInterruptsFollowBitZeroOfTheirRegister() {
    aclint.write(4, 4, -1);
    assertThat(software1.high).isTrue();
    assertThat(software0.high).isFalse();
    assertThat(aclint.read(4, 4)).isEqualTo(1);
    aclint.write(4, 4, 0xfffe);
    assertThat(software1.high).isFalse();
    aclint.write(8, 4, 1); // No such hart.
    assertThat(aclint.read(8, 4)).isZero();
  }

  @Test
  void mtimeCountsTenTimesAMicrosecond() {
    clock.advance(1_000_000);
    assertThat(aclint.read(MTIME, 8)).isEqualTo(10_000);
    clock.advance(0x1_0000_0000L * 100);
    assertThat(aclint.read(MTIME, 4)).isEqualTo(10_000);
    assertThat(aclint.read(MTIME + 4, 4)).isEqualTo(1);
  }

  @Test
  void aDeadlineGoesToItsHartAsWritten() {
    aclint.write(MTIMECMP + 8, 8, 1234);
    assertThat(timer1.deadline).isEqualTo(1234);
    assertThat(timer0.deadline).isEqualTo(-1);
    assertThat(aclint.read(MTIMECMP + 8, 8)).isEqualTo(1234);
    aclint.write(MTIMECMP + 8, 8, -1);
    assertThat(timer1.deadline).isEqualTo(-1);
  }

  @Test
  void theHalvesOfADeadlineAreWrittenOneByOne() {
    aclint.write(MTIMECMP, 4, 0xffff_ffffL);
    aclint.write(MTIMECMP + 4, 4, 2);
    aclint.write(MTIMECMP, 4, 3);
    assertThat(timer0.deadline).isEqualTo(0x2_0000_0003L);
    assertThat(aclint.read(MTIMECMP, 4)).isEqualTo(3);
    assertThat(aclint.read(MTIMECMP + 4, 4)).isEqualTo(2);
  }

  @Test
  void noDeadlineIsSetBeforeTheGuestSetsOne() {
    assertThat(aclint.read(MTIMECMP, 8)).isEqualTo(-1);
    assertThat(timer0.deadline).isEqualTo(-1);
  }

  @Test
  void writingMtimeShiftsItAndMovesTheDeadlinesAlong() {
    clock.advance(100_000);
    aclint.write(MTIMECMP, 8, 5_000);
    aclint.write(MTIME, 8, 0);
    assertThat(aclint.read(MTIME, 8)).isZero();
    assertThat(timer0.deadline).isEqualTo(6_000);
    aclint.write(MTIME, 8, 5_000);
    assertThat(timer0.deadline).isEqualTo(1_000);
    aclint.write(MTIME, 8, 0);
    aclint.write(MTIMECMP, 8, -2);
    assertThat(timer0.deadline).isEqualTo(-1);
  }

  @Test
  void whatLiesBeyondTheRegistersIsNotDecoded() {
    assertThat(aclint.decodes(0, 4, true)).isTrue();
    assertThat(aclint.decodes(0, 8, true)).isFalse();
    assertThat(aclint.decodes(1, 1, true)).isFalse();
    assertThat(aclint.decodes(MTIMECMP, 8, true)).isTrue();
    assertThat(aclint.decodes(MTIMECMP + 4, 8, true)).isFalse();
    assertThat(aclint.decodes(MTIMECMP, 2, true)).isFalse();
    assertThat(aclint.decodes(MTIME + 4, 4, false)).isTrue();
    assertThat(aclint.decodes(MTIME + 8, 4, false)).isFalse();
  }

  @Test
  void restoredStateIsTheSameMachine() {
    aclint.write(0, 4, 1);
    aclint.write(MTIMECMP, 8, 77);
    aclint.write(MTIME, 8, 11);
    Aclint.State state = aclint.state();
    Wire wire = new Wire();
    Comparator timer = new Comparator();
    Aclint copy = new Aclint(clock, List.of(wire, new Wire()), List.of(timer, t -> {}));
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    assertThat(wire.high).isTrue();
    assertThat(timer.deadline).isEqualTo(66);
    Aclint small = new Aclint(clock, List.of(wire), List.of(timer));
    assertThatThrownBy(() -> small.restore(state)).hasMessageContaining("same shape");
  }

  @Test
  void aSupervisorSoftwareInterruptIsAnEdge() {
    AclintSswi sswi = new AclintSswi(List.of(software0, software1));
    sswi.write(4, 4, 2);
    assertThat(software1.high).isFalse();
    sswi.write(4, 4, 1);
    assertThat(software1.high).isTrue();
    sswi.write(4, 4, 0);
    assertThat(software1.high).isTrue();
    assertThat(sswi.read(4, 4)).isZero();
    sswi.write(8, 4, 1); // No such hart.
    assertThat(sswi.decodes(AclintSswi.SIZE, 4, true)).isFalse();
    assertThat(sswi.decodes(0, 8, true)).isFalse();
  }
}
