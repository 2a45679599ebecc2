package atoll.device.spi;

import java.util.function.LongConsumer;

/**
 * The host's side of a guest's display: a screen, and the keyboard and the pointer in front of it.
 *
 * <p>Devices call it under their own monitors, which an {@link InputPort} takes as well. So a
 * screen holds no lock that these calls need while it calls a port.
 */
public interface DisplayBackend {
  /** Pixels of a row of the picture that the guest is asked for. */
  int width();

  /** Rows of that picture. */
  int height();

  /** The most pixels of a row that can be shown, whatever the guest is asked for. */
  int mostWidth();

  /** The most rows that can be shown. */
  int mostHeight();

  /**
   * Plugs a guest's display in, in place of the one of an earlier life.
   *
   * @param charge takes nanoseconds of CPU time that others spend on what the guest draws
   */
  void attach(LongConsumer charge);

  /** The display, the keyboard and the pointer are gone. */
  void detach();

  /**
   * A picture of this size is shown from now on; until it is drawn, it is what was there before.
   */
  void show(int width, int height);

  /** Nothing is shown any more. */
  void blank();

  /**
   * A part of a row has been drawn.
   *
   * @param pixels {@code 0x00RRGGBB}; what is in the highest byte means nothing
   * @param count how many of them, from the first
   */
  void draw(int x, int y, int[] pixels, int count);

  /** All rows of this part of the picture have been drawn: those who look at it may look now. */
  void drawn(int x, int y, int width, int height);

  /**
   * The pointer has this shape, above the picture.
   *
   * @param pixels {@value #CURSOR_SIZE} rows of as many, {@code 0xAARRGGBB}
   * @param hotX which of them the pointer's place is
   */
  void cursor(int[] pixels, int hotX, int hotY);

  /** Pixels of the pointer's rows and columns. */
  int CURSOR_SIZE = 64;

  /** The pointer is at this place of the picture. */
  void cursorAt(int x, int y);

  /** There is no pointer. */
  void noCursor();

  /** Plugs the guest's keyboard in. */
  void keyboard(InputPort port);

  /** Plugs the guest's pointing device in. */
  void pointer(InputPort port);

  /**
   * The lights of the keyboard.
   *
   * @param lit a bit for each that is lit: 0 Num Lock, 1 Caps Lock, 2 Scroll Lock
   */
  void leds(int lit);

  /** What is on the screen. */
  State state();

  /**
   * Shows what a state has.
   *
   * @throws IllegalArgumentException if this screen cannot
   */
  void restore(State state);

  /**
   * What is on a screen.
   *
   * @param shown whether anything is
   * @param width of the picture, which may be the last one that was shown
   * @param height of it
   * @param pixels by rows, three bytes each: red, green, blue
   * @param cursor the pointer's pixels by rows, four bytes each: alpha, red, green, blue; empty
   *     without a pointer
   */
  @SuppressWarnings("ArrayRecordComponent") // millions of pixels, which nobody compares
  record State(
      boolean shown,
      int width,
      int height,
      byte[] pixels,
      byte[] cursor,
      int hotX,
      int hotY,
      int cursorX,
      int cursorY) {
    public State {
      if (width < 0
          || height < 0
          || pixels.length != 3L * width * height
          || cursor.length != 0 && cursor.length != 4 * CURSOR_SIZE * CURSOR_SIZE) {
        throw new IllegalArgumentException(
            "the saved state of a screen has %d bytes for %d x %d pixels, and %d for the pointer"
                .formatted(pixels.length, width, height, cursor.length));
      }
    }
  }
}
