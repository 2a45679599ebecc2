package atoll.device;

import atoll.device.spi.ChannelLink;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One endpoint of a channel between two machines: says where the shared window is, rings the other
 * endpoint, and interrupts when that one rings (docs/channels.md).
 *
 * <p>Registers are guarded by this object's monitor, as in every device. State that the other
 * endpoint changes has its own lock, under which only the interrupt line is driven: two endpoints
 * that ring each other at once hold their monitors, and must not wait for each other's.
 */
public final class Channel implements MmioDevice, ChannelLink.Receiver, Stateful<Channel.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x1000;

  /** Most bytes of a name: the NAME registers less a zero byte. */
  public static final int MAX_NAME = 63;

  /** The bit of PENDING that says that the other endpoint came or went; nobody can ring it. */
  public static final int PEER_CHANGED = 1 << 31;

  private static final int MAGIC = 0x00; // R
  private static final int VERSION = 0x04; // R
  private static final int MEMORY_LOW = 0x08; // R, guest-physical address of the window
  private static final int MEMORY_HIGH = 0x0c;
  private static final int SIZE_LOW = 0x10; // R, bytes of the window
  private static final int SIZE_HIGH = 0x14;
  private static final int STATUS = 0x18; // R
  private static final int RING = 0x1c; // W, bits to set in the other endpoint's PENDING
  private static final int PENDING = 0x20; // R; writing 1 clears
  private static final int ENABLE = 0x24; // RW, which bits of PENDING interrupt
  private static final int PEER_CHANGES = 0x28; // R, how often the other endpoint came or went
  private static final int NAME = 0x40; // R, ASCII, padded with zeroes
  private static final int END = 0x80;

  private static final int MAGIC_VALUE = 0x4843_5441; // "ATCH"
  private static final int VERSION_VALUE = 1;
  private static final int STATUS_PEER_UP = 1;
  private static final int STATUS_READ_ONLY = 1 << 1;

  private final String name;
  private final Window window;
  private final ChannelLink link;
  private final InterruptLine line;

  @Unsaved("never changed")
  private final ByteBuffer nameRegisters =
      ByteBuffer.allocate(END - NAME).order(ByteOrder.LITTLE_ENDIAN);

  private final Object lock = new Object();
  private int pending;
  private int enable;
  private boolean peerUp;
  private int peerChanges;

  @Unsaved("for statistics")
  private long ringsSent;

  @Unsaved("for statistics")
  private long ringsReceived;

  /**
   * The memory that both endpoints see.
   *
   * @param gpa guest-physical address of its first byte on this side
   * @param size bytes
   * @param writable whether this side may store into it
   */
  public record Window(long gpa, long size, boolean writable) {}

  /**
   * What has gone through it.
   *
   * @param channel its name
   * @param ringsSent writes to RING
   * @param ringsReceived times that the other endpoint has rung
   * @param peerChanges times that the other endpoint came or went
   */
  public record Statistics(String channel, long ringsSent, long ringsReceived, long peerChanges) {
    /** The same with what went through it later. */
    public Statistics plus(Statistics later) {
      return new Statistics(
          channel,
          ringsSent + later.ringsSent,
          ringsReceived + later.ringsReceived,
          peerChanges + later.peerChanges);
    }
  }

  /**
   * The whole state.
   *
   * @param pending bits that were rung and not cleared
   * @param enable bits that interrupt
   * @param peerUp whether the other endpoint was there, as the guest has been told
   * @param peerChanges how often the other endpoint came or went
   */
  public record State(int pending, int enable, boolean peerUp, int peerChanges) {}

  /**
   * Makes an endpoint; {@link #plugIn} connects it.
   *
   * @param name 1 to {@link #MAX_NAME} printable ASCII characters
   * @param line high while a bit is both pending and enabled
   */
  public Channel(String name, Window window, ChannelLink link, InterruptLine line) {
    if (!name.matches("[\\x21-\\x7e]{1," + MAX_NAME + "}")) {
      throw new IllegalArgumentException(
          "a channel's name is 1 to %d printable ASCII characters, not '%s'"
              .formatted(MAX_NAME, name));
    }
    this.name = name;
    this.window = window;
    this.link = link;
    this.line = line;
    nameRegisters.put(name.getBytes(StandardCharsets.US_ASCII));
  }

  /** Connects it to the other endpoint, which sees it come up. */
  public void plugIn() {
    link.attach(this);
  }

  /** Disconnects it; the other endpoint sees it go. */
  public void unplug() {
    link.close();
  }

  @Override
  public String name() {
    return "channel " + name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size == 4 && (offset & 3) == 0 && offset < END;
  }

  @Override
  public long read(long offset, int size) {
    return Integer.toUnsignedLong(register((int) offset));
  }

  private int register(int offset) {
    return switch (offset) {
      case MAGIC -> MAGIC_VALUE;
      case VERSION -> VERSION_VALUE;
      case MEMORY_LOW -> (int) window.gpa;
      case MEMORY_HIGH -> (int) (window.gpa >>> Integer.SIZE);
      case SIZE_LOW -> (int) window.size;
      case SIZE_HIGH -> (int) (window.size >>> Integer.SIZE);
      case STATUS, PENDING, ENABLE, PEER_CHANGES -> changing(offset);
      default -> offset >= NAME ? nameRegisters.getInt(offset - NAME) : 0; // Or write-only.
    };
  }

  private int changing(int offset) {
    synchronized (lock) {
      return switch (offset) {
        case STATUS -> (peerUp ? STATUS_PEER_UP : 0) | (window.writable ? 0 : STATUS_READ_ONLY);
        case PENDING -> pending;
        case ENABLE -> enable;
        default -> peerChanges;
      };
    }
  }

  @Override
  public void write(long offset, int size, long value) {
    switch ((int) offset) {
      case RING -> ring((int) value & ~PEER_CHANGED);
      case PENDING -> {
        synchronized (lock) {
          pending &= ~(int) value;
          drive();
        }
      }
      case ENABLE -> {
        synchronized (lock) {
          enable = (int) value;
          drive();
        }
      }
      default -> {} // Read-only.
    }
  }

  private void ring(int bits) {
    if (bits != 0) {
      synchronized (lock) {
        ringsSent++;
      }
      link.ring(bits);
    }
  }

  @Override
  public void rung(int bits) {
    synchronized (lock) {
      ringsReceived++;
      pending |= bits & ~PEER_CHANGED;
      drive();
    }
  }

  @Override
  public void peer(boolean up) {
    synchronized (lock) {
      if (up != peerUp) {
        peerUp = up;
        peerChanges++;
        pending |= PEER_CHANGED;
        drive();
      }
    }
  }

  private void drive() {
    line.set((pending & enable) != 0);
  }

  /** A snapshot of the counters. */
  public Statistics statistics() {
    synchronized (lock) {
      return new Statistics(name, ringsSent, ringsReceived, Integer.toUnsignedLong(peerChanges));
    }
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public State state() {
    synchronized (lock) {
      return new State(pending, enable, peerUp, peerChanges);
    }
  }

  @Override
  public void restore(State state) {
    synchronized (lock) {
      pending = state.pending;
      enable = state.enable;
      peerUp = state.peerUp;
      peerChanges = state.peerChanges;
      drive();
    }
  }
}
