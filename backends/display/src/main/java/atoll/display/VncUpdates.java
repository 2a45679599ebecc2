package atoll.display;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * What one viewer is shown (RFC 6143 §7.6.1): what has changed since the last time, once it asks.
 * An update is made in pieces, each when there is room for it, of what the screen shows then. So a
 * slow viewer gets fewer updates, and takes no more memory.
 */
final class VncUpdates implements AutoCloseable {
  /** What {@link #serve} returns if only a change or a request brings anything new. */
  static final long NEVER = Long.MAX_VALUE;

  private static final int RAW = 0; // §7.7
  private static final int ZRLE = 16;
  private static final int CURSOR = -239; // §7.8.1
  private static final int DESKTOP_SIZE = -223; // §7.8.2
  private static final int QEMU_KEYS = -258; // rfbproto.rst, "QEMU Extended Key Event"
  private static final int QEMU_LEDS = -261; // the same, "QEMU LED State"

  private static final int UPDATE = 0; // §7.6.1
  private static final int COLOUR_MAP = 1; // §7.6.2

  /** Pixels of the longest area that is sent in one piece. */
  private static final int AREA_WIDTH = 16 * Screen.TILE;

  private static final int AREA_PIXELS = AREA_WIDTH * Screen.TILE;
  private static final int AREA_HEADER = 12;

  /** Bytes that an area, or all that is no picture in an update, takes at most. */
  private static final int ROOM = AREA_HEADER + Zrle.room(AREA_PIXELS);

  /** Bytes of output that may wait for a viewer. */
  static final int OUTPUT = 2 * ROOM;

  /** Areas that are made before other viewers have their turn. */
  private static final int TURN = 4;

  private static final long PACE_NANOS = 33_000_000; // 30 updates a second

  private final Screen screen;
  private final ByteBuffer out;
  private final Zrle zrle = new Zrle(AREA_PIXELS);
  private final int[] pixels = new int[AREA_PIXELS];
  private final BitSet changed = new BitSet();
  private final Deque<Area> areas = new ArrayDeque<>();

  private PixelFormat format = PixelFormat.OWN;
  private boolean mapTold;
  private int encoding = RAW;
  private boolean encodingChosen;
  private boolean takesSizes;
  private boolean takesCursor;
  private boolean takesKeys;
  private boolean takesLeds;
  private boolean keysTold;

  /** What the viewer knows. */
  private Area known;

  private long seen;
  private long cursorSeen = -1;
  private int ledsSeen = -1;

  private boolean asked;
  private Area wanted;
  private long next;
  private boolean waiting;

  /** Puts updates into {@code out}, which has {@link #OUTPUT} bytes. */
  VncUpdates(Screen screen, ByteBuffer out) {
    this.screen = screen;
    this.out = out;
    known = screen.whole();
    wanted = known;
  }

  /** §7.3.2: what a viewer is told first. */
  void introduce(String title) {
    byte[] name = title.getBytes(StandardCharsets.UTF_8);
    out.putShort((short) known.width()).putShort((short) known.height());
    PixelFormat.OWN.write(out);
    out.putInt(name.length).put(name);
  }

  // ------------------------------------------------------------ what the viewer says

  /** Pixels are sent so from now on; it is {@linkplain PixelFormat#possible possible}. */
  void format(PixelFormat wish) {
    format = wish;
    mapTold = false;
    cursorSeen = -1;
  }

  /** A list of encodings begins. */
  void noEncodings() {
    encoding = RAW;
    encodingChosen = false;
    takesSizes = false;
    takesCursor = false;
    takesKeys = false;
    takesLeds = false;
  }

  /** The next encoding of the list; those before it are preferred. */
  void encoding(int number) {
    switch (number) {
      case RAW, ZRLE -> {
        encoding = encodingChosen ? encoding : number;
        encodingChosen = true;
      }
      case CURSOR -> takesCursor = true;
      case DESKTOP_SIZE -> takesSizes = true;
      case QEMU_KEYS -> takesKeys = true;
      case QEMU_LEDS -> takesLeds = true;
      default -> {} // Not here; viewers must do without.
    }
  }

  /** An update is asked for: of what has changed, or of all in an area. */
  void ask(boolean incremental, Area area) {
    asked = true;
    wanted = area;
    if (!incremental) {
      int right = Math.min(area.x() + area.width(), screen.mostWidth());
      int bottom = Math.min(area.y() + area.height(), screen.mostHeight());
      for (int y = area.y() / Screen.TILE; y * Screen.TILE < bottom; y++) {
        for (int x = area.x() / Screen.TILE; x * Screen.TILE < right; x++) {
          changed.set(y * screen.columns() + x);
        }
      }
    }
  }

  // ------------------------------------------------------------ what it is sent

  /** Whether it waits for a change of the picture. */
  boolean waiting() {
    return waiting;
  }

