package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.DisplayBackend;
import atoll.device.spi.InputPort;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The input device (§5.8): a keyboard, a pointer, or buttons of a machine.
 *
 * <p>Events wait here until the driver has room for them, up to a number. Then no key is pressed
 * any more, but there is always room to let go those that are.
 */
public final class VirtioInput extends VirtioDevice implements InputPort {
  private static final int ID = 18; // §5.8.1
  private static final int EVENTS = 0; // §5.8.2
  private static final int QUEUES = 2;
  private static final int QUEUE_SIZE = 64;

  // §5.8.4: select, subsel, size, reserved[5], and 128 bytes for what is selected.
  private static final int CONFIG_SIZE = 136;
  private static final int SELECT = 0;
  private static final int SUBSELECT = 1;
  private static final int DATA = 8;

  private static final int ID_NAME = 1; // §5.8.4
  private static final int ID_SERIAL = 2;
  private static final int ID_DEVIDS = 3;
  private static final int EVENT_BITS = 0x11;
  private static final int ABSOLUTE_INFO = 0x12;

  private static final int BUS_VIRTUAL = 6;
  private static final int VENDOR = 0x1af4; // as on PCI, §4.1.2
  private static final int DEVICE_VERSION = 1;

  /** §5.8.6: type, code, value. */
  private static final int EVENT_SIZE = 8;

  /** Events that may wait. */
  static final int MOST_WAITING = 256;

  /** Events of a key that is let go: that, and the end of the report. */
  private static final int RELEASE = 2;

  /** Units of budget for an event. */
  private static final int COST = 60;

  private final InputKind kind;

  @Unsaved("as it was made")
  private final Consumer<InputPort> plug;

  private final IntConsumer lights;

  private int select;
  private int subselect;
  private final Deque<Event> waiting = new ArrayDeque<>();

  /** Keys and buttons that the guest has been told, or will be, are pressed. */
  private final NavigableSet<Integer> pressed = new TreeSet<>();

  private int leds;

  @Unsaved("of the event that is being moved")
  private final ByteBuffer event = ByteBuffer.allocate(EVENT_SIZE).order(ByteOrder.LITTLE_ENDIAN);

  /** Something that has happened, as the guest is told of it. */
  public record Event(int type, int code, int value) {}

  /**
   * The whole state.
   *
   * @param select as written
   * @param subselect as written
   * @param waiting events that the driver has had no room for
   * @param pressed keys and buttons
   * @param leds a bit for each light that is lit
   */
  public record State(
      int select, int subselect, List<Event> waiting, List<Integer> pressed, int leds)
      implements VirtioDevice.State {
    public State {
      waiting = List.copyOf(waiting);
      pressed = List.copyOf(pressed);
      if (waiting.size() + RELEASE * pressed.size() > MOST_WAITING) {
        throw new IllegalArgumentException(
            "the saved state of an input device has %d events and %d keys; it has room for %d"
                .formatted(waiting.size(), pressed.size(), MOST_WAITING));
      }
    }
  }

  private VirtioInput(InputKind kind, Consumer<InputPort> plug, IntConsumer lights) {
    this.kind = kind;
    this.plug = plug;
    this.lights = lights;
  }

  /** The keyboard in front of a screen. */
  public static VirtioInput keyboard(DisplayBackend screen) {
    return new VirtioInput(InputKind.KEYBOARD, screen::keyboard, screen::leds);
  }

  /**
   * Some buttons.
   *
   * @param codes of their keys
   * @param plug is given what presses them
   */
  public static VirtioInput buttons(Collection<Integer> codes, Consumer<InputPort> plug) {
    return new VirtioInput(InputKind.buttons(codes), plug, lit -> {});
  }

  /** The pointer in front of a screen. */
  public static VirtioInput tablet(DisplayBackend screen) {
    return new VirtioInput(InputKind.TABLET, screen::pointer, lit -> {});
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    return 0;
  }

  @Override
  int queues() {
    return QUEUES;
  }

  @Override
  int queueSize() {
    return QUEUE_SIZE;
  }

  @Override
  int configSize() {
    return CONFIG_SIZE;
  }

  @Override
  void config(ByteBuffer into) {
    byte[] data = selected();
    into.put((byte) select).put((byte) subselect).put((byte) data.length);
    into.position(DATA).put(data);
  }

