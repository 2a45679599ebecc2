package atoll.display;

import atoll.device.spi.DisplayBackend;
import atoll.device.spi.InputPort;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.LongConsumer;

/**
 * A screen that keeps the picture of a guest's display, and which parts of it have changed, for
 * those who look at it. It outlives its guest: the last picture stays until another is shown.
 *
 * <p>Its monitor is held for some rows at a time only, since guests draw under it.
 */
public final class Screen implements DisplayBackend {
  /** Guests show this much on any screen: it is what Linux's driver takes for granted. */
  private static final int LEAST_WIDTH = 1024;

  private static final int LEAST_HEIGHT = 768;

  /** Pixels of the sides of what is looked at as a whole for changes. */
  static final int TILE = 32;

  /** Pixels that are copied under the monitor at once. */
  private static final int AT_ONCE = 32 << 10;

  private static final int RGB = 0xff_ffff;

  private final ScreenSize size;
  private final int mostWidth;
  private final int mostHeight;
  private final int columns;

  // Guarded by this.

  /** By rows of the most pixels that one can have, so that another size moves nothing. */
  private final int[] pixels;

  private boolean shown;
  private int width;
  private int height;

  /** When each tile was drawn last, counted in changes. */
  private final long[] drawnAt;

  private long changes;
  private int[] cursor;
  private long cursorChanges;
  private int hotX;
  private int hotY;
  private int cursorX;
  private int cursorY;

  private volatile InputPort keyboard = new NoPort();
  private volatile InputPort pointer = keyboard;
  private volatile int leds;
  private volatile LongConsumer charge = nanos -> {};
  private volatile Runnable watcher = () -> {};

  /** What nobody hears. */
  private static final class NoPort implements InputPort {
    @Override
    public boolean driven() {
      return false;
    }

    @Override
    public void press(int code, boolean down) {}

    @Override
    public void move(int x, int y) {}

    @Override
    public void turn(int up, int right) {}
  }

  /**
   * The pointer's shape.
   *
   * @param pixels {@code 0xAARRGGBB}; empty if there is none
   * @param version another number for another shape
   */
  @SuppressWarnings("ArrayRecordComponent") // millions of pixels, which nobody compares
  record Cursor(int[] pixels, int hotX, int hotY, long version) {}

  /** A dark one. */
  public Screen(ScreenSize size) {
    this.size = size;
    mostWidth = Math.max(size.width(), LEAST_WIDTH);
    mostHeight = Math.max(size.height(), LEAST_HEIGHT);
    columns = tiles(mostWidth);
    pixels = new int[mostWidth * mostHeight];
    drawnAt = new long[columns * tiles(mostHeight)];
    width = size.width();
    height = size.height();
  }

  private static int tiles(int side) {
    return (side + TILE - 1) / TILE;
  }

  // ------------------------------------------------------------ for the guest

  @Override
  public int width() {
    return size.width();
  }

  @Override
  public int height() {
    return size.height();
  }

  @Override
  public int mostWidth() {
    return mostWidth;
  }

  @Override
  public int mostHeight() {
    return mostHeight;
  }

  @Override
  public void attach(LongConsumer charged) {
    charge = charged;
    blank();
    noCursor();
  }

  @Override
  public void detach() {
    keyboard = new NoPort();
    pointer = keyboard;
    leds = 0;
    charge = nanos -> {};
    blank();
  }

  @Override
  public synchronized void show(int wide, int high) {
    if (!shown || wide != width || high != height) {
      width = wide;
      height = high;
      shown = true;
      drawn(0, 0, wide, high);
    }
  }

  @Override
  public synchronized void blank() {
    if (shown) {
      shown = false;
      drawn(0, 0, width, height);
    }
  }

  @Override
  public synchronized void draw(int x, int y, int[] row, int count) {
    System.arraycopy(row, 0, pixels, y * mostWidth + x, count);
  }

  @Override
  public synchronized void drawn(int x, int y, int wide, int high) {
    changes++;
    for (int row = y / TILE; row <= (y + high - 1) / TILE; row++) {
      int first = row * columns;
      Arrays.fill(drawnAt, first + x / TILE, first + (x + wide - 1) / TILE + 1, changes);
    }
    watcher.run();
  }

  @Override
  public synchronized void cursor(int[] shape, int x, int y) {
    cursor = shape.clone();
    hotX = x;
    hotY = y;
    cursorChanges = ++changes;
    watcher.run();
  }

  @Override
  public synchronized void cursorAt(int x, int y) {
    cursorX = x;
    cursorY = y;
  }

  @Override
  public synchronized void noCursor() {
    if (cursor != null) {
      cursor = null;
      cursorChanges = ++changes;
      watcher.run();
    }
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
    watcher.run();
  }

