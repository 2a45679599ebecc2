package atoll.device;

import atoll.host.EntropySource;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A number that no other machine has: 16 random bytes, with an interrupt when they have changed
 * (Linux's binding {@code microsoft,vmgenid}; "Virtual Machine Generation ID", Microsoft 2012).
 *
 * <p>They change when the machine goes on from a snapshot, from which others may go on as well: its
 * guest must then draw its secrets anew, or it would have the same as those. A machine that only
 * moves keeps its number.
 */
public final class GenerationId implements MmioDevice, Stateful<GenerationId.State> {
  /** Bytes of address range. */
  public static final long SIZE = 0x1000;

  /** Bytes of the number, which begins at offset 0. */
  private static final int BYTES = 16;

  private final InterruptLine line;
  private final EntropySource entropy;

  @Unsaved("what it has is in the state")
  private final ByteBuffer id = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Whether there is a number yet: a guest that never asks costs the host no randomness. */
  @Unsaved("a state always has one")
  private boolean drawn;

  @Unsaved("asked of a machine that was booted")
  private boolean known;

  private boolean unread;

  /**
   * The whole state.
   *
   * @param low the first eight bytes, little-endian
   * @param high the others
   * @param unread whether it has changed and was not looked at since
   */
  public record State(long low, long high, boolean unread) {}

  public GenerationId(InterruptLine line, EntropySource entropy) {
    this.line = line;
    this.entropy = entropy;
  }

  /** The machine is one of several that go on from here: has a number of its own from now on. */
  public synchronized void renew() {
    drawn = false;
    unread = true;
    line.set(true);
  }

  /** Whether the guest has read it since it was booted: it will hear of a new one. */
  public synchronized boolean known() {
    return known;
  }

  private ByteBuffer id() {
    if (!drawn) {
      entropy.fill(id.array());
      drawn = true;
    }
    return id;
  }

  @Override
  public String name() {
    return "generation";
  }

  /** Drivers copy it as memory, by any width. */
  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return !write && offset % size == 0 && offset < BYTES;
  }

  /** Ends the interrupt, too: the device has no other register for that. */
  @Override
  public long read(long offset, int size) {
    known = true;
    unread = false;
    line.set(false);
    int at = (int) offset;
    return switch (size) {
      case 1 -> Byte.toUnsignedLong(id().get(at));
      case 2 -> Short.toUnsignedLong(id().getShort(at));
      case 4 -> Integer.toUnsignedLong(id().getInt(at));
      default -> id().getLong(at);
    };
  }

  @Override
  public void write(long offset, int size, long value) {}

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(id().getLong(0), id().getLong(Long.BYTES), unread);
  }

  @Override
  public synchronized void restore(State state) {
    id.putLong(0, state.low).putLong(Long.BYTES, state.high);
    drawn = true;
    unread = state.unread;
    line.set(unread);
  }
}
