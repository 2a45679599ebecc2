package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClusterCodecTest {
  private static final int CLUSTER = 1 << 16;

  static Stream<ClusterCodec> codecs() {
    return Stream.of(new DeflateCodec(), new ZstdCodec());
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void aClusterThatDoesNotGetShorterIsNotPacked(ClusterCodec codec) {
    byte[] cluster = new byte[CLUSTER];
    new Random(7).nextBytes(cluster);
    assertThat(codec.pack(cluster, new byte[CLUSTER - 1])).isNegative();
    assertThat(codec.pack(new byte[CLUSTER], new byte[CLUSTER - 1])).isBetween(1, 1000);
  }
}
