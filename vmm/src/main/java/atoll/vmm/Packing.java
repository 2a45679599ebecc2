package atoll.vmm;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/** Undoes the packing that kernels are shipped in: gzip, and EFI zboot around it. */
final class Packing {
  private static final int GZIP_MAGIC = 0x8b1f;
  private static final int CHUNK = 1 << 16;

  // Linux, drivers/firmware/efi/libstub/zboot-header.S.
  private static final int ZBOOT_MAGIC = 0x676d697a; // "zimg"
  private static final int ZBOOT_MAGIC_AT = 4;
  private static final int ZBOOT_PAYLOAD = 8;
  private static final int ZBOOT_PAYLOAD_SIZE = 12;
  private static final int ZBOOT_TYPE = 0x18;
  private static final int ZBOOT_TYPE_SIZE = 32;
  private static final int ZBOOT_HEADER = ZBOOT_TYPE + ZBOOT_TYPE_SIZE;

  private final String file;
  private final long limit;
  private final Arena arena;

  /**
   * Unpacks into {@code arena}.
   *
   * @param limit most bytes that make sense, such as the guest's memory
   */
  Packing(String file, long limit, Arena arena) {
    this.file = file;
    this.limit = limit;
    this.arena = arena;
  }

  /** What is inside; the same bytes if they are not packed. */
  MemorySegment unpack(MemorySegment bytes) {
    if (zboot(bytes)) {
      return gunzip(payload(bytes));
    }
    return gzip(bytes) ? gunzip(bytes) : bytes;
  }

  private static boolean gzip(MemorySegment bytes) {
    return bytes.byteSize() > 18 && LittleEndian.u16(bytes, 0) == GZIP_MAGIC;
  }

  private static boolean zboot(MemorySegment bytes) {
    return bytes.byteSize() > ZBOOT_HEADER
        && LittleEndian.i32(bytes, ZBOOT_MAGIC_AT) == ZBOOT_MAGIC;
  }

  private MemorySegment payload(MemorySegment bytes) {
    byte[] name = bytes.asSlice(ZBOOT_TYPE, ZBOOT_TYPE_SIZE).toArray(ValueLayout.JAVA_BYTE);
    String type = new String(name, StandardCharsets.ISO_8859_1).split("\0", 2)[0];
    long offset = LittleEndian.u32(bytes, ZBOOT_PAYLOAD);
    long size = LittleEndian.u32(bytes, ZBOOT_PAYLOAD_SIZE);
    if (offset > bytes.byteSize() || size > bytes.byteSize() - offset) {
      throw new VmException(
          "%s is truncated: its EFI zboot payload is at %d+%d, but the file has %d bytes"
              .formatted(file, offset, size, bytes.byteSize()));
    }
    MemorySegment payload = bytes.asSlice(offset, size);
    if (!gzip(payload)) {
      throw new VmException(
          "%s is an EFI zboot kernel packed with '%s', expected gzip; give the unpacked Image"
              .formatted(file, type));
    }
    return payload;
  }

  /** The packed data end with the unpacked size (RFC 1952 §2.3.1; zboot keeps that for gzip). */
  private MemorySegment gunzip(MemorySegment packed) {
    long size = LittleEndian.u32(packed, packed.byteSize() - 4);
    if (size > limit) {
      throw new VmException(
          "%s unpacks to %d MiB, more than the machine's memory of %d MiB; give it more"
              .formatted(file, size >> 20, limit >> 20));
    }
    MemorySegment unpacked = arena.allocate(Math.max(size, 1));
    try (InputStream in = new GZIPInputStream(new SegmentStream(packed), CHUNK)) {
      fill(unpacked, in);
    } catch (IOException e) {
      throw new VmException(
          "%s is damaged: its gzip data cannot be unpacked (%s); fetch it again"
              .formatted(file, e.getMessage()),
          e);
    }
    return unpacked;
  }

  private static void fill(MemorySegment unpacked, InputStream in) throws IOException {
    byte[] chunk = new byte[CHUNK];
    for (long at = 0; at < unpacked.byteSize(); ) {
      int wanted = (int) Math.min(chunk.length, unpacked.byteSize() - at);
      int got = in.read(chunk, 0, wanted);
      if (got < 0) {
        throw new EOFException("it ends after " + at + " bytes");
      }
      MemorySegment.copy(chunk, 0, unpacked, ValueLayout.JAVA_BYTE, at, got);
      at += got;
    }
  }

  /** A segment as a stream. */
  private static final class SegmentStream extends InputStream {
    private final ByteBuffer buffer;

    SegmentStream(MemorySegment segment) {
      buffer = segment.asByteBuffer();
    }

    @Override
    public int read() {
      return buffer.hasRemaining() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (!buffer.hasRemaining()) {
        return -1;
      }
      int count = Math.min(length, buffer.remaining());
      buffer.get(into, offset, count);
      return count;
    }
  }
}
