package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A short run of {@link StopLockStep}, and proof that it meets accesses of every kind. */
class StopAgreementTest {
  private static final long SEED = 20261130;
  private static final int PROGRAMS = 5;

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void enginesStopAtTheSamePlaces(Engine engine) {
    StopLockStep run = new StopLockStep(engine);
    for (int program = 0; program < PROGRAMS; program++) {
      run.program(SEED + program);
    }
    assertThat(run.stops()).isGreaterThan(PROGRAMS * 200);
    for (String kind :
        new String[] {
          "l[bhwd]u?", "s[bhwd]", "(c[.])?fs[hwd]", "fl[hwd]", "amo.*", "lr.*", "sc.*"
        }) {
      assertThat(run.met().keySet()).anyMatch(name -> name.matches(kind));
    }
  }
}
