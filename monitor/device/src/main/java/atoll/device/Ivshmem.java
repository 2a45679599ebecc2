package atoll.device;

import atoll.device.spi.PeerLink;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The registers of {@code ivshmem}, memory that several machines share, as QEMU's
 * docs/specs/ivshmem-spec has them: by which a guest learns its number, and rings others.
 *
 * <p>A vector is a message of MSI-X where there is some, as in revision 1. Elsewhere the function
 * has a pin, and mask and status, as in revision 0.
 *
 * <p>Two locks, as in {@link Channel}: this object's monitor is held by who accesses a register,
 * and must not be waited for by who rings.
 */
public final class Ivshmem implements MmioDevice, Stateful<Ivshmem.State> {
  /** Bytes behind BAR 0. */
  public static final long SIZE = 0x100;

  private static final int INTERRUPT_MASK = 0x00; // RW, reserved in revision 1
  private static final int INTERRUPT_STATUS = 0x04; // R, cleared by that; reserved in revision 1
  private static final int POSITION = 0x08; // R
  private static final int DOORBELL = 0x0c; // W: a vector, and the number of a peer
  private static final int PEER_INTERRUPT = 1;

  private final String name;
  private final Optional<PeerLink> link;
  private final int vectors;
  private final Optional<IntConsumer> messages;
  private final InterruptLine line;

  private final Object lock = new Object();
  private int mask;
  private int status;

  @Unsaved("for statistics")
  private long ringsSent;

  @Unsaved("for statistics")
  private long ringsReceived;

  /**
   * The whole state.
   *
   * @param mask of the pin's interrupt
   * @param status whether it has been rung
   */
  public record State(int mask, int status) {}

  /**
   * Makes it.
   *
   * @param name of the memory
   * @param link to the other machines; empty for {@code ivshmem-plain}
   * @param vectors how many a peer can ring
   * @param messages sends the message of a vector; empty if there is a pin instead
   * @param line the pin
   */
  public Ivshmem(
      String name,
      Optional<PeerLink> link,
      int vectors,
      Optional<IntConsumer> messages,
      InterruptLine line) {
    this.name = name;
    this.link = link;
    this.vectors = vectors;
    this.messages = messages;
    this.line = line;
  }

  /** Others can ring from now on. */
  public void plugIn() {
    link.ifPresent(peers -> peers.attach(this::rung));
  }

  /** Nobody can ring any more. */
  public void unplug() {
    link.ifPresent(PeerLink::close);
  }

  @Override
  public String name() {
    return "ivshmem " + name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return size <= 4 && (offset & size - 1) == 0 && offset <= SIZE - size;
  }

  /** Registers are words; a part of one is read as such, and a write of a part is lost. */
  @Override
  public long read(long offset, int size) {
    long word = Integer.toUnsignedLong(register((int) offset & ~3)) >>> Byte.SIZE * (offset & 3);
    return word & -1L >>> Long.SIZE - Byte.SIZE * size;
  }

  private int register(int offset) {
    return switch (offset) {
      case INTERRUPT_MASK -> {
        synchronized (lock) {
          yield mask;
        }
      }
      case INTERRUPT_STATUS -> takeStatus();
      case POSITION -> link.map(PeerLink::position).orElse(0);
      default -> 0; // DOORBELL is written only; the others are reserved.
    };
  }

  private int takeStatus() {
    synchronized (lock) {
      int taken = status;
      status = 0;
      drive();
      return taken;
    }
  }

  @Override
  public void write(long offset, int size, long value) {
    if (size != 4) {
      return;
    }
    switch ((int) offset) {
      case INTERRUPT_MASK -> mask((int) value);
      case INTERRUPT_STATUS -> {} // QEMU lets software set it, which nothing does.
      case DOORBELL -> ring((int) value >>> Short.SIZE, (int) value & 0xffff);
      default -> {} // Read-only or reserved.
    }
  }

  private void mask(int value) {
    if (pinned()) {
      synchronized (lock) {
        mask = value & PEER_INTERRUPT;
        drive();
      }
    }
  }

  private boolean pinned() {
    return messages.isEmpty() && link.isPresent();
  }

  /** What no peer has is not rung. */
  private void ring(int peer, int vector) {
    if (link.isPresent() && vector < vectors) {
      synchronized (lock) {
        ringsSent++;
      }
      link.get().ring(peer, 1 << vector);
    }
  }

  private void rung(int bits) {
    if (messages.isPresent()) {
      int known = bits & (int) ((1L << vectors) - 1);
      count(known);
      for (int left = known; left != 0; left &= left - 1) {
        messages.get().accept(Integer.numberOfTrailingZeros(left));
      }
    } else {
      synchronized (lock) {
        count(bits);
        status = PEER_INTERRUPT;
        drive();
      }
    }
  }

  private void count(int bits) {
    synchronized (lock) {
      ringsReceived += Integer.bitCount(bits);
    }
  }

  private void drive() {
    line.set((status & mask) != 0);
  }

  /** The function is reset. */
  public void reset() {
    synchronized (lock) {
      mask = 0;
      status = 0;
      drive();
    }
  }

  /** A snapshot of the counters. */
  public Channel.Statistics statistics() {
    synchronized (lock) {
      return new Channel.Statistics(name, ringsSent, ringsReceived, 0);
    }
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public State state() {
    synchronized (lock) {
      return new State(mask, status);
    }
  }

  @Override
  public void restore(State state) {
    synchronized (lock) {
      mask = state.mask & PEER_INTERRUPT;
      status = state.status & PEER_INTERRUPT;
      drive();
    }
  }
}