  /** Empty if there is nothing of that kind. */
  private byte[] selected() {
    return switch (select) {
      case ID_NAME -> subselect == 0 ? text(kind.title()) : new byte[0];
      case ID_SERIAL -> subselect == 0 ? text("atoll-" + kind.product()) : new byte[0];
      case ID_DEVIDS -> subselect == 0 ? identity() : new byte[0];
      case EVENT_BITS -> kind.codes(subselect);
      case ABSOLUTE_INFO -> kind.has(InputKind.ABSOLUTE, subselect) ? range() : new byte[0];
      default -> new byte[0];
    };
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] identity() {
    return ByteBuffer.allocate(4 * Short.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) BUS_VIRTUAL)
        .putShort((short) VENDOR)
        .putShort((short) kind.product())
        .putShort((short) DEVICE_VERSION)
        .array();
  }

  /** §5.8.4: least, most, and no noise, rest or resolution. */
  private static byte[] range() {
    return ByteBuffer.allocate(5 * Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(Integer.BYTES, EDGE)
        .array();
  }

  @Override
  void configWritten(int offset, int size, long value) {
    for (int n = 0; n < size; n++) {
      int part = (int) (value >>> Byte.SIZE * n) & 0xff;
      if (offset + n == SELECT) {
        select = part;
      } else if (offset + n == SUBSELECT) {
        subselect = part;
      }
    }
  }

  @Override
  void attached() {
    plug.accept(this);
  }

  // ------------------------------------------------------------ what happens in front of it

  @Override
  public boolean driven() {
    synchronized (session()) {
      return session().driven();
    }
  }

  @Override
  public void press(int code, boolean down) {
    synchronized (session()) {
      if (!session().driven() || !kind.has(InputKind.KEYS, code)) {
        return;
      }
      if (down ? hasRoom(2 * RELEASE) && pressed.add(code) : pressed.remove(code)) {
        report(new Event(InputKind.KEYS, code, down ? 1 : 0));
      }
    }
  }

  @Override
  public void move(int x, int y) {
    synchronized (session()) {
      if (!session().driven() || !kind.has(InputKind.ABSOLUTE, InputKind.X)) {
        return;
      }
      forgetLastMove();
      if (hasRoom(3)) {
        report(
            new Event(InputKind.ABSOLUTE, InputKind.X, Math.clamp(x, 0, EDGE)),
            new Event(InputKind.ABSOLUTE, InputKind.Y, Math.clamp(y, 0, EDGE)));
      }
    }
  }

  /** Where the pointer was while nobody looked does not matter, unless something followed. */
  private void forgetLastMove() {
    if (waiting.size() >= 3) {
      Event end = waiting.removeLast();
      Event last = waiting.peekLast();
      if (last.type == InputKind.ABSOLUTE) {
        waiting.removeLast();
        waiting.removeLast();
      } else {
        waiting.addLast(end);
      }
    }
  }

  @Override
  public void turn(int up, int right) {
    synchronized (session()) {
      if (session().driven() && kind.has(InputKind.RELATIVE, InputKind.WHEEL) && hasRoom(3)) {
        report(
            new Event(InputKind.RELATIVE, InputKind.WHEEL, up),
            new Event(InputKind.RELATIVE, InputKind.WHEEL_ASIDE, right));
      }
    }
  }

  /** Beside what is kept for keys that will be let go. */
  private boolean hasRoom(int events) {
    return waiting.size() + events + RELEASE * pressed.size() <= MOST_WAITING;
  }

  private void report(Event... events) {
    waiting.addAll(List.of(events));
    waiting.add(new Event(InputKind.SYNC, 0, 0));
    session().mark(EVENTS);
  }

  // ------------------------------------------------------------ what the driver hears and says

  @Override
  boolean serve(int queue, ExitBudget budget) {
    return queue == EVENTS ? tell(budget) : session().serve(queue, budget, this::listen);
  }

  /** Without events, the driver need not say that it has room. */
  private boolean tell(ExitBudget budget) {
    SplitQueue queue = session().queue(EVENTS);
    do {
      queue.quiet();
      DescriptorChain chain;
      while (!waiting.isEmpty()
          && session().running()
          && !budget.spent()
          && (chain = queue.take(budget)) != null) {
        tell(chain, queue, budget);
      }
    } while (!waiting.isEmpty() && session().running() && !budget.spent() && queue.listen());
    session().returned(queue);
    return !waiting.isEmpty() && session().running() && budget.spent();
  }

  private void tell(DescriptorChain chain, SplitQueue queue, ExitBudget budget) {
    budget.spend(COST);
    if (chain.writable() < EVENT_SIZE) {
      session().broken("a buffer of %d bytes for an event".formatted(chain.writable()));
      return;
    }
    Event next = waiting.remove();
    event.clear();
    event.putShort((short) next.type).putShort((short) next.code).putInt(next.value);
    chain.write(event.array(), 0, EVENT_SIZE);
    queue.finish(EVENT_SIZE);
  }

  /** A light of the keyboard; other things are not for this device. */
  private long listen(DescriptorChain chain, ExitBudget budget) {
    budget.spend(COST);
    if (chain.readable() < EVENT_SIZE) {
      session().broken("a status event of %d bytes".formatted(chain.readable()));
      return 0;
    }
    chain.read(event.array());
    int code = event.getShort(Short.BYTES);
    if (event.getShort(0) == InputKind.LEDS && kind.has(InputKind.LEDS, code)) {
      int light = 1 << code;
      leds = event.getInt(2 * Short.BYTES) == 0 ? leds & ~light : leds | light;
      lights.accept(leds);
    }
    return 0;
  }

  @Override
  void stopped(int queue) {
    if (queue == EVENTS) {
      waiting.clear();
      pressed.clear();
    }
  }

  @Override
  void reset() {
    select = 0;
    subselect = 0;
    leds = 0;
    lights.accept(leds);
  }

  @Override
  State state() {
    return new State(select, subselect, List.copyOf(waiting), List.copyOf(pressed), leds);
  }

  @Override
  void restore(VirtioDevice.State state) {
    if (!(state instanceof State saved)) {
      throw new IllegalArgumentException("the saved state is of another kind of virtio device");
    }
    select = saved.select & 0xff;
    subselect = saved.subselect & 0xff;
    waiting.clear();
    waiting.addAll(saved.waiting);
    pressed.clear();
    pressed.addAll(saved.pressed);
    leds = saved.leds;
    lights.accept(leds);
  }
}
