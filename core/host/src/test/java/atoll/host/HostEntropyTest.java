package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HostEntropyTest {
  private static byte[] take(EntropySource source) {
    byte[] bytes = new byte[64];
    source.fill(bytes);
    return bytes;
  }

  @Test
  void theHostNeverSaysTheSameTwice() {
    HostEntropy host = new HostEntropy();
    assertThat(take(host)).isNotEqualTo(take(host));
    assertThat(take(host)).isNotEqualTo(take(host.another()));
  }
}
