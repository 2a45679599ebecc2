package atoll.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The guest memory behind a resource (§5.7.6.8, {@code RESOURCE_ATTACH_BACKING}): pieces that make
 * one run of bytes. They may overlap, which does no harm: they are only read.
 */
final class GpuBacking {
  /** Bytes of a piece's description: address, length, padding. */
  static final int ENTRY = 16;

  private long[] addresses;

  /** Where each piece ends in the run. */
  private long[] ends;

  private int count;

  /**
   * None yet.
   *
   * @param room pieces that will come
   */
  GpuBacking(int room) {
    addresses = new long[room];
    ends = new long[room];
  }

  /** Pieces that there is, or will be, something kept of. */
  int room() {
    return addresses.length;
  }

  /** Pieces that there are. */
  int count() {
    return count;
  }

  /** Bytes of the run. */
  long size() {
    return count == 0 ? 0 : ends[count - 1];
  }

  /** Adds a piece; neighbours become one. */
  void add(long gpa, int bytes) {
    long length = Integer.toUnsignedLong(bytes);
    if (length == 0) {
      return;
    }
    if (count > 0 && addresses[count - 1] + lengthOf(count - 1) == gpa) {
      ends[count - 1] += length;
      return;
    }
    addresses[count] = gpa;
    ends[count] = size() + length;
    count++;
  }

  private long lengthOf(int piece) {
    return ends[piece] - startOf(piece);
  }

  private long startOf(int piece) {
    return piece == 0 ? 0 : ends[piece - 1];
  }

  /** All pieces are there. */
  void complete() {
    addresses = Arrays.copyOf(addresses, count);
    ends = Arrays.copyOf(ends, count);
  }

  /** The piece that a byte of the run is in, which there is. */
  int at(long offset) {
    int found = Arrays.binarySearch(ends, 0, count, offset);
    return found >= 0 ? found + 1 : -found - 1; // the first that ends behind it
  }

  /** The guest-physical address of a byte of the run, in its piece. */
  long address(int piece, long offset) {
    return addresses[piece] + offset - startOf(piece);
  }

  /** Bytes of that piece from there on. */
  long left(int piece, long offset) {
    return ends[piece] - offset;
  }

  /** Addresses and ends, for a saved state. */
  byte[] saved() {
    ByteBuffer bytes =
        ByteBuffer.allocate(ENTRY * count + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(addresses.length);
    for (int n = 0; n < count; n++) {
      bytes.putLong(addresses[n]).putLong(ends[n]);
    }
    return bytes.array();
  }

  /**
   * What {@link #saved} gave.
   *
   * @param most pieces that there can be
   */
  static GpuBacking restored(byte[] saved, int most) {
    ByteBuffer bytes = ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN);
    int room = saved.length < Integer.BYTES ? -1 : bytes.getInt();
    int count = bytes.remaining() / ENTRY;
    if (room < count || room > most || bytes.remaining() % ENTRY != 0) {
      throw new IllegalArgumentException(
          "the saved state of a display has %d pieces of memory for %d".formatted(count, room));
    }
    GpuBacking backing = new GpuBacking(room);
    while (bytes.hasRemaining()) {
      backing.addresses[backing.count] = bytes.getLong();
      backing.ends[backing.count] = bytes.getLong();
      if (backing.lengthOf(backing.count) <= 0) {
        throw new IllegalArgumentException(
            "the saved state of a display has a piece of memory without bytes");
      }
      backing.count++;
    }
    return backing;
  }
}
