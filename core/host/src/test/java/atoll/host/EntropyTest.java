package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EntropyTest {
  private static byte[] take(EntropySource source) {
    byte[] bytes = new byte[64];
    source.fill(bytes);
    return bytes;
  }

  @Test
  void theHostNeverSaysTheSameTwice() {
    HostEntropy host = new HostEntropy();
    assertThat(take(host)).isNotEqualTo(take(host));
    assertThat(take(host)).isNotEqualTo(take(new HostEntropy()));
  }

  @Test
  void aSeedRepeatsItselfInANewRunOnly() {
    SeededEntropy seeded = new SeededEntropy(5);
    byte[] first = take(seeded);
    assertThat(take(new SeededEntropy(5))).isEqualTo(first);
    assertThat(take(seeded)).isNotEqualTo(first);
    assertThat(take(new SeededEntropy(6))).isNotEqualTo(first);
  }
}
