package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PlicTest {
  private static final long PENDING = 0x1000;
  private static final long ENABLE = 0x2000;
  private static final long THRESHOLD = 0x20_0000;
  private static final long CLAIM = 0x20_0004;

  private final Wire machine = new Wire();
  private final Wire supervisor = new Wire();
  private final Plic plic = new Plic(95, List.of(machine, supervisor));

  private int get(long offset) {
    assertThat(plic.decodes(offset, 4, false)).isTrue();
    return (int) plic.read(offset, 4);
  }

  private void set(long offset, int value) {
    assertThat(plic.decodes(offset, 4, true)).isTrue();
    plic.write(offset, 4, value);
  }

  private void enable(int context, int source, int priority) {
    set(4L * source, priority);
    long word = ENABLE + 0x80L * context + source / 32 * 4L;
    set(word, get(word) | 1 << source % 32);
  }

  private static long claimOf(int context) {
    return CLAIM + 0x1000L * context;
  }

  @Test
  void aHighLineReachesTheContextThatEnablesIt() {
    enable(1, 10, 1);
    plic.source(10).set(true);
    assertThat(supervisor.high).isTrue();
    assertThat(machine.high).isFalse();
    assertThat(get(PENDING)).isEqualTo(1 << 10);
    assertThat(get(claimOf(1))).isEqualTo(10);
    assertThat(supervisor.high).isFalse();
    assertThat(get(PENDING)).isZero();
    assertThat(get(claimOf(1))).isZero();
  }

  @Test
  void completionForwardsALineThatIsStillHighAgain() {
    enable(1, 10, 1);
    plic.source(10).set(true);
    assertThat(get(claimOf(1))).isEqualTo(10);
    set(claimOf(1), 10);
    assertThat(supervisor.high).isTrue();
    assertThat(get(claimOf(1))).isEqualTo(10);
    plic.source(10).set(false);
    set(claimOf(1), 10);
    assertThat(supervisor.high).isFalse();
    assertThat(get(claimOf(1))).isZero();
  }

  @Test
  void aLineThatPulsesDuringServiceIsForwardedOnlyIfHighAtCompletion() {
    enable(1, 10, 1);
    InterruptLine line = plic.source(10);
    line.set(true);
    get(claimOf(1));
    line.set(false);
    line.set(true);
    assertThat(get(PENDING)).isZero();
    line.set(false);
    set(claimOf(1), 10);
    assertThat(get(PENDING)).isZero();
  }

  @Test
  void aForwardedRequestStaysWhenTheLineFalls() {
    enable(1, 10, 1);
    plic.source(10).set(true);
    plic.source(10).set(false);
    assertThat(supervisor.high).isTrue();
    assertThat(get(claimOf(1))).isEqualTo(10);
  }

  @Test
  void theHighestPriorityIsClaimedFirstAndTiesGoToTheLowestNumber() {
    enable(0, 7, 2);
    enable(0, 70, 2);
    enable(0, 33, 5);
    for (int source : new int[] {70, 33, 7}) {
      plic.source(source).set(true);
    }
    assertThat(get(PENDING)).isEqualTo(1 << 7);
    assertThat(get(PENDING + 4)).isEqualTo(1 << 1);
    assertThat(get(PENDING + 8)).isEqualTo(1 << 6);
    assertThat(get(claimOf(0))).isEqualTo(33);
    assertThat(get(claimOf(0))).isEqualTo(7);
    assertThat(get(claimOf(0))).isEqualTo(70);
    assertThat(get(claimOf(0))).isZero();
  }

  @Test
  void theThresholdMasksTheInterruptButNotTheClaim() {
    enable(1, 3, 4);
    set(THRESHOLD + 0x1000, 4);
    plic.source(3).set(true);
    assertThat(supervisor.high).isFalse();
    set(THRESHOLD + 0x1000, 3);
    assertThat(supervisor.high).isTrue();
    set(THRESHOLD + 0x1000, 7);
    assertThat(supervisor.high).isFalse();
    assertThat(get(claimOf(1))).isEqualTo(3);
  }

  @Test
  void priorityZeroNeverInterruptsAndIsNeverClaimed() {
    enable(1, 3, 0);
    plic.source(3).set(true);
    assertThat(supervisor.high).isFalse();
    assertThat(get(claimOf(1))).isZero();
    set(4 * 3, 1);
    assertThat(supervisor.high).isTrue();
  }

  @Test
  void oneOfTwoContextsClaimsAndTheOtherSeesNothing() {
    enable(0, 5, 1);
    enable(1, 5, 1);
    plic.source(5).set(true);
    assertThat(machine.high && supervisor.high).isTrue();
    assertThat(get(claimOf(0))).isEqualTo(5);
    assertThat(supervisor.high).isFalse();
    assertThat(get(claimOf(1))).isZero();
  }

  @Test
  void completionOfWhatIsNotEnabledOrNoSourceIsIgnored() {
    enable(1, 5, 1);
    plic.source(5).set(true);
    get(claimOf(1));
    set(claimOf(0), 5);
    set(claimOf(1), 0);
    set(claimOf(1), 96);
    set(claimOf(1), -1);
    assertThat(get(PENDING)).isZero();
    set(claimOf(1), 5);
    assertThat(get(PENDING)).isEqualTo(1 << 5);
  }

  @Test
  void registersHoldWhatExistsAndTheRestReadsZero() {
    set(0, 7);
    assertThat(get(0)).isZero();
    set(4 * 95, 0xff);
    assertThat(get(4 * 95)).isEqualTo(7);
    set(4 * 96, 1);
    assertThat(get(4 * 96)).isZero();
    for (int word = 0; word < 32; word++) {
      set(ENABLE + 4L * word, -1);
    }
    assertThat(get(ENABLE)).isEqualTo(-2);
    assertThat(get(ENABLE + 4)).isEqualTo(-1);
    assertThat(get(ENABLE + 8)).isEqualTo(-1);
    assertThat(get(ENABLE + 12)).isZero();
    set(ENABLE + 2 * 0x80, -1);
    set(THRESHOLD + 2 * 0x1000, 1);
    assertThat(get(ENABLE + 2 * 0x80) | get(THRESHOLD + 2 * 0x1000)).isZero();
    set(PENDING, -1);
    assertThat(get(PENDING)).isZero();
  }

  @Test
  void onlyAlignedWordsAreDecoded() {
    assertThat(plic.decodes(0, 8, false)).isFalse();
    assertThat(plic.decodes(2, 4, false)).isFalse();
    assertThat(plic.decodes(4, 1, true)).isFalse();
    assertThat(plic.decodes(Plic.SIZE, 4, true)).isFalse();
  }

  @Test
  void sourcesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> plic.source(0)).hasMessageContaining("1 to 95");
    assertThatThrownBy(() -> plic.source(96)).hasMessageContaining("1 to 95");
    assertThatThrownBy(() -> new Plic(1024, List.of())).hasMessageContaining("1023");
  }

  @Test
  void twoHartsNeverClaimTheSameRequest() throws InterruptedException {
    AtomicInteger highs = new AtomicInteger();
    Plic shared = new Plic(63, List.of(high -> {}, high -> highs.incrementAndGet()));
    for (int source = 1; source <= 63; source++) {
      shared.write(4L * source, 4, 1);
      shared.source(source).set(true);
    }
    for (int context = 0; context < 2; context++) {
      shared.write(ENABLE + 0x80L * context, 4, -1);
      shared.write(ENABLE + 0x80L * context + 4, 4, -1);
    }
    AtomicInteger[] claims = new AtomicInteger[64];
    for (int i = 0; i < 64; i++) {
      claims[i] = new AtomicInteger();
    }
    MmioBus bus = new MmioBus();
    bus.attach(0, Plic.SIZE, shared);
    Thread[] harts = new Thread[2];
    for (int i = 0; i < 2; i++) {
      long claim = claimOf(i);
      harts[i] =
          Thread.ofPlatform()
              .start(() -> {
                MmioAccess access = new MmioAccess();
                do {
                  bus.perform(access.read(claim, 4));
                  claims[(int) access.value()].incrementAndGet();
                } while (access.value() != 0);
              });
    }
    for (Thread hart : harts) {
      hart.join();
    }
    assertThat(claims[0]).hasValue(2);
    for (int source = 1; source <= 63; source++) {
      assertThat(claims[source]).hasValue(1);
    }
  }

  @Test
  void restoredStateIsTheSameMachine() {
    enable(0, 5, 1);
    enable(1, 80, 3);
    set(THRESHOLD, 1);
    plic.source(5).set(true);
    plic.source(80).set(true);
    get(claimOf(1));
    Plic.State state = plic.state();
    Wire m = new Wire();
    Wire s = new Wire();
    Plic copy = new Plic(95, List.of(m, s));
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    assertThat(m.high).isFalse();
    copy.write(THRESHOLD, 4, 0);
    assertThat(m.high).isTrue();
    copy.write(claimOf(1), 4, 80);
    assertThat(s.high).isTrue();
    assertThatThrownBy(() -> new Plic(31, List.of(m, s)).restore(state))
        .hasMessageContaining("95 PLIC sources");
  }
}