  /**
   * Puts what there is to send, as far as there is room.
   *
   * @param now nanoseconds
   * @return when it wants to be asked again though nothing happens, if there is room then
   */
  long serve(long now) {
    waiting = false;
    for (int made = 0; made < TURN; made++) {
      if (out.remaining() < ROOM) {
        return now;
      }
      if (!areas.isEmpty()) {
        put(areas.remove());
      } else if (!asked) {
        return NEVER;
      } else if (now < next) {
        return next;
      } else if (begin()) {
        next = now + PACE_NANOS;
      } else {
        waiting = true;
        return NEVER;
      }
    }
    return now;
  }

  /** Begins an update if there is anything to tell. */
  private boolean begin() {
    Area whole = screen.whole();
    if (!mapTold && format.mapped()) {
      colours();
    }
    if (takesSizes && !whole.equals(known)) {
      known = whole;
      changed.set(0, screen.columns() * (screen.mostHeight() / Screen.TILE + 1));
      header(1);
      area(whole, DESKTOP_SIZE);
      asked = false;
      return true;
    }
    seen = screen.changedSince(seen, changed);
    gather();
    Screen.Cursor shape = screen.shape();
    int leds = screen.leds();
    boolean tellCursor = takesCursor && shape.version() != cursorSeen;
    boolean tellLeds = takesLeds && leds != ledsSeen;
    boolean tellKeys = takesKeys && !keysTold;
    int extras = (tellCursor ? 1 : 0) + (tellLeds ? 1 : 0) + (tellKeys ? 1 : 0);
    if (extras + areas.size() == 0) {
      return false;
    }
    header(extras + areas.size());
    if (tellKeys) {
      area(known, QEMU_KEYS);
      keysTold = true;
    }
    if (tellLeds) {
      leds(leds);
    }
    if (tellCursor) {
      cursor(shape);
    }
    asked = false;
    return true;
  }

  private void header(int count) {
    out.put((byte) UPDATE).put((byte) 0).putShort((short) count);
  }

  private void area(Area area, int kind) {
    out.putShort((short) area.x()).putShort((short) area.y());
    out.putShort((short) area.width()).putShort((short) area.height()).putInt(kind);
  }

  /** Takes the changed tiles that are wanted, neighbours together. */
  private void gather() {
    int rows = Math.min(known.height(), wanted.y() + wanted.height());
    int right = Math.min(known.width(), wanted.x() + wanted.width());
    for (int row = wanted.y() / Screen.TILE; row * Screen.TILE < rows; row++) {
      int first = row * screen.columns();
      int end = first + (right + Screen.TILE - 1) / Screen.TILE;
      int tile = changed.nextSetBit(first + wanted.x() / Screen.TILE);
      while (tile >= 0 && tile < end) {
        int behind = Math.min(changed.nextClearBit(tile), end);
        gather(row, tile - first, behind - first);
        changed.clear(tile, behind);
        tile = changed.nextSetBit(behind);
      }
    }
  }

  private void gather(int row, int from, int behind) {
    int y = row * Screen.TILE;
    int high = Math.min(Screen.TILE, known.height() - y);
    int end = Math.min(behind * Screen.TILE, known.width());
    for (int x = from * Screen.TILE; x < end; x += AREA_WIDTH) {
      areas.add(new Area(x, y, Math.min(AREA_WIDTH, end - x), high));
    }
  }

  private void put(Area area) {
    screen.copy(area, pixels);
    for (int i = 0; i < area.pixels(); i++) {
      pixels[i] &= 0xff_ffff;
    }
    area(area, encoding);
    if (encoding == ZRLE) {
      zrle.put(area, pixels, format, out);
    } else {
      for (int i = 0; i < area.pixels(); i++) {
        format.put(format.of(pixels[i]), out);
      }
    }
  }

  /** §7.6.2: what the numbers of colours mean. */
  private void colours() {
    out.put((byte) COLOUR_MAP).put((byte) 0).putShort((short) 0);
    out.putShort((short) PixelFormat.COLOURS);
    for (int number = 0; number < PixelFormat.COLOURS; number++) {
      format.colour(number, out);
    }
    mapTold = true;
  }

  /** QEMU's: a bit for each light, in another order. */
  private void leds(int lit) {
    area(new Area(0, 0, 1, 1), QEMU_LEDS);
    out.put((byte) (lit >> 2 & 1 | (lit & 1) << 1 | (lit & 2) << 1));
    ledsSeen = lit;
  }

  /** §7.8.1: pixels, and a bit for each that is one of the pointer's. */
  private void cursor(Screen.Cursor shape) {
    int[] argb = shape.pixels();
    int side = argb.length == 0 ? 0 : Screen.CURSOR_SIZE;
    area(new Area(shape.hotX(), shape.hotY(), side, side), CURSOR);
    for (int pixel : argb) {
      format.put(format.of(pixel), out);
    }
    for (int i = 0; i < argb.length; i += Byte.SIZE) {
      int bits = 0;
      for (int n = 0; n < Byte.SIZE; n++) {
        bits = bits << 1 | argb[i + n] >>> Integer.SIZE - 1; // half of it or more is there
      }
      out.put((byte) bits);
    }
    cursorSeen = shape.version();
  }

  @Override
  public void close() {
    zrle.close();
  }
}
