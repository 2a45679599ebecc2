package atoll.pci;

import atoll.state.StateShape;
import atoll.state.Unsaved;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The registers of one function's configuration space, and which of their bits software may write
 * (§7.5). Little-endian. There are no extended capabilities: the registers behind the first 256
 * bytes read as zero. Guarded by the function's monitor.
 */
public final class ConfigSpace {
  /** Bytes that have registers. */
  static final int SIZE = 0x100;

  private static final int WORD = Integer.BYTES;
  private static final int STATUS = 0x06; // §7.5.1.1.4
  private static final int HAS_CAPABILITIES = 0x10;
  private static final int CAPABILITIES = 0x34; // §7.5.1.1.11
  private static final int FIRST_CAPABILITY = 0x40;

  private final byte[] values = new byte[SIZE];

  @Unsaved("as it was made")
  private final byte[] initial = new byte[SIZE];

  @Unsaved("as it was made")
  private final byte[] writable = new byte[SIZE];

  /** Where the pointer to the next capability is. */
  @Unsaved("as it was made")
  private int link = CAPABILITIES;

  @Unsaved("as it was made")
  private int free = FIRST_CAPABILITY;

  ConfigSpace() {}

  /** The value of {@code size} (1, 2 or 4) bytes at {@code offset}. */
  public long get(int offset, int size) {
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << Byte.SIZE | (offset + i < SIZE ? values[offset + i] & 0xff : 0);
    }
    return value;
  }

  /** Changes a register, whatever software may write. */
  public void put(int offset, int size, long value) {
    for (int i = 0; i < size; i++) {
      values[offset + i] = (byte) (value >>> Byte.SIZE * i);
    }
  }

  /** Says what a register is after a reset, and which of its bits software may write. */
  public void define(int offset, int size, long value, long mask) {
    put(offset, size, value);
    for (int i = 0; i < size; i++) {
      initial[offset + i] = (byte) (value >>> Byte.SIZE * i);
      writable[offset + i] = (byte) (mask >>> Byte.SIZE * i);
    }
  }

  /**
   * Appends a capability to the list (§7.5.1.1.11).
   *
   * @param id its number
   * @param length its bytes, with the two of its header
   * @return where it begins
   */
  public int capability(int id, int length) {
    int at = free;
    free += length + 3 & ~3;
    if (free > SIZE) {
      throw new IllegalStateException("a function's capabilities have more than 192 bytes");
    }
    define(at, 1, id, 0);
    define(link, 1, at, 0);
    define(STATUS, 2, HAS_CAPABILITIES, 0);
    link = at + 1;
    return at;
  }

  /** What software writes: only bits that it may. */
  void write(int offset, int size, long value) {
    for (int i = 0; i < size && offset + i < SIZE; i++) {
      set(offset + i, (int) (value >>> Byte.SIZE * i));
    }
  }

  private void set(int at, int value) {
    values[at] = (byte) (values[at] & ~writable[at] | value & writable[at]);
  }

  /** As after power-on. */
  void reset() {
    System.arraycopy(initial, 0, values, 0, SIZE);
  }

  /** All registers, by words. */
  List<Integer> words() {
    return IntStream.range(0, SIZE / WORD).mapToObj(n -> (int) get(WORD * n, WORD)).toList();
  }

  /** Takes what software may write, and leaves the rest: what is saved may say anything. */
  void restore(List<Integer> saved) {
    StateShape.requireCount("words of configuration space", saved.size(), SIZE / WORD);
    for (int n = 0; n < saved.size(); n++) {
      write(WORD * n, WORD, saved.get(n));
    }
  }
}
