package atoll.memory;

import atoll.host.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The guest-physical RAM of one virtual machine, as devices, firmware and loaders see it.
 *
 * <p>One contiguous range. Every access here is bounds-checked, since guests choose the addresses;
 * the engines' hot paths use {@link #hva} once per page, at TLB fill. All values are little-endian.
 * Thread-safe as memory is: no more ordering than the host gives plain accesses; the queue code
 * fences where the virtio specification asks for it.
 */
public final class GuestMemory {
  /** Bytes in a page. */
  public static final int PAGE_SIZE = 4096;

  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

  private final long base;
  private final long size;
  private final long hostBase;
  private final MemorySegment ram;
  private volatile WriteListener listener = (gpa, length) -> {};

  /** Told of every write to guest memory that does not come from a hart of the machine itself. */
  @FunctionalInterface
  public interface WriteListener {
    /** Bytes {@code gpa} to {@code gpa + length - 1} have just been written. */
    void written(long gpa, long length);
  }

  /**
   * Presents {@code memory} to a guest.
   *
   * @param base the guest-physical address of its first byte, page-aligned
   */
  public GuestMemory(long base, HostMemory memory) {
    if (base < 0 || base % PAGE_SIZE != 0) {
      throw new IllegalArgumentException(
          "RAM base must be page-aligned: " + Long.toHexString(base));
    }
    this.base = base;
    this.ram = memory.segment();
    this.size = ram.byteSize();
    this.hostBase = memory.address();
  }

  /** Guest-physical address of the first byte. */
  public long base() {
    return base;
  }

  /** Bytes. */
  public long size() {
    return size;
  }

  /**
   * Whether all of {@code gpa} to {@code gpa + length - 1} is RAM; true for an empty range in it.
   */
  public boolean contains(long gpa, long length) {
    long offset = gpa - base;
    return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
  }

  /** The host-virtual address of the page-sized, page-aligned range at {@code gpa}, or 0. */
  public long hva(long gpa) {
    long offset = gpa - base;
    return offset >= 0 && offset < size ? hostBase + offset : 0;
  }

  /** Who hears of writes by {@link #written}; the engine, which keeps decoded code. */
  public void listener(WriteListener listener) {
    this.listener = listener;
  }

  /** A bounds-checked view; a caller that writes through it calls {@link #written} afterwards. */
  public MemorySegment slice(long gpa, long length) {
    check(gpa, length);
    return ram.asSlice(gpa - base, length);
  }

  /** Says that {@code length} bytes at {@code gpa} were written through a {@link #slice}. */
  public void written(long gpa, long length) {
    if (length > 0) {
      listener.written(gpa, length);
    }
  }

  public byte getByte(long gpa) {
    check(gpa, 1);
    return ram.get(ValueLayout.JAVA_BYTE, gpa - base);
  }

  public short getShort(long gpa) {
    check(gpa, 2);
    return ram.get(I16, gpa - base);
  }

  public int getInt(long gpa) {
    check(gpa, 4);
    return ram.get(I32, gpa - base);
  }

  public long getLong(long gpa) {
    check(gpa, 8);
    return ram.get(I64, gpa - base);
  }

  public void putByte(long gpa, byte value) {
    check(gpa, 1);
    ram.set(ValueLayout.JAVA_BYTE, gpa - base, value);
    listener.written(gpa, 1);
  }

  public void putShort(long gpa, short value) {
    check(gpa, 2);
    ram.set(I16, gpa - base, value);
    listener.written(gpa, 2);
  }

  public void putInt(long gpa, int value) {
    check(gpa, 4);
    ram.set(I32, gpa - base, value);
    listener.written(gpa, 4);
  }

  public void putLong(long gpa, long value) {
    check(gpa, 8);
    ram.set(I64, gpa - base, value);
    listener.written(gpa, 8);
  }

  /** Copies {@code bytes} to guest memory at {@code gpa}. */
  public void write(long gpa, byte[] bytes) {
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, slice(gpa, bytes.length), 0, bytes.length);
    written(gpa, bytes.length);
  }

  /** Copies {@code length} bytes at {@code gpa} out of guest memory. */
  public byte[] read(long gpa, int length) {
    return slice(gpa, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private void check(long gpa, long length) {
    if (!contains(gpa, length)) {
      throw new IndexOutOfBoundsException(
          "guest-physical 0x%x+%d is outside RAM 0x%x+0x%x".formatted(gpa, length, base, size));
    }
  }
}
