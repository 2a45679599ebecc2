package atoll.pci;

import atoll.device.Message;
import atoll.device.MmioDevice;
import atoll.state.StateShape;
import atoll.state.Stateful;
import atoll.state.Unsaved;
import java.util.Arrays;
import java.util.List;

/**
 * MSI-X (PCI §6.8.2): a table of messages, and a bit for each that is pending while it is masked.
 * Both are behind a BAR of their own.
 *
 * <p>Its monitor is taken under those of the function and of the device's own, and before that of
 * who receives messages.
 */
public final class Msix implements MmioDevice, Stateful<Msix.State> {
  /** Bytes behind the BAR. */
  static final long SIZE = 0x1000;

  private static final int ID = 0x11;
  private static final int LENGTH = 12;
  private static final int CONTROL = 2; // §6.8.2.3
  private static final int CONTROL_ENABLE = 1 << 15;
  private static final int CONTROL_MASK = 1 << 14;
  private static final int TABLE = 4;
  private static final int PENDING = 8;

  private static final int PENDING_AT = 0x800; // behind the table's 128 entries
  private static final int MOST = PENDING_AT / 16;
  private static final int ADDRESS = 0; // §6.8.2.6, as words of an entry
  private static final int ADDRESS_HIGH = 1;
  private static final int DATA = 2;
  private static final int VECTOR_CONTROL = 3;
  private static final int WORDS = 4;
  private static final int MASKED = 1;

  private final String name;
  private final Message messages;
  private final ConfigSpace space;
  private final int at;
  private final int vectors;
  private final int[] table;
  private final long[] pending = new long[MOST / Long.SIZE];

  @Unsaved("follows from configuration space")
  private boolean enabled;

  @Unsaved("follows from configuration space")
  private boolean masked;

  /**
   * The whole state.
   *
   * @param table four words a vector
   * @param pending a bit a vector
   */
  public record State(List<Integer> table, List<Long> pending) {
    public State {
      table = List.copyOf(table);
      pending = List.copyOf(pending);
    }
  }

  Msix(String name, int vectors, int bar, ConfigSpace space, Message messages) {
    if (vectors < 1 || vectors > MOST) {
      throw new IllegalArgumentException(
          "MSI-X has 1 to %d vectors here, not %d".formatted(MOST, vectors));
    }
    this.name = name;
    this.vectors = vectors;
    this.space = space;
    this.messages = messages;
    table = new int[WORDS * vectors];
    reset();
    at = space.capability(ID, LENGTH);
    space.define(at + CONTROL, 2, vectors - 1, CONTROL_ENABLE | CONTROL_MASK);
    space.define(at + TABLE, 4, bar, 0);
    space.define(at + PENDING, 4, PENDING_AT | bar, 0);
  }

  /** How many vectors there are. */
  public int vectors() {
    return vectors;
  }

  /** Whether software has chosen messages instead of the pin. */
  public synchronized boolean enabled() {
    return enabled;
  }

  /** Sends a vector's message, now or when it is no longer masked; only while enabled. */
  public synchronized void raise(int vector) {
    pending[vector / Long.SIZE] |= 1L << vector;
    send(vector);
  }

  private void send(int vector) {
    long bit = 1L << vector;
    int entry = WORDS * vector;
    boolean free = enabled && !masked && (table[entry + VECTOR_CONTROL] & MASKED) == 0;
    if (free && (pending[vector / Long.SIZE] & bit) != 0) {
      pending[vector / Long.SIZE] &= ~bit;
      long high = (long) table[entry + ADDRESS_HIGH] << Integer.SIZE;
      long low = Integer.toUnsignedLong(table[entry + ADDRESS]);
      messages.send(high | low, table[entry + DATA]);
    }
  }

  /**
   * Looks at its control register again; the function's monitor is held.
   *
   * @param master whether the function may reach memory, which sending is
   */
  synchronized void look(boolean master) {
    long control = space.get(at + CONTROL, 2);
    enabled = (control & CONTROL_ENABLE) != 0;
    masked = (control & CONTROL_MASK) != 0 || !master;
    for (int vector = 0; vector < vectors; vector++) {
      send(vector);
    }
  }

  /** As after power-on: every vector is masked. */
  synchronized void reset() {
    Arrays.fill(table, 0);
    Arrays.fill(pending, 0);
    for (int entry = 0; entry < table.length; entry += WORDS) {
      table[entry + VECTOR_CONTROL] = MASKED;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return (offset & size - 1) == 0 && offset <= SIZE - size;
  }

  @Override
  public synchronized long read(long offset, int size) {
    if (size == 8) {
      return read(offset + 4, 4) << Integer.SIZE | read(offset, 4);
    }
    long word = Integer.toUnsignedLong(word((int) offset & ~3)) >>> Byte.SIZE * (offset & 3);
    return word & OpenBus.ones(size);
  }

  private int word(int offset) {
    int pendingWord = (offset - PENDING_AT) / 4;
    if (pendingWord >= 0) {
      int shift = Integer.SIZE * (pendingWord & 1);
      return pendingWord / 2 < pending.length ? (int) (pending[pendingWord / 2] >>> shift) : 0;
    }
    return offset / 4 < table.length ? table[offset / 4] : 0;
  }

  /** Words only, as the specification wants it; anything else is ignored. */
  @Override
  public synchronized void write(long offset, int size, long value) {
    if (size == 8) {
      write(offset, 4, value & 0xffff_ffffL);
      write(offset + 4, 4, value >>> Integer.SIZE);
    } else if (size == 4 && offset / 4 < table.length) {
      int word = (int) offset / 4;
      table[word] = word % WORDS == VECTOR_CONTROL ? (int) value & MASKED : (int) value;
      send(word / WORDS);
    }
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  @Override
  public synchronized State state() {
    return new State(
        Arrays.stream(table).boxed().toList(), Arrays.stream(pending).boxed().toList());
  }

  /** Vectors that were not there when the state was saved are as after a reset. */
  @Override
  public synchronized void restore(State state) {
    if (state.table.size() > table.length || state.table.size() % WORDS != 0) {
      StateShape.requireCount("words of MSI-X", state.table.size(), table.length);
    }
    StateShape.requireCount("words of pending MSI-X", state.pending.size(), pending.length);
    reset();
    for (int word = 0; word < state.table.size(); word++) {
      table[word] = state.table.get(word);
    }
    Arrays.setAll(pending, state.pending::get);
  }
}