  @Override
  public synchronized State state() {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int pixel = pixels[at(i)];
      rgb[3 * i] = (byte) (pixel >> 16);
      rgb[3 * i + 1] = (byte) (pixel >> 8);
      rgb[3 * i + 2] = (byte) pixel;
    }
    byte[] argb = new byte[cursor == null ? 0 : Integer.BYTES * cursor.length];
    for (int i = 0; i < argb.length; i++) {
      argb[i] = (byte) (cursor[i / 4] >> 24 - i % 4 * 8);
    }
    return new State(shown, width, height, rgb, argb, hotX, hotY, cursorX, cursorY);
  }

  @Override
  public synchronized void restore(State state) {
    if (state.width() < 1
        || state.height() < 1
        || state.width() > mostWidth
        || state.height() > mostHeight) {
      throw new IllegalArgumentException(
          "the saved state has a picture of %d x %d, this screen room for %d x %d"
              .formatted(state.width(), state.height(), mostWidth, mostHeight));
    }
    width = state.width();
    height = state.height();
    shown = state.shown();
    byte[] rgb = state.pixels();
    for (int i = 0; i < width * height; i++) {
      pixels[at(i)] =
          (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | rgb[3 * i + 2] & 0xff;
    }
    cursor = state.cursor().length == 0 ? null : words(state.cursor());
    hotX = state.hotX();
    hotY = state.hotY();
    cursorX = state.cursorX();
    cursorY = state.cursorY();
    cursorChanges = ++changes;
    drawn(0, 0, width, height);
  }

  /** Where the i-th pixel of the picture is kept. */
  private int at(int i) {
    return i / width * mostWidth + i % width;
  }

  private static int[] words(byte[] bytes) {
    int[] words = new int[bytes.length / Integer.BYTES];
    for (int i = 0; i < bytes.length; i++) {
      words[i / 4] |= (bytes[i] & 0xff) << 24 - i % 4 * 8;
    }
    return words;
  }

  // ------------------------------------------------------------ for those who look at it

  /** Told of each change, under locks of the guest's: it only leaves a note. One at a time. */
  void watch(Runnable told) {
    watcher = told;
  }

  /** Whether the guest shows anything. */
  public synchronized boolean lit() {
    return shown;
  }

  /** The picture, with the pointer in it; the last one if none is shown now. */
  public Frame frame() {
    while (true) {
      int wide;
      int high;
      synchronized (this) {
        wide = width;
        high = height;
      }
      int[] copy = new int[wide * high];
      if (copied(copy, wide, high)) {
        point(copy, wide, high);
        return new Frame(wide, high, copy);
      }
    }
  }

  /** Returns false if the picture has got another size meanwhile. */
  private boolean copied(int[] copy, int wide, int high) {
    int rows = Math.max(1, AT_ONCE / wide);
    for (int y = 0; y < high; y += rows) {
      synchronized (this) {
        if (wide != width || high != height) {
          return false;
        }
        for (int row = y; row < Math.min(y + rows, high); row++) {
          System.arraycopy(pixels, row * mostWidth, copy, row * wide, wide);
        }
      }
    }
    for (int i = 0; i < copy.length; i++) {
      copy[i] &= RGB;
    }
    return true;
  }

  /** Draws the pointer where it is. */
  private synchronized void point(int[] picture, int wide, int high) {
    for (int i = 0; cursor != null && i < cursor.length; i++) {
      int x = cursorX - hotX + i % CURSOR_SIZE;
      int y = cursorY - hotY + i / CURSOR_SIZE;
      if (x >= 0 && y >= 0 && x < wide && y < high) {
        picture[y * wide + x] = over(cursor[i], picture[y * wide + x]);
      }
    }
  }

  /** A colour with alpha over another. */
  private static int over(int above, int below) {
    int alpha = above >>> 24;
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int a = above >> shift & 0xff;
      int b = below >> shift & 0xff;
      mixed |= (a * alpha + b * (255 - alpha)) / 255 << shift;
    }
    return mixed;
  }

  /** All of the picture, which has another size when the guest shows one. */
  synchronized Area whole() {
    return new Area(0, 0, width, height);
  }

  /**
   * Adds the tiles that have changed.
   *
   * @param since what this has returned before, or 0 for all
   * @return what to ask with the next time
   */
  synchronized long changedSince(long since, BitSet tiles) {
    for (int tile = 0; since < changes && tile < drawnAt.length; tile++) {
      if (drawnAt[tile] > since) {
        tiles.set(tile);
      }
    }
    return changes;
  }

  /** Tiles beside one another. */
  int columns() {
    return columns;
  }

  /** Copies a part of the picture; what is outside, and all if none is shown, is black. */
  void copy(Area area, int[] into) {
    Arrays.fill(into, 0, area.pixels(), 0);
    synchronized (this) {
      int wide = Math.min(area.width(), width - area.x());
      int high = Math.min(area.height(), height - area.y());
      for (int row = 0; shown && wide > 0 && row < high; row++) {
        System.arraycopy(
            pixels, (area.y() + row) * mostWidth + area.x(), into, row * area.width(), wide);
      }
    }
  }

  synchronized Cursor shape() {
    return new Cursor(cursor == null ? new int[0] : cursor, hotX, hotY, cursorChanges);
  }

  /** A bit for each light: 0 Num Lock, 1 Caps Lock, 2 Scroll Lock. */
  int leds() {
    return leds;
  }

  /** Has the guest pay for CPU time that was spent on what it draws. */
  void charge(long nanos) {
    charge.accept(nanos);
  }

  /** What keys that are pressed in front of the screen reach. */
  public InputPort keyboard() {
    return keyboard;
  }

  /** What a pointer that is moved in front of the screen reaches. */
  public InputPort pointer() {
    return pointer;
  }
}
