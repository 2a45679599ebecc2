package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.TranslatedCode;
import atoll.engine.TranslatedCode.Kind;
import org.junit.jupiter.api.Test;

class CodeProfileTest {
  private static final long[] NOWHERE = {};

  private final CodeProfile profile = new CodeProfile();

  private static TranslatedCode code(Kind kind, int hart, long pa, long address, int bytes) {
    return new TranslatedCode(kind, hart, pa | 1L << 40, pa, address, bytes, 4);
  }

  @Test
  void samplesCountForTheCodeThatWasMadeLastForTheirPlace() {
    TranslatedCode block = code(Kind.BLOCK, 0, 0x100, 0x7000, 16);
    TranslatedCode region = code(Kind.REGION, 0, 0x100, 0x8000, 64);
    profile.made(block, new long[] {0x100});
    profile.sampled(0, 0x100);
    profile.made(region, new long[] {0x100, 0x120});
    profile.sampled(0, 0x100);
    profile.sampled(0, 0x120);
    assertThat(profile.hottest(9))
        .containsExactly(new CodeProfile.Spot(region, 2), new CodeProfile.Spot(block, 1));
    assertThat(profile.hottest(1)).containsExactly(new CodeProfile.Spot(region, 2));
  }

  @Test
  void eachHartHasCodeOfItsOwn() {
    TranslatedCode first = code(Kind.BLOCK, 0, 0x100, 0x7000, 16);
    TranslatedCode second = code(Kind.BLOCK, 1, 0x100, 0x9000, 16);
    profile.made(first, new long[] {0x100});
    profile.made(second, new long[] {0x100});
    profile.sampled(1, 0x100);
    assertThat(profile.hottest(9)).containsExactly(new CodeProfile.Spot(second, 1));
  }

  @Test
  void samplesOfUnknownPlacesCountForTheWhole() {
    profile.sampled(0, 0x100);
    assertThat(profile.samples()).isEqualTo(1);
    assertThat(profile.hottest(9)).isEmpty();
  }

  @Test
  void codeIsPresentUntilSomethingElseIsAtOneOfItsAddresses() {
    TranslatedCode low = code(Kind.BLOCK, 0, 0x100, 0x7000, 0x20);
    TranslatedCode middle = code(Kind.BLOCK, 0, 0x200, 0x7020, 0x20);
    TranslatedCode high = code(Kind.BLOCK, 0, 0x300, 0x7040, 0x20);
    profile.made(low, NOWHERE);
    profile.made(middle, NOWHERE);
    profile.made(high, NOWHERE);
    assertThat(profile.present()).containsExactly(low, middle, high);
    TranslatedCode over = code(Kind.BLOCK, 0, 0x400, 0x701f, 2);
    profile.made(over, NOWHERE);
    assertThat(profile.present()).containsExactly(over, high);
  }
}
