package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({"4K, 4096", "512M, 536870912", "1GiB, 1073741824", "64kb, 65536", "0T, 0"})
  void aNumberWithABinaryUnitIsRead(String text, long bytes) {
    assertThat(ByteSize.parse(text)).hasValue(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"512", "", "M", "-1M", "1.5G", "1E", "8388608T", "9999999999K"})
  void whatIsNoSizeOrBeyondALongIsNot(String text) {
    assertThat(ByteSize.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0B, 0B",
    "256, 256B, 256B",
    "4096, 4K, 4K",
    "536870912, 512M, 512M",
    "318771200, 311300K, 304.0M",
    "1610612736, 1536M, 1.5G"
  })
  void itIsWrittenExactlyOrShort(long bytes, String exact, String rounded) {
    assertThat(ByteSize.format(bytes)).isEqualTo(exact);
    assertThat(ByteSize.rounded(bytes)).isEqualTo(rounded);
  }
}
