package atoll.device.spi;

/**
 * A guest's input device, as whoever types or points sees it. Thread-safe; no call waits. What a
 * guest does not take is kept as far as there is room, and then lost; only what has been pressed is
 * let go in any case.
 */
public interface InputPort {
  /** What a position reaches up to, from 0: the right, or lower, edge of the picture. */
  int EDGE = 0x7fff;

  /** Whether the guest has a driver running for it; otherwise it hears nothing. */
  boolean driven();

  /**
   * A key or a button is pressed or let go.
   *
   * @param code its number, as Linux has them ({@code KEY_*} and {@code BTN_*})
   */
  void press(int code, boolean down);

  /**
   * The pointer is at a place of the picture.
   *
   * @param x from 0 to {@link #EDGE}
   * @param y from 0 to {@link #EDGE}
   */
  void move(int x, int y);

  /** The wheel is turned so many notches: away from the user, or to the right. */
  void turn(int up, int right);
}
