package atoll.vmm;

import atoll.host.HostException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
    return bytes.byteSize() > 2 && LittleEndian.u16(bytes, 0) == GZIP_MAGIC;
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

  /**
   * Unpacks twice, first to nowhere: the size that is recorded at the end of the data is of the
   * last part only, is wrong if the file is cut off, and may be anything in a file made to harm.
   */
  private MemorySegment gunzip(MemorySegment packed) {
    try {
      long size = copy(packed, MemorySegment.NULL);
      if (size == 0) {
        throw new VmException(file + " has nothing in it: its gzip data unpack to 0 bytes");
      }
      MemorySegment unpacked = arena.allocate(size);
      return unpacked.asSlice(0, copy(packed, unpacked));
    } catch (EOFException e) {
      throw new VmException(
          "%s is cut off: its gzip data have no end; fetch it again".formatted(file), e);
    } catch (IOException e) {
      throw new VmException(
          "%s is damaged: its gzip data cannot be unpacked (%s); fetch it again"
              .formatted(file, HostException.reason(e)),
          e);
    }
  }

  /**
   * Unpacks up to the end, where lengths and checksums are compared with the data.
   *
   * @param to where to, or a segment of no bytes
   * @return how many bytes there are
   */
  private long copy(MemorySegment packed, MemorySegment to) throws IOException {
    byte[] chunk = new byte[CHUNK];
    long at = 0;
    try (InputStream in = new GZIPInputStream(new SegmentStream(packed), CHUNK)) {
      for (int got = in.read(chunk); got >= 0; got = in.read(chunk)) {
        if (got > limit - at) {
          throw new VmException(
              BootPart.MEMORY,
              "%s unpacks to more than the VM's %d MiB of RAM; give it more"
                  .formatted(file, limit >> 20));
        }
        if (to.byteSize() != 0) {
          if (got > to.byteSize() - at) {
            throw new IOException("the file changes while it is read");
          }
          MemorySegment.copy(chunk, 0, to, ValueLayout.JAVA_BYTE, at, got);
        }
        at += got;
      }
    }
    return at;
  }

  /** A segment as a stream. */
  private static final class SegmentStream extends InputStream {
    private final MemorySegment segment;
    private long at;

    SegmentStream(MemorySegment segment) {
      this.segment = segment;
    }

    @Override
    public int read() {
      return at < segment.byteSize() ? segment.get(ValueLayout.JAVA_BYTE, at++) & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      int count = (int) Math.min(length, segment.byteSize() - at);
      if (count == 0 && length > 0) {
        return -1;
      }
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at, into, offset, count);
      at += count;
      return count;
    }
  }
}
