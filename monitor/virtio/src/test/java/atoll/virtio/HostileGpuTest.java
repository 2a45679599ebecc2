package atoll.virtio;

import static atoll.virtio.GpuDriver.*;
import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.ExitBudget;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A GPU's driver that breaks each rule of §5.7.6 once, asks for the largest work, or does anything:
 * it is refused, and what was there goes on.
 */
class HostileGpuTest {
  private static final int SIDE = 40;

  private final GpuDriver gpu = new GpuDriver();

  @AfterEach
  void close() {
    assertThat(gpu.driver.steps.longest).isLessThan(2 * ExitBudget.UNITS);
    gpu.close();
  }

  private void picture() {
    assertThat(gpu.send(CREATE_2D, 1, 2, SIDE, SIDE)).isEqualTo(OK);
    assertThat(gpu.attach(1, PIXELS, 4 * SIDE * SIDE)).isEqualTo(OK);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, SIDE, SIDE, 0, 1)).isEqualTo(OK);
  }

  /** The device still does what it is for. */
  private void expectAlive() {
    assertThat(gpu.driver.get(STATUS) & NEEDS_RESET).isZero();
    gpu.driver.memory.putInt(PIXELS, 0xabcdef);
    assertThat(gpu.send(TRANSFER, 0, 0, SIDE, SIDE, 0, 0, 1, 0)).isEqualTo(OK);
    assertThat(gpu.send(FLUSH, 0, 0, SIDE, SIDE, 1, 0)).isEqualTo(OK);
    assertThat(gpu.screen.pixels[0][0]).isEqualTo(0xabcdef);
  }

  @Test
  void picturesThatCannotBeAreNotMade() {
    picture();
    assertThat(gpu.send(CREATE_2D, 0, 2, 4, 4)).isEqualTo(INVALID_RESOURCE);
    assertThat(gpu.send(CREATE_2D, 1, 2, 4, 4)).isEqualTo(INVALID_RESOURCE); // It is taken.
    for (int format : new int[] {0, 5, 66, 69, 135, -1}) {
      assertThat(gpu.send(CREATE_2D, 2, format, 4, 4)).isEqualTo(INVALID_PARAMETER);
    }
    for (int[] size : new int[][] {{0, 4}, {4, 0}, {-1, 4}, {4, 1 << 31}}) {
      assertThat(gpu.send(CREATE_2D, 2, 2, size[0], size[1])).isEqualTo(INVALID_PARAMETER);
    }
    for (int[] size : new int[][] {{1 << 30, 1 << 30}, {65536, 65536}, {3000, 3000}}) {
      assertThat(gpu.send(CREATE_2D, 2, 2, size[0], size[1])).isEqualTo(OUT_OF_MEMORY);
    }
    expectAlive();
  }

  @Test
  void asManyPicturesAsThereIsRoomForAreMadeAndNoMore() {
    picture();
    int made = 1;
    while (gpu.send(CREATE_2D, made + 1, 2, 1, 1) == OK) {
      made++;
    }
    assertThat(made).isEqualTo(VideoMemory.MOST_RESOURCES);
    assertThat(gpu.send(CREATE_2D, -5, 2, 1, 1)).isEqualTo(OUT_OF_MEMORY);
    assertThat(gpu.send(UNREF, made, 0)).isEqualTo(OK);
    assertThat(gpu.send(CREATE_2D, -5, 2, 1, 1)).isEqualTo(OK);
    expectAlive();
  }

  @Test
  void videoMemoryThatIsFullIsUsedAgainWhenSomethingGoes() {
    picture();
    int made = 1;
    while (gpu.send(CREATE_2D, made + 1, 2, 512, 512) == OK) {
      made++;
    }
    assertThat(made).isBetween(5, 20);
    assertThat(gpu.send(UNREF, 2, 0)).isEqualTo(OK);
    assertThat(gpu.send(UNREF, 4, 0)).isEqualTo(OK);
    assertThat(gpu.send(CREATE_2D, 99, 2, 512, 600)).isEqualTo(OUT_OF_MEMORY); // Two gaps.
    assertThat(gpu.send(CREATE_2D, 99, 2, 512, 512)).isEqualTo(OK);
    assertThat(gpu.send(CREATE_2D, 98, 2, 512, 512)).isEqualTo(OK);
    expectAlive();
  }

  @Test
  void numbersOfNoPictureAreRefusedByEveryCommand() {
    picture();
    for (int id : new int[] {0, 2, -1}) {
      assertThat(gpu.send(UNREF, id, 0)).isEqualTo(INVALID_RESOURCE);
      assertThat(gpu.send(FLUSH, 0, 0, 1, 1, id, 0)).isEqualTo(INVALID_RESOURCE);
      assertThat(gpu.send(TRANSFER, 0, 0, 1, 1, 0, 0, id, 0)).isEqualTo(INVALID_RESOURCE);
      assertThat(gpu.attach(id, PIXELS, 4)).isEqualTo(INVALID_RESOURCE);
      assertThat(gpu.send(DETACH, id, 0)).isEqualTo(INVALID_RESOURCE);
    }
    assertThat(gpu.send(SET_SCANOUT, 0, 0, 1, 1, 0, 2)).isEqualTo(INVALID_RESOURCE);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, 1, 1, 1, 1)).isEqualTo(INVALID_SCANOUT);
    expectAlive();
  }

  @Test
  void partsThatAreNotInThePictureAreRefused() {
    picture();
    int[][] parts = {
      {0, 0, 0, 1}, {0, 0, 1, 0}, {0, 0, SIDE + 1, 1}, {0, 0, 1, SIDE + 1}, {SIDE, 0, 1, 1},
      {0, SIDE, 1, 1}, {-1, 0, 2, 1}, {0, -1, 1, 2}, {1, 0, -1, 1}, {1 << 31, 0, 1 << 31, 1},
      {Integer.MAX_VALUE, 0, Integer.MAX_VALUE, 1}, {0, 1, 1, Integer.MAX_VALUE}
    };
    for (int[] p : parts) {
      assertThat(gpu.send(FLUSH, p[0], p[1], p[2], p[3], 1, 0)).isEqualTo(INVALID_PARAMETER);
      assertThat(gpu.send(TRANSFER, p[0], p[1], p[2], p[3], 0, 0, 1, 0))
          .isEqualTo(INVALID_PARAMETER);
      assertThat(gpu.send(SET_SCANOUT, p[0], p[1], p[2], p[3], 0, 1)).isEqualTo(INVALID_PARAMETER);
    }
    expectAlive();
  }

  @Test
  void aPartThatTheScreenHasNoRoomForIsNotShown() {
    picture();
    assertThat(gpu.send(CREATE_2D, 2, 2, FakeScreen.WIDTH + 1, FakeScreen.HEIGHT + 1))
        .isEqualTo(OK);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, FakeScreen.WIDTH + 1, 1, 0, 2))
        .isEqualTo(INVALID_PARAMETER);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, 1, FakeScreen.HEIGHT + 1, 0, 2))
        .isEqualTo(INVALID_PARAMETER);
    assertThat(gpu.send(SET_SCANOUT, 1, 1, FakeScreen.WIDTH, FakeScreen.HEIGHT, 0, 2))
        .isEqualTo(OK);
    assertThat(gpu.send(SET_SCANOUT, 0, 0, SIDE, SIDE, 0, 1)).isEqualTo(OK);
    expectAlive();
  }

  @Test
  void offsetsBehindTheMemoryAreRefused() {
    picture();
    int last = 4 * (SIDE * (SIDE - 1) + SIDE - 1);
    assertThat(gpu.send(TRANSFER, SIDE - 1, SIDE - 1, 1, 1, last, 0, 1, 0)).isEqualTo(OK);
    for (long offset : new long[] {last + 1, last + 4, 1L << 32, -1, -4, Long.MIN_VALUE}) {
      assertThat(
              gpu.send(
                  TRANSFER, SIDE - 1, SIDE - 1, 1, 1, (int) offset, (int) (offset >> 32), 1, 0))
          .isEqualTo(INVALID_PARAMETER);
    }
    // As a whole and by rows: a picture needs all its bytes.
    assertThat(gpu.send(TRANSFER, 0, 0, SIDE, SIDE, 4, 0, 1, 0)).isEqualTo(INVALID_PARAMETER);
    assertThat(gpu.send(TRANSFER, 0, 0, 2, SIDE, 4 * (SIDE - 1), 0, 1, 0))
        .isEqualTo(INVALID_PARAMETER);
    assertThat(gpu.send(TRANSFER, 0, 0, 2, SIDE, 4 * (SIDE - 2), 0, 1, 0)).isEqualTo(OK);
    expectAlive();
  }

  @Test
  void memoryOutsideRamIsNoPicturesMemory() {
    picture();
    assertThat(gpu.send(CREATE_2D, 2, 2, 4, 4)).isEqualTo(OK);
    long[][] lists = {
      {RAM - 4, 4},
      {RAM + RAM_SIZE, 4},
      {RAM + RAM_SIZE - 2, 4},
      {PIXELS, 16, -16, 32},
      {0, 4},
      {PIXELS, 0xffff_ffffL},
      {-1, 1},
      {Long.MAX_VALUE, 16},
      {PIXELS, 4, 0x1000_0000L, 4}
    };
    for (long[] list : lists) {
      assertThat(gpu.attach(2, list)).isEqualTo(INVALID_PARAMETER);
    }
    assertThat(gpu.attach(2, RAM, 8, RAM, 8, RAM + 4, 48)).isEqualTo(OK); // They may overlap.
    assertThat(gpu.send(TRANSFER, 0, 0, 4, 4, 0, 0, 2, 0)).isEqualTo(OK);
    expectAlive();
  }

  @Test
  void listsThatAreNotWhatTheySayAreRefused() {
    picture();
    assertThat(gpu.send(CREATE_2D, 2, 2, 4, 4)).isEqualTo(OK);
    assertThat(gpu.send(ATTACH, 2, 0)).isEqualTo(INVALID_PARAMETER);
    assertThat(gpu.send(ATTACH, 2, 1)).isEqualTo(INVALID_PARAMETER); // None follows.
    assertThat(gpu.send(ATTACH, 2, 2, (int) PIXELS, 0, 4, 0)).isEqualTo(INVALID_PARAMETER);
    assertThat(gpu.send(ATTACH, 2, -1)).isEqualTo(INVALID_PARAMETER);
    assertThat(gpu.send(ATTACH, 2, 16_385)).isEqualTo(INVALID_PARAMETER);
    assertThat(gpu.send(DETACH, 2, 0)).isEqualTo(OK);
    expectAlive();
  }

  @Test
  void theListsOfAllPicturesTakeBoundedMemory() {
    picture();
    long[] pieces = new long[2 * 16_384];
    for (int i = 0; i < pieces.length; i += 2) {
      pieces[i] = PIXELS + 2L * i;
      pieces[i + 1] = 1;
    }
    int backed = 0;
    long list = gpu.listOf(pieces);
    while (backed < 8) {
      assertThat(gpu.send(CREATE_2D, 2 + backed, 2, 1, 1)).isEqualTo(OK);
      if (gpu.attachList(2 + backed, list, pieces.length / 2) != OK) {
        break;
      }
      backed++;
    }
    assertThat(backed).isEqualTo(3); // The fourth would be the 65,537th piece and more.
    assertThat(gpu.send(UNREF, 2, 0)).isEqualTo(OK);
    assertThat(gpu.attachList(2 + backed, list, pieces.length / 2)).isEqualTo(OK);
    expectAlive();
  }

  @Test
  void commandsThatAreTooShortOrUnknownAreRefused() {
    picture();
    for (int type : new int[] {CREATE_2D, UNREF, SET_SCANOUT, FLUSH, TRANSFER, ATTACH, DETACH}) {
      assertThat(gpu.send(type, 1)).isEqualTo(INVALID_PARAMETER);
      assertThat(gpu.send(type)).isEqualTo(INVALID_PARAMETER);
    }
    for (int type : new int[] {0, 0xff, 0x108, 0x109, 0x10b, 0x10c, 0x10d, 0x200, 0x300, -1}) {
      assertThat(gpu.send(type, 1, 1, 1, 1, 1, 1, 1, 1)).isEqualTo(UNSPECIFIED);
    }
    expectAlive();
  }

  @Test
  void whatWasNotNegotiatedIsNotThere() {
    try (GpuDriver plain = new GpuDriver(VERSION_1)) {
      assertThat(plain.send(GET_EDID, 0, 0)).isEqualTo(UNSPECIFIED);
      assertThat(plain.send(GET_DISPLAY_INFO)).isEqualTo(0x1101);
    }
  }

  @Test
  void aCommandWithoutAHeaderOrRoomForOneBreaksTheDeviceUntilItIsReset() {
    for (int[] sizes : new int[][] {{23, 24}, {24, 23}, {0, 24}, {24, 0}}) {
      try (GpuDriver other = new GpuDriver()) {
        other.control.add(
            new Buffer(PIXELS, sizes[0], false), new Buffer(PIXELS + 64, sizes[1], true));
        other.control.kick();
        assertThat(other.driver.get(STATUS) & NEEDS_RESET).isNotZero();
        assertThat(other.driver.mmio.statistics().lastFault()).contains("a GPU command of");
        other.driver.set(STATUS, 0);
        assertThat(other.driver.get(STATUS)).isZero();
      }
    }
  }

  @Test
  void aShortAnswerIsCutAndNothingIsWrittenBehindIt() {
    gpu.driver.memory.putInt(PIXELS, GET_DISPLAY_INFO);
    gpu.driver.memory.putInt(PIXELS + 64 + 30, 0x5a5a5a5a);
    gpu.control.add(new Buffer(PIXELS, 24, false), new Buffer(PIXELS + 64, 30, true));
    gpu.control.kick();
    assertThat(gpu.control.take().length()).isEqualTo(30);
    assertThat(gpu.driver.memory.getInt(PIXELS + 64 + 30)).isEqualTo(0x5a5a5a5a);
  }

  @Test
  void pointersThatCannotBeChangeNothing() {
    picture();
    gpu.point(UPDATE_CURSOR, 0, 1, 1, 0, 1, 0, 0, 0); // Of another size.
    gpu.point(UPDATE_CURSOR, 0, 1, 1, 0, 9, 0, 0, 0); // There is none.
    gpu.point(UPDATE_CURSOR, 1, 1, 1, 0, 0, 0, 0, 0); // There is no such display.
    gpu.point(CREATE_2D, 0, 1, 1, 0, 0, 0, 0, 0);
    assertThat(List.of(gpu.screen.cursorX, gpu.screen.cursorY)).containsExactly(0, 0);
    assertThat(gpu.send(CREATE_2D, 3, 1, 64, 64)).isEqualTo(OK);
    gpu.point(UPDATE_CURSOR, 0, -5, 70_000, 0, 3, 1 << 30, -1, 0);
    assertThat(List.of(gpu.screen.hotX, gpu.screen.hotY)).containsExactly(63, 0);
    gpu.cursor.add(new Buffer(PIXELS, 55, false));
    gpu.cursor.kick();
    assertThat(gpu.driver.mmio.statistics().lastFault()).contains("a cursor command of 55 bytes");
  }

  @Test
  void theLongestCommandsAreDoneInSteps() {
    picture();
    assertThat(gpu.send(CREATE_2D, 2, 2, 1024, 1024)).isEqualTo(OK);
    assertThat(gpu.send(UNREF, 2, 0)).isEqualTo(OK);
    int before = gpu.driver.steps.count;
    assertThat(gpu.send(CREATE_2D, 2, 2, 1024, 1024)).isEqualTo(OK); // Cleared this time.
    assertThat(gpu.driver.steps.count - before).isGreaterThan(5);
    long[] pieces = new long[2 * 16_384];
    for (int i = 0; i < pieces.length; i += 2) {
      pieces[i] = PIXELS + 4L * (i ^ 1);
      pieces[i + 1] = 256;
    }
    before = gpu.driver.steps.count;
    assertThat(gpu.attach(2, pieces)).isEqualTo(OK);
    assertThat(gpu.driver.steps.count - before).isGreaterThan(5);
    before = gpu.driver.steps.count;
    assertThat(gpu.send(TRANSFER, 0, 0, 1024, 1024, 0, 0, 2, 0)).isEqualTo(OK);
    assertThat(gpu.driver.steps.count - before).isGreaterThan(5);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whateverCommandsComeNothingThrowsAndStepsStayShort(long seed) {
    Random random = new Random(seed);
    int[] types = {CREATE_2D, UNREF, SET_SCANOUT, FLUSH, TRANSFER, DETACH, GET_EDID, 0x10c};
    int well = 0;
    long list = gpu.listOf(0, 0);
    for (int round = 0; round < 3_000; round++) {
      int type = types[random.nextInt(types.length)];
      int id = random.nextInt(6);
      if (random.nextInt(5) == 0) {
        gpu.driver.memory.putLong(list, PIXELS + random.nextInt(5000));
        gpu.driver.memory.putInt(list + 8, random.nextInt(1 << 17));
        well += gpu.attachList(id, list, 1) == OK ? 1 : 0;
        gpu.point(UPDATE_CURSOR, 0, random.nextInt(), 1, 0, random.nextInt(6), 1, 1, 0);
        continue;
      }
      int[] body = new int[random.nextInt(8) == 0 ? random.nextInt(9) : 8];
      for (int i = 0; i < body.length; i++) {
        body[i] = random.nextInt(12) == 0 ? random.nextInt() : random.nextInt(70);
      }
      place(type, id, body, random);
      well += gpu.send(type, body) == OK ? 1 : 0;
    }
    assertThat(well).isGreaterThan(100);
    assertThat(gpu.driver.get(STATUS) & NEEDS_RESET).isZero();
  }

  /** Puts a picture's number where the command has it, and small numbers where others are wrong. */
  private static void place(int type, int id, int[] body, Random random) {
    int at =
        switch (type) {
          case SET_SCANOUT -> 5;
          case FLUSH -> 4;
          case TRANSFER -> 6;
          default -> 0;
        };
    if (at < body.length) {
      body[at] = id;
    }
    if (type == CREATE_2D && body.length > 1) {
      body[1] = 1 + random.nextInt(4);
    }
    if (type == SET_SCANOUT && body.length > 4) {
      body[4] = random.nextInt(9) == 0 ? 1 : 0;
    }
    if (type == TRANSFER && body.length > 5) {
      body[5] = 0;
    }
  }
}
