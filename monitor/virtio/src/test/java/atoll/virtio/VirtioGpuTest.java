package atoll.virtio;

import static atoll.virtio.GpuDriver.*;
import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.state.RecordCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VirtioGpuTest {
  private static final int WIDTH = 16;
  private static final int HEIGHT = 10;

  private final GpuDriver gpu = new GpuDriver();

  @AfterEach
  void close() {
    gpu.close();
  }

  private static int colour(int x, int y) {
    return x * 4 << 16 | y * 4 << 8 | (x ^ y);
  }

  /** A picture whose memory has a pattern, and which nobody has brought to the host. */
  private void picture(int id, int format) {
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      gpu.driver.memory.putInt(PIXELS + 4L * i, colour(i % WIDTH, i / WIDTH));
    }
    assertThat(gpu.send(CREATE_2D, id, format, WIDTH, HEIGHT)).isEqualTo(OK);
    assertThat(gpu.attach(id, PIXELS, 4 * WIDTH * HEIGHT)).isEqualTo(OK);
  }

  private int transfer(int id) {
    return gpu.send(TRANSFER, 0, 0, WIDTH, HEIGHT, 0, 0, id, 0);
  }

  private void expectPattern(int fromX, int fromY, int width, int height) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        assertThat(gpu.screen.pixels[y][x]).isEqualTo(colour(fromX + x, fromY + y));
      }
    }
  }

  @Test
  void itSaysWhatItIsAndHowLargeItsDisplayIs() {
    assertThat(gpu.driver.get(DEVICE_ID)).isEqualTo(16);
    assertThat(gpu.driver.get(CONFIG + 8)).isEqualTo(1);
    assertThat(gpu.driver.get(CONFIG + 12)).isZero();
    assertThat(gpu.send(GET_DISPLAY_INFO)).isEqualTo(0x1101);
    ByteBuffer info = gpu.answer(408);
    assertThat(List.of(info.getInt(32), info.getInt(36), info.getInt(40)))
        .containsExactly(FakeScreen.WIDTH, FakeScreen.HEIGHT, 1);
    assertThat(info.getInt(24 + 24 + 16)).isZero(); // There is no second one.
  }

  @Test
  void itsDescriptionIsAWholeEdidWithItsSizeAndName() {
    assertThat(gpu.send(GET_EDID, 0, 0)).isEqualTo(0x1104);
    ByteBuffer answer = gpu.answer(1056);
    assertThat(answer.getInt(24)).isEqualTo(128);
    byte[] edid = new byte[128];
    answer.get(32, edid);
    int sum = 0;
    for (byte each : edid) {
      sum += each;
    }
    assertThat(sum & 0xff).isZero();
    assertThat(edid).startsWith(0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0);
    assertThat(edid[56] & 0xff | (edid[58] & 0xf0) << 4).isEqualTo(FakeScreen.WIDTH);
    assertThat(edid[59] & 0xff | (edid[61] & 0xf0) << 4).isEqualTo(FakeScreen.HEIGHT);
    assertThat(new String(edid, StandardCharsets.ISO_8859_1)).contains("\0\0\0\u00fc\0Atoll\n   ");
    assertThat(gpu.send(GET_EDID, 1, 0)).isEqualTo(INVALID_SCANOUT);
  }

  /** As edid-decode 1.4 of Debian and Linux's drm_edid read it: nothing overlaps its neighbour. */
  @ParameterizedTest
  @CsvSource({"64,64", "1280,800", "1920,1080", "4095,4095", "4095,64"})
  void timingsOfEveryScreenHaveRoomForTheirParts(int width, int height) {
    byte[] edid = Edid.of(width, height);
    ByteBuffer timing = ByteBuffer.wrap(edid, 54, 18).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int clock = timing.getShort() & 0xffff;
    int blank = edid[57] & 0xff | (edid[58] & 0xf) << 8;
    int lines = edid[60] & 0xff | (edid[61] & 0xf) << 8;
    long perPicture = (long) (width + blank) * (height + lines);
    assertThat(clock * 10_000L / perPicture).isBetween(30L, 60L);
    assertThat(edid[62] + edid[63]).isLessThan(blank); // offset and width of the pulse
    assertThat((edid[64] >> 4 & 0xf) + (edid[64] & 0xf)).isLessThan(lines);
  }

  @Test
  void aPictureIsShownAsItIsBroughtToTheHost() {
    picture(7, 2);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, WIDTH, HEIGHT, 0, 7)).isEqualTo(OK);
    assertThat(gpu.screen.shown).isTrue();
    assertThat(gpu.screen.pixels[3][3]).isZero(); // Black: nothing has been brought.
    assertThat(transfer(7)).isEqualTo(OK);
    assertThat(gpu.screen.pixels[3][3]).isZero(); // It is not flushed.
    assertThat(gpu.send(FLUSH, 0, 0, WIDTH, HEIGHT, 7, 0)).isEqualTo(OK);
    expectPattern(0, 0, WIDTH, HEIGHT);
  }

  @Test
  void aPartOfAPictureIsShownAndOnlyWhatChangesIsDrawn() {
    picture(1, 2);
    assertThat(transfer(1)).isEqualTo(OK);
    assertThat(gpu.send(SET_SCANOUT, 4, 3, 8, 6, 0, 1)).isEqualTo(OK);
    assertThat(List.of(gpu.screen.width, gpu.screen.height)).containsExactly(8, 6);
    expectPattern(4, 3, 8, 6);
    gpu.driver.memory.putInt(PIXELS + 4L * (5 * WIDTH + 6), 0x123456);
    gpu.driver.memory.putInt(PIXELS + 4L * (5 * WIDTH + 7), 0x654321);
    int offset = 4 * (5 * WIDTH + 6);
    assertThat(gpu.send(TRANSFER, 6, 5, 2, 1, offset, 0, 1, 0)).isEqualTo(OK);
    assertThat(gpu.send(FLUSH, 6, 5, 1, 1, 1, 0)).isEqualTo(OK);
    assertThat(gpu.screen.pixels[2][2]).isEqualTo(0x123456);
    assertThat(gpu.screen.pixels[2][3]).isEqualTo(colour(7, 5));
    int before = gpu.screen.drawn;
    assertThat(gpu.send(FLUSH, 0, 0, 2, 2, 1, 0)).isEqualTo(OK); // Nobody sees that corner.
    assertThat(gpu.screen.drawn).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0xff112233", "2, 0xff112233", "3, 0x332211ff", "4, 0x332211ff",
    "67, 0xff332211", "134, 0xff332211", "68, 0x112233ff", "121, 0x112233ff"
  })
  void everyFormatOfPixelsIsUnderstood(int format, String word) {
    picture(1, format);
    gpu.driver.memory.putInt(PIXELS, (int) Long.decode(word).longValue());
    assertThat(transfer(1)).isEqualTo(OK);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, WIDTH, HEIGHT, 0, 1)).isEqualTo(OK);
    assertThat(gpu.screen.pixels[0][0]).isEqualTo(0x112233);
  }

  @Test
  void pixelsComeFromScatteredMemoryInItsOrder() {
    assertThat(gpu.send(CREATE_2D, 1, 2, 4, 2)).isEqualTo(OK);
    for (int i = 0; i < 16; i++) {
      gpu.driver.memory.putInt(PIXELS + 4L * i, i);
    }
    // Pixels 2 to 4, half of 9, the other half of 9, none, then 0 to 3.
    assertThat(
            gpu.attach(
                1, PIXELS + 8, 12, PIXELS + 36, 2, PIXELS + 38, 2, PIXELS + 100, 0, PIXELS, 16))
        .isEqualTo(OK);
    assertThat(gpu.send(TRANSFER, 0, 0, 4, 2, 0, 0, 1, 0)).isEqualTo(OK);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, 4, 2, 0, 1)).isEqualTo(OK);
    assertThat(gpu.screen.pixels[0]).startsWith(2, 3, 4, 9);
    assertThat(gpu.screen.pixels[1]).startsWith(0, 1, 2, 3);
  }

  @Test
  void aPictureThatGoesTakesTheDisplaysWithIt() {
    picture(1, 2);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, WIDTH, HEIGHT, 0, 1)).isEqualTo(OK);
    assertThat(gpu.send(UNREF, 1, 0)).isEqualTo(OK);
    assertThat(gpu.screen.shown).isFalse();
    assertThat(transfer(1)).isEqualTo(INVALID_RESOURCE);
    picture(1, 2); // Its number is free again.
    assertThat(gpu.send(SET_SCANOUT, 0, 0, WIDTH, HEIGHT, 0, 1)).isEqualTo(OK);
    assertThat(gpu.screen.pixels[2][2]).isZero(); // Nothing is left of the old one.
    assertThat(gpu.send(SET_SCANOUT, 0, 0, 0, 0, 0, 0)).isEqualTo(OK);
    assertThat(gpu.screen.shown).isFalse();
  }

  @Test
  void memoryThatIsTakenAwayIsNotReadAnyMore() {
    picture(1, 2);
    assertThat(gpu.attach(1, PIXELS, 4)).isEqualTo(UNSPECIFIED);
    assertThat(gpu.send(DETACH, 1, 0)).isEqualTo(OK);
    assertThat(transfer(1)).isEqualTo(UNSPECIFIED);
    assertThat(gpu.attach(1, PIXELS, 4 * WIDTH * HEIGHT)).isEqualTo(OK);
    assertThat(transfer(1)).isEqualTo(OK);
  }

  @Test
  void theAnswerToAFencedCommandHasItsFence() {
    gpu.offer(GET_DISPLAY_INFO);
    long request = gpu.driver.memory.getLong(gpu.control.descriptors);
    gpu.driver.memory.putInt(request + 4, 3); // FENCE, INFO_RING_IDX
    gpu.driver.memory.putLong(request + 8, 0x1122_3344_5566_7788L);
    gpu.driver.memory.putInt(request + 16, 5);
    gpu.driver.memory.putInt(request + 20, 6);
    gpu.control.kick();
    assertThat(gpu.answered()).isEqualTo(0x1101);
    ByteBuffer answer = gpu.answer(24);
    assertThat(answer.getInt(4)).isEqualTo(3);
    assertThat(answer.getLong(8)).isEqualTo(0x1122_3344_5566_7788L);
    assertThat(List.of(answer.getInt(16), answer.getInt(20))).containsExactly(5, 6);
  }

  @Test
  void thePointerHasAShapeAPlaceAndAHotSpot() {
    assertThat(gpu.send(CREATE_2D, 3, 1, 64, 64)).isEqualTo(OK);
    gpu.driver.memory.putInt(PIXELS + 4L * (64 * 63 + 63), 0x80010203);
    assertThat(gpu.attach(3, PIXELS, 64 * 64 * 4)).isEqualTo(OK);
    assertThat(gpu.send(TRANSFER, 0, 0, 64, 64, 0, 0, 3, 0)).isEqualTo(OK);
    gpu.point(UPDATE_CURSOR, 0, 11, 22, 0, 3, 4, 5, 0);
    assertThat(gpu.screen.cursor).hasSize(64 * 64).endsWith(0x80010203).startsWith(0, 0);
    assertThat(List.of(gpu.screen.cursorX, gpu.screen.cursorY, gpu.screen.hotX, gpu.screen.hotY))
        .containsExactly(11, 22, 4, 5);
    gpu.point(MOVE_CURSOR, 0, 33, 44, 0, 0, 0, 0, 0);
    assertThat(List.of(gpu.screen.cursorX, gpu.screen.cursorY)).containsExactly(33, 44);
    assertThat(gpu.screen.cursor).isNotNull();
    gpu.point(UPDATE_CURSOR, 0, 33, 44, 0, 0, 0, 0, 0);
    assertThat(gpu.screen.cursor).isNull();
  }

  @Test
  void aPointerWithoutAlphaIsOpaque() {
    assertThat(gpu.send(CREATE_2D, 3, 134, 64, 64)).isEqualTo(OK);
    gpu.point(UPDATE_CURSOR, 0, 0, 0, 0, 3, 0, 0, 0);
    assertThat(gpu.screen.cursor).containsOnly(0xff00_0000);
  }

  @Test
  void aResetForgetsAllPictures() {
    picture(1, 2);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, WIDTH, HEIGHT, 0, 1)).isEqualTo(OK);
    gpu.driver.set(STATUS, 0);
    assertThat(gpu.screen.shown).isFalse();
    assertThat(gpu.driver.mmio.state().session().own())
        .isInstanceOfSatisfying(
            VirtioGpu.State.class, state -> assertThat(state.pictures()).isEmpty());
  }

  private static VirtioMmio copy(GpuDriver of, VirtioGpu device, Steps steps) {
    VirtioMmio copy = new VirtioMmio("copy", device, of.driver.memory, high -> {}, steps);
    var value = RecordCodec.toValue(of.driver.mmio.state());
    copy.restore(RecordCodec.fromValue(value, VirtioMmio.State.class));
    return copy;
  }

  @Test
  void aCommandThatIsHalfDoneGoesOnInTheRestoredMachine() {
    int side = 60;
    for (int i = 0; i < side * side; i++) {
      gpu.driver.memory.putInt(PIXELS + 4L * i, colour(i % side, i / side));
    }
    assertThat(gpu.send(CREATE_2D, 1, 2, side, side)).isEqualTo(OK);
    long[] whole = new long[2 * side * side];
    for (int i = 0; i < side * side; i++) {
      whole[2 * i] = PIXELS + 4L * (side * side - 1 - i); // From behind: no two are neighbours.
      whole[2 * i + 1] = 4;
    }
    assertThat(gpu.attach(1, whole)).isEqualTo(OK);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, side, side, 0, 1)).isEqualTo(OK);
    gpu.driver.stepping = false;
    gpu.offer(TRANSFER, 0, 0, side, side, 0, 0, 1, 0);
    gpu.control.kick();
    assertThat(gpu.control.hasUsed()).isFalse();
    FakeScreen screen = new FakeScreen();
    Steps steps = new Steps();
    VirtioMmio copy = copy(gpu, new VirtioGpu(screen), steps);
    assertThat(RecordCodec.toValue(copy.state()))
        .isEqualTo(RecordCodec.toValue(gpu.driver.mmio.state()));
    assertThat(screen.shown).isTrue();
    steps.run();
    assertThat(gpu.answered()).isEqualTo(OK);
    assertThat(steps.count).isGreaterThan(1);
    gpu.offer(FLUSH, 0, 0, side, side, 1, 0);
    copy.write(QUEUE_NOTIFY, 4, 0);
    steps.run();
    assertThat(gpu.answered()).isEqualTo(OK);
    for (int i = 0; i < side * side; i++) {
      int from = side * side - 1 - i;
      assertThat(screen.pixels[i / side][i % side]).isEqualTo(colour(from % side, from / side));
    }
  }

  @Test
  void aListOfMemoryThatIsHalfReadGoesOnInTheRestoredMachine() {
    int side = 60;
    assertThat(gpu.send(CREATE_2D, 1, 2, side, side)).isEqualTo(OK);
    long[] pieces = new long[2 * side * side];
    for (int i = 0; i < side * side; i++) {
      gpu.driver.memory.putInt(PIXELS + 4L * i, i);
      pieces[2 * i] = PIXELS + 4L * (side * side - 1 - i);
      pieces[2 * i + 1] = 4;
    }
    gpu.driver.stepping = false;
    gpu.offerAttach(1, pieces);
    gpu.control.kick();
    assertThat(gpu.control.hasUsed()).isFalse();
    FakeScreen screen = new FakeScreen();
    Steps steps = new Steps();
    VirtioMmio copy = copy(gpu, new VirtioGpu(screen), steps);
    steps.run();
    assertThat(gpu.answered()).isEqualTo(OK);
    gpu.offer(TRANSFER, 0, 0, side, side, 0, 0, 1, 0);
    copy.write(QUEUE_NOTIFY, 4, 0);
    steps.run();
    assertThat(gpu.answered()).isEqualTo(OK);
    gpu.offer(SET_SCANOUT, 0, 0, side, side, 0, 1);
    copy.write(QUEUE_NOTIFY, 4, 0);
    steps.run();
    assertThat(gpu.answered()).isEqualTo(OK);
    for (int i = 0; i < side * side; i++) {
      assertThat(screen.pixels[i / side][i % side]).isEqualTo(side * side - 1 - i);
    }
  }

  @Test
  void aSavedStateThatMakesNoSenseIsRefused() {
    picture(1, 2);
    var state = (VirtioGpu.State) gpu.driver.mmio.state().session().own();
    GpuResource.State good = state.pictures().getFirst();
    List<GpuResource.State> bad = new ArrayList<>();
    bad.add(new GpuResource.State(0, 2, 16, 10, 0, false, new byte[0], good.pixels()));
    bad.add(new GpuResource.State(1, 5, 16, 10, 0, false, new byte[0], good.pixels()));
    bad.add(new GpuResource.State(1, 2, 16, 11, 0, false, new byte[0], good.pixels()));
    bad.add(new GpuResource.State(1, 2, 16, 10, 1, false, new byte[0], good.pixels()));
    bad.add(new GpuResource.State(1, 2, 16, 10, 1L << 40, false, new byte[0], good.pixels()));
    bad.add(new GpuResource.State(1, 2, 1 << 31, 1 << 31, 0, false, new byte[0], new byte[0]));
    bad.add(new GpuResource.State(1, 2, 16, 10, 0, true, new byte[3], good.pixels()));
    bad.add(new GpuResource.State(1, 2, 16, 10, 0, true, new byte[20], good.pixels()));
    for (GpuResource.State each : bad) {
      VirtioGpu other = new VirtioGpu(new FakeScreen());
      assertThatThrownBy(() ->
              other.restore(
                  new VirtioGpu.State(
                      List.of(each), state.scanout(), state.command(), state.screen())))
          .as(each.toString())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("saved state");
    }
  }
}
