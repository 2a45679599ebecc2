package atoll.display;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A PNG file is read here as ISO/IEC 15948 has it; `tests` has it read by other programs. */
class PngTest {
  private static final long SIGNATURE = 0x8950_4e47_0d0a_1a0aL;

  /** The pixels of a file of eight-bit colours, whatever filters its rows have. */
  static Frame read(byte[] png) throws Exception {
    ByteBuffer file = ByteBuffer.wrap(png);
    assertThat(file.getLong()).isEqualTo(SIGNATURE);
    ByteBuffer header = chunk(file, "IHDR");
    int width = header.getInt();
    int height = header.getInt();
    assertThat(header.getInt()).isEqualTo(0x08_02_00_00);
    assertThat(header.get()).isZero();
    Inflater inflater = new Inflater();
    inflater.setInput(chunk(file, "IDAT"));
    byte[] rows = new byte[height * (3 * width + 1)];
    assertThat(inflater.inflate(rows)).isEqualTo(rows.length);
    assertThat(inflater.inflate(new byte[1])).isZero();
    assertThat(inflater.finished()).isTrue();
    inflater.end();
    assertThat(chunk(file, "IEND").hasRemaining()).isFalse();
    assertThat(file.hasRemaining()).isFalse();
    return new Frame(width, height, pixels(rows, width, height));
  }

  private static ByteBuffer chunk(ByteBuffer file, String type) {
    int length = file.getInt();
    byte[] checked = new byte[4 + length];
    file.get(checked);
    CRC32 crc = new CRC32();
    crc.update(checked);
    assertThat(file.getInt()).isEqualTo((int) crc.getValue());
    assertThat(new String(checked, 0, 4, StandardCharsets.US_ASCII)).isEqualTo(type);
    return ByteBuffer.wrap(checked, 4, length).slice();
  }

  private static int[] pixels(byte[] rows, int width, int height) {
    int[] pixels = new int[width * height];
    int stride = 3 * width + 1;
    for (int y = 0; y < height; y++) {
      assertThat(rows[y * stride]).isEqualTo((byte) 2);
      for (int i = 1; y > 0 && i < stride; i++) {
        rows[y * stride + i] += rows[(y - 1) * stride + i];
      }
      for (int x = 0; x < width; x++) {
        int at = y * stride + 1 + 3 * x;
        pixels[y * width + x] =
            (rows[at] & 0xff) << 16 | (rows[at + 1] & 0xff) << 8 | rows[at + 2] & 0xff;
      }
    }
    return pixels;
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,7", "7,1", "33,21", "640,480"})
  void aPictureComesBackAsItWas(int width, int height) throws Exception {
    int[] pixels = new Random(width).ints((long) width * height, 0, 1 << 24).toArray();
    Frame back = read(Png.of(new Frame(width, height, pixels)));
    assertThat(back.width()).isEqualTo(width);
    assertThat(back.height()).isEqualTo(height);
    assertThat(back.pixels()).isEqualTo(pixels);
  }

  @Test
  void aPlainPictureIsASmallFile() {
    assertThat(Png.of(new Frame(1280, 800, new int[1280 * 800]))).hasSizeLessThan(8_000);
  }

  @Test
  void aFrameHasAsManyPixelsAsItSays() {
    assertThatThrownBy(() -> new Frame(2, 2, new int[3])).hasMessageContaining("3 pixels");
    assertThatThrownBy(() -> new Frame(0, 2, new int[0])).hasMessageContaining("0 x 2");
  }
}
