package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HostEntropyTest {
  private static byte[] take(EntropySource source) {
    byte[] bytes = new byte[64];
    source.fill(bytes);
    return bytes;
  }

  private static void neverTheSame(EntropySource source) {
    assertThat(take(source)).isNotEqualTo(take(source)).isNotEqualTo(new byte[64]);
    assertThat(take(source)).isNotEqualTo(take(source.another()));
  }

  @Test
  void theHostNeverSaysTheSameTwice() {
    neverTheSame(new HostEntropy());
  }

  @Test
  void aHostWithoutACallForItNeverSaysTheSameTwiceEither() {
    neverTheSame(new SeededEntropy());
  }

  @Test
  void eachPartOfALongDrawIsFilled() {
    assumeTrue(KernelEntropy.available(), "a host without getrandom");
    byte[] bytes = new byte[1000]; // of which the kernel gives 256 at a time
    new KernelEntropy().fill(bytes);
    for (int from = 0; from < bytes.length; from += 100) {
      assertThat(Arrays.copyOfRange(bytes, from, from + 100)).isNotEqualTo(new byte[100]);
    }
    assertThat(Arrays.copyOfRange(bytes, 0, 256)).isNotEqualTo(Arrays.copyOfRange(bytes, 256, 512));
  }
}
