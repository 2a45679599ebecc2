package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.ConsoleBackend;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One port of a console device: its two queues, and the control messages that it still has to send.
 *
 * <p>Messages wait as a set of their event numbers and are built when the driver has a buffer for
 * them, so a driver that never offers one makes nothing grow. Guarded by the session's monitor.
 */
final class ConsolePort implements ConsoleBackend.Receiver {
  // What the device tells the driver about a port (§5.3.6.2), in the order it is told.
  private static final int ADD = 1;
  private static final int CONSOLE = 4;
  private static final int RESIZE = 5;
  private static final int OPEN = 6;
  private static final int NAME = 7;
  private static final int MESSAGES = 1 << ADD | 1 << CONSOLE | 1 << RESIZE | 1 << OPEN | 1 << NAME;

  private static final int CONTROL_SIZE = 8;
  private static final int SIZE_SIZE = 4;
  private static final int PIECE = 4096;
  private static final int FIRST_BEYOND_CONTROL = 4; // §5.3.2

  /** Units of budget for handing a piece to the backend, and for each byte and buffer of it. */
  private static final int PIECE_COST = 1_000;

  private static final int BYTE_COST = 1;
  private static final int BUFFER_COST = 60;

  private final VirtioConsole device;
  private final int number;
  private final VirtioConsole.Port port;

  @Unsaved("of the piece that is being moved")
  private final byte[] buffer = new byte[PIECE];

  private int columns;
  private int rows;
  private boolean opened;
  private int messages;

  @Unsaved("the backend is asked again")
  private boolean refused;

  ConsolePort(VirtioConsole device, int number, VirtioConsole.Port port) {
    this.device = device;
    this.number = number;
    this.port = port;
  }

  void plugIn() {
    port.backend().attach(this);
  }

  int columns() {
    return columns;
  }

  int rows() {
    return rows;
  }

  int receiveQueue() {
    return number == 0 ? 0 : FIRST_BEYOND_CONTROL + 2 * (number - 1);
  }

  private int transmitQueue() {
    return receiveQueue() + 1;
  }

  private VirtioSession session() {
    return device.session();
  }

  /** Whether the negotiated features know this port. */
  boolean usable() {
    return number == 0 || device.multiportNegotiated();
  }

  /** The driver forgets; the terminal keeps its size. */
  void reset() {
    opened = false;
    messages = 0;
  }

  /** As {@link VirtioDevice#serve}. */
  boolean serve(boolean receive, ExitBudget budget) {
    if (receive) {
      offerRoom();
      return false;
    }
    return session().serve(transmitQueue(), budget, this::drain);
  }

  /** One byte outside the queues. */
  void output(byte b) {
    buffer[0] = b;
    port.backend().output(buffer, 0, 1);
  }

  private long drain(DescriptorChain chain, ExitBudget budget) {
    while (chain.readable() > 0) {
      if (budget.spent()) {
        return VirtioSession.Server.UNFINISHED;
      }
      int part = (int) Math.min(PIECE, chain.readable());
      int buffers = chain.read(buffer, part);
      port.backend().output(buffer, 0, part);
      budget.spend(cost(part, buffers));
    }
    return 0;
  }

  private static long cost(int bytes, int buffers) {
    return PIECE_COST + (long) bytes * BYTE_COST + (long) buffers * BUFFER_COST;
  }

  /** Takes as much as one budget allows; the rest is asked for at a vCPU's expense. */
  @Override
  public int input(byte[] bytes, int offset, int length) {
    synchronized (session()) {
      ExitBudget budget = session().budget();
      int taken = listening() ? receive(bytes, offset, length, budget) : 0;
      refused = taken < length;
      if (refused && budget.spent()) {
        session().mark(receiveQueue());
      }
      return taken;
    }
  }

  private boolean listening() {
    return session().running()
        && usable()
        && session().queue(receiveQueue()).ready()
        && (opened || !device.multiportNegotiated());
  }

  private int receive(byte[] bytes, int offset, int length, ExitBudget budget) {
    SplitQueue queue = session().queue(receiveQueue());
    int taken = 0;
    do {
      queue.quiet();
      while (taken < length && !budget.spent()) {
        DescriptorChain chain = queue.take(budget);
        if (chain == null) {
          break;
        }
        int part = (int) Math.min(length - taken, chain.writable());
        if (part == 0) {
          session().broken("a receive buffer without room");
          return taken;
        }
        budget.spend(cost(part, chain.write(bytes, offset + taken, part)));
        queue.finish(part);
        taken += part;
      }
    } while (!budget.spent() && queue.listen() && taken < length);
    session().returned(queue);
    return taken;
  }

  private void offerRoom() {
    if (refused && listening()) {
      refused = false;
      port.backend().ready();
    }
  }

  @Override
  public void resized(int columns, int rows) {
    synchronized (session()) {
      if (columns == this.columns && rows == this.rows) {
        return;
      }
      this.columns = columns;
      this.rows = rows;
      if (number == 0) {
        device.sizeChanged();
      }
      if (opened && port.console()) {
        say(RESIZE);
        session().mark(VirtioConsole.CONTROL_RECEIVE);
      }
    }
  }

  /** The driver is ready for ports. */
  void announce() {
    say(ADD);
  }

  /** The driver is ready for this port. */
  void introduce() {
    if (port.console()) {
      say(CONSOLE);
    }
    if (!port.name().isEmpty()) {
      say(NAME);
    }
    say(OPEN); // The host's side is always there.
    if (port.console() && columns != 0) {
      say(RESIZE);
    }
  }

  void opened(boolean opened) {
    this.opened = opened;
    offerRoom();
  }

  private void say(int event) {
    messages |= 1 << event;
  }

  boolean hasMessage() {
    return messages != 0;
  }

  /** Builds the next message and forgets it. */
  byte[] nextMessage() {
    int event = Integer.numberOfTrailingZeros(messages);
    messages &= ~(1 << event);
    byte[] extra =
        switch (event) {
          case NAME -> port.name().getBytes(StandardCharsets.UTF_8);
          case RESIZE -> size();
          default -> new byte[0];
        };
    return littleEndian(CONTROL_SIZE + extra.length)
        .putInt(number)
        .putShort((short) event)
        .putShort((short) 1)
        .put(extra)
        .array();
  }

  /** Columns, then rows, as §5.3.6.2 has it; Linux before 6.15 takes them the other way round. */
  private byte[] size() {
    return littleEndian(SIZE_SIZE).putShort((short) columns).putShort((short) rows).array();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  VirtioConsole.PortState state() {
    return new VirtioConsole.PortState(columns, rows, opened, messages);
  }

  void restore(VirtioConsole.PortState state) {
    columns = state.columns();
    rows = state.rows();
    opened = state.opened();
    messages = state.messages() & MESSAGES;
    refused = true; // The backend may hold input that the saved machine had no room for.
  }
}
