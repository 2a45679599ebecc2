package atoll.display;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.DisplayBackend;
import atoll.host.LiteralAddress;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScreenTest {
  private final Screen screen = new Screen(new ScreenSize(100, 80));

  private void fill(int x, int y, int width, int height, int colour) {
    int[] row = new int[width];
    Arrays.fill(row, colour);
    for (int n = 0; n < height; n++) {
      screen.draw(x, y + n, row, width);
    }
    screen.drawn(x, y, width, height);
  }

  @Test
  void whatIsDrawnIsInThePicture() {
    screen.show(100, 80);
    fill(10, 20, 3, 2, 0xff_123456);
    Frame frame = screen.frame();
    assertThat(frame.width()).isEqualTo(100);
    assertThat(frame.pixels()[20 * 100 + 9]).isZero();
    assertThat(frame.pixels()[20 * 100 + 10]).isEqualTo(0x123456);
    assertThat(frame.pixels()[21 * 100 + 12]).isEqualTo(0x123456);
    assertThat(frame.pixels()[22 * 100 + 12]).isZero();
    assertThat(screen.lit()).isTrue();
  }

  @Test
  void theLastPictureStaysWhenTheGuestShowsNoneAnyMore() {
    screen.show(50, 40);
    fill(0, 0, 50, 40, 0xaabbcc);
    screen.blank();
    screen.detach();
    assertThat(screen.lit()).isFalse();
    assertThat(screen.frame().pixels()).hasSize(50 * 40).containsOnly(0xaabbcc);
    int[] seen = new int[4];
    screen.copy(new Area(0, 0, 2, 2), seen); // Who looks now sees a dark screen.
    assertThat(seen).containsOnly(0);
  }

  @Test
  void aScreenIsAtLeastAsLargeAsDriversTakeForGranted() {
    assertThat(screen.width()).isEqualTo(100);
    assertThat(screen.mostWidth()).isEqualTo(1024);
    assertThat(screen.mostHeight()).isEqualTo(768);
    screen.show(1024, 768);
    fill(1023, 767, 1, 1, 1);
    assertThat(screen.frame().pixels()[1024 * 768 - 1]).isEqualTo(1);
  }

  @Test
  void onlyTheTilesThatWereDrawnHaveChanged() {
    screen.show(100, 80);
    BitSet changed = new BitSet();
    long seen = screen.changedSince(0, changed);
    assertThat(changed.cardinality()).isEqualTo(4 * 3);
    changed.clear();
    fill(31, 33, 2, 1, 5);
    seen = screen.changedSince(seen, changed);
    assertThat(changed.stream()).containsExactly(screen.columns(), screen.columns() + 1);
    changed.clear();
    assertThat(screen.changedSince(seen, changed)).isEqualTo(seen);
    assertThat(changed.isEmpty()).isTrue();
  }

  @Test
  void thePointerIsMixedIntoThePictureWhereItIs() {
    screen.show(100, 80);
    fill(0, 0, 100, 80, 0x204060);
    int[] shape = new int[64 * 64];
    shape[0] = 0xff_ffffff;
    shape[1] = 0x80_ff0000;
    shape[64] = 0x00_ffffff;
    screen.cursor(shape, 1, 0);
    screen.cursorAt(5, 6);
    int[] pixels = screen.frame().pixels();
    assertThat(pixels[6 * 100 + 4]).isEqualTo(0xffffff);
    assertThat(pixels[6 * 100 + 5]).isEqualTo(0x8f1f2f);
    assertThat(pixels[7 * 100 + 4]).isEqualTo(0x204060);
    screen.cursorAt(-3, -3); // Partly outside.
    assertThat(screen.frame().pixels()[0]).isEqualTo(0x204060);
    screen.noCursor();
    assertThat(screen.frame().pixels()[6 * 100 + 4]).isEqualTo(0x204060);
  }

  @Test
  void anotherScreenGoesOnFromItsState() {
    screen.show(60, 50);
    fill(3, 4, 20, 20, 0x112233);
    int[] shape = new int[64 * 64];
    Arrays.fill(shape, 0x80_818283);
    screen.cursor(shape, 2, 3);
    screen.cursorAt(30, 31);
    Screen other = new Screen(new ScreenSize(100, 80));
    other.restore(screen.state());
    assertThat(other.frame().pixels()).isEqualTo(screen.frame().pixels());
    assertThat(other.lit()).isTrue();
    assertThat(other.state().cursor()).isEqualTo(screen.state().cursor());
  }

  @Test
  void aStateThatDoesNotFitIsRefused() {
    DisplayBackend.State large =
        new DisplayBackend.State(true, 1025, 1, new byte[3 * 1025], new byte[0], 0, 0, 0, 0);
    assertThatThrownBy(() -> screen.restore(large)).hasMessageContaining("1025 x 1");
    assertThatThrownBy(
            () -> new DisplayBackend.State(true, 2, 2, new byte[11], new byte[0], 0, 0, 0, 0))
        .hasMessageContaining("11 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"64x64", "1280x800", "4095x4095"})
  void aSizeIsReadAsItIsWritten(String text) {
    assertThat(ScreenSize.parse(text)).map(ScreenSize::toString).contains(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "1280", "63x64", "64x4096", "1280X800", "-1x800", "99999x1", "1280x800 "})
  void whatIsNoSizeIsRefused(String text) {
    assertThat(ScreenSize.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "65536", "localhost:5901", "127.0.0.1", "1.2.3.4.5:1", "[::1]", "x:1"})
  void whatIsNoPlaceForViewersIsRefused(String text) {
    assertThat(VncAddress.parse(text)).isEmpty();
  }

  @Test
  void placesForViewersAreOnTheLoopbackUnlessAnAddressSaysElse() {
    assertThat(VncAddress.parse("5901")).map(LiteralAddress::format).contains("127.0.0.1:5901");
    assertThat(VncAddress.parse("0.0.0.0:1")).map(LiteralAddress::format).contains("0.0.0.0:1");
    assertThat(VncAddress.parse("[::1]:5900"))
        .map(LiteralAddress::format)
        .contains("[0:0:0:0:0:0:0:1]:5900");
    assertThatThrownBy(
            () -> new VncSettings(VncAddress.parse("0.0.0.0:1").orElseThrow(), Optional.empty()))
        .hasMessageContaining("password");
  }
}
