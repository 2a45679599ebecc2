package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BuildNameTest {
  @Test
  void aBuildIsCalledByItsVersionAndByWhatItWasMadeFromIfThatIsKnown() {
    assertThat(Version.build("1.2.3", "")).isEqualTo("1.2.3");
    assertThat(Version.build("1.2.3", "v1.2.3, 1f2e3d4c5b6a with changes"))
        .isEqualTo("1.2.3 (v1.2.3, 1f2e3d4c5b6a with changes)");
  }
}
