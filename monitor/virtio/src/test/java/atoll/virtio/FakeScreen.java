package atoll.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.DisplayBackend;
import atoll.device.spi.InputPort;
import java.util.Random;
import java.util.function.LongConsumer;

/** A screen of 80 by 60 pixels that a test can look at; it takes nothing that is outside. */
final class FakeScreen implements DisplayBackend {
  static final int WIDTH = 80;
  static final int HEIGHT = 60;

  final int[][] pixels = new int[HEIGHT][WIDTH];
  boolean shown;
  int width;
  int height;
  int drawn;
  int[] cursor;
  int hotX;
  int hotY;
  int cursorX;
  int cursorY;
  int leds;
  boolean attached;
  LongConsumer charge;
  InputPort keyboard;
  InputPort pointer;

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public int height() {
    return HEIGHT;
  }

  @Override
  public int mostWidth() {
    return WIDTH;
  }

  @Override
  public int mostHeight() {
    return HEIGHT;
  }

  @Override
  public void attach(LongConsumer charged) {
    attached = true;
    charge = charged;
  }

  @Override
  public void detach() {
    attached = false;
  }

  @Override
  public void show(int wide, int high) {
    assertThat(wide).isBetween(1, WIDTH);
    assertThat(high).isBetween(1, HEIGHT);
    shown = true;
    width = wide;
    height = high;
  }

  @Override
  public void blank() {
    shown = false;
  }

  @Override
  public void draw(int x, int y, int[] row, int count) {
    assertThat(x + count).isLessThanOrEqualTo(width);
    assertThat(y).isLessThan(height);
    for (int i = 0; i < count; i++) {
      pixels[y][x + i] = row[i] & 0xff_ffff;
    }
  }

  @Override
  public void drawn(int x, int y, int wide, int high) {
    assertThat(x + wide).isLessThanOrEqualTo(width);
    assertThat(y + high).isLessThanOrEqualTo(height);
    drawn++;
  }

  @Override
  public void cursor(int[] shape, int x, int y) {
    cursor = shape.clone();
    hotX = x;
    hotY = y;
  }

  @Override
  public void cursorAt(int x, int y) {
    cursorX = x;
    cursorY = y;
  }

  @Override
  public void noCursor() {
    cursor = null;
  }

  @Override
  public void keyboard(InputPort port) {
    keyboard = port;
  }

  @Override
  public void pointer(InputPort port) {
    pointer = port;
  }

  @Override
  public void leds(int lit) {
    leds = lit;
  }

  @Override
  public State state() {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (pixels[i / 3 / width][i / 3 % width] >> 16 - i % 3 * 8);
    }
    return new State(shown, width, height, rgb, new byte[0], hotX, hotY, cursorX, cursorY);
  }

  @Override
  public void restore(State state) {
    shown = state.shown();
    width = state.width();
    height = state.height();
    for (int i = 0; i < state.pixels().length; i++) {
      int[] row = pixels[i / 3 / width];
      int shift = 16 - i % 3 * 8;
      row[i / 3 % width] &= ~(0xff << shift);
      row[i / 3 % width] |= (state.pixels()[i] & 0xff) << shift;
    }
  }

  /** Presses and points, if anything is plugged in. */
  void talk(Random random) {
    if (keyboard != null) {
      keyboard.press(random.nextInt(256), random.nextBoolean());
    }
    if (pointer != null) {
      pointer.press(0x110 + random.nextInt(5), random.nextBoolean());
      pointer.move(random.nextInt(), random.nextInt());
      pointer.turn(random.nextInt(), random.nextInt());
    }
  }
}
