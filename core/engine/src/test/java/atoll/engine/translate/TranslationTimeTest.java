package atoll.engine.translate;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.cpu.Cpu;
import org.junit.jupiter.api.Test;

class TranslationTimeTest {
  private static final long US = 1_000;

  private final TranslationTime time = new TranslationTime();

  private int refusals(long nanos) {
    int n = 0;
    while (!time.fits(nanos)) {
      n++;
    }
    return n;
  }

  @Test
  void whatHasTakenLongIsPutOffUntilThereIsSoMuchTime() {
    assertThat(time.fits(1)).isTrue();
    time.took(200 * US);
    time.took(50 * US);
    for (int i = 0; i < 500; i++) {
      assertThat(time.fits(150 * US)).isFalse();
    }
    assertThat(time.fits(250 * US)).isTrue();
    assertThat(time.fits(Cpu.NEVER)).isTrue();
  }

  @Test
  void thatOneWasLongIsForgottenWithShorterOnes() {
    time.took(200 * US);
    for (int i = 0; i < 100; i++) {
      time.took(50 * US);
    }
    assertThat(time.fits(60 * US)).isTrue();
    assertThat(time.fits(40 * US)).isFalse();
  }

  @Test
  void aGuestThatNeverHasEnoughTimeIsTranslatedInTheEnd() {
    time.took(5_000 * US);
    assertThat(refusals(100 * US)).isBetween(1_000, 1_100);
    assertThat(time.fits(100 * US)).isTrue();
  }
}
