package atoll.virtio;

import atoll.device.spi.BlockBackend;
import atoll.state.Unsaved;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A request to a disk (§5.2.6): read when it is taken from its queue, and performed by whoever
 * serves it. Large ones are performed in pieces; one that is left between two of them is done again
 * from its start, which no request minds.
 */
@Unsaved("its thread is idle when a state is taken")
final class BlockRequest {
  private static final int TYPE_IN = 0;
  private static final int TYPE_OUT = 1;
  private static final int TYPE_FLUSH = 4;
  private static final int TYPE_GET_ID = 8;
  private static final int TYPE_DISCARD = 11;
  private static final int TYPE_WRITE_ZEROES = 13;
  private static final int HEADER_SIZE = 16;
  private static final int STATUS_SIZE = 1;
  private static final int RANGE_SIZE = 16;
  private static final int RANGE_UNMAP = 1;
  private static final int ID_SIZE = 20;

  private static final byte OK = 0;
  private static final byte IOERR = 1;
  private static final byte UNSUPP = 2;

  /** Not a status: the request was left, to be done from its start or not at all. */
  private static final byte UNDONE = -1;

  static final int SECTOR = 512;
  static final int MAX_DISCARD_SECTORS = 1 << 21;
  static final int MAX_DISCARD_RANGES = 64;
  static final int MAX_ZERO_SECTORS = 1 << 17;
  static final int MAX_ZERO_RANGES = 1;

  /**
   * Bytes that are moved between two looks at whether to go on. As many as Linux asks for at once:
   * the host's file system does a good part of its work for each call, however much it moves.
   */
  private static final long PIECE = 1 << 20;

  private static final long ZERO_PIECE = 1 << 20;

  /** The same for what is given back to the host, which moves nothing. */
  private static final long DISCARD_PIECE = 64 << 20;

  /** The most bytes whose copy is not worth a thread of its own. */
  private static final long SMALL = 64 << 10;

  /** The most buffers for which that holds. */
  private static final int FEW = 32;

  /** What {@link #perform} and {@link #performNow} return for a request that is not done. */
  static final long LEFT = -1;

  private final BlockBackend disk;
  private final int queue;
  private final TakenRequest taken;
  private final DescriptorChain chain;
  private final int type;
  private final long sector;

  /** Bytes that are to be read or written. */
  private final long bytes;

  /** To a driver that cannot flush, a change is done when it is stable. */
  private final boolean writeThrough;

  private boolean atHand;

  /** Whoever serves a request. */
  interface Server {
    /** Whether to do another piece. */
    boolean goesOn();

    /**
     * Waits until what was taken from the same queue before is done.
     *
     * @return false if the request is to be left instead
     */
    boolean isFirst(BlockRequest request);
  }

  /** Whether a chain has what every request has. */
  static boolean wellFormed(DescriptorChain chain) {
    return chain.readable() >= HEADER_SIZE && chain.writable() >= STATUS_SIZE;
  }

  /**
   * Reads a request.
   *
   * @param queue its number
   * @param taken {@linkplain #wellFormed well-formed}
   * @param writeThrough whether the driver cannot ask for a flush
   */
  BlockRequest(BlockBackend disk, int queue, TakenRequest taken, boolean writeThrough) {
    this.disk = disk;
    this.queue = queue;
    this.taken = taken;
    this.writeThrough = writeThrough;
    chain = taken.chain();
    byte[] bytesOfHeader = new byte[HEADER_SIZE];
    chain.read(bytesOfHeader);
    ByteBuffer header = ByteBuffer.wrap(bytesOfHeader).order(ByteOrder.LITTLE_ENDIAN);
    type = header.getInt(0);
    sector = header.getLong(8);
    bytes =
        switch (type) {
          case TYPE_IN -> chain.writable() - STATUS_SIZE;
          case TYPE_OUT -> chain.readable();
          default -> 0;
        };
  }

  int queue() {
    return queue;
  }

  TakenRequest taken() {
    return taken;
  }

  /** How many bytes it reads or writes. */
  long bytes() {
    return bytes;
  }

  /** Whether it takes little time, as far as can be said before. */
  boolean soon() {
    return switch (type) {
      case TYPE_IN -> false;
      case TYPE_OUT -> bytes <= SMALL && !writeThrough && disk.writesSoon();
      case TYPE_FLUSH, TYPE_DISCARD, TYPE_WRITE_ZEROES -> false;
      default -> true;
    };
  }

  /**
   * Performs a short read whose bytes the host has at hand.
   *
   * @return how many of its writable bytes are valid, or {@link #LEFT} if it is to be performed
   */
  long performNow() {
    boolean shortRead = type == TYPE_IN && bytes <= SMALL && chain.writableBuffers() <= FEW;
    if (!shortRead || !onDisk(sector, bytes)) {
      return LEFT;
    }
    try {
      atHand = false;
      chain.writeTogether(bytes, this::readNow);
    } catch (IOException | RuntimeException | Error e) {
      return LEFT; // What is wrong, the other way finds, too.
    }
    if (!atHand && !chain.refused()) {
      return LEFT;
    }
    chain.writeLast(OK);
    return bytes + STATUS_SIZE;
  }

  private void readNow(List<MemorySegment> into) throws IOException {
    atHand = disk.readNow(sector * SECTOR, into);
  }

  /**
   * Performs it.
   *
   * @return how many of its writable bytes are valid from the first on, or {@link #LEFT}
   */
  long perform(Server server) {
    chain.rewind(); // What was tried before does not count.
    chain.skip(HEADER_SIZE, 0);
    long all = chain.writable();
    byte status;
    try {
      status = status(server);
    } catch (Exception | Error e) {
      status = IOERR; // The guest is told; what the host said is the backend's to report.
    }
    if (status == UNDONE) {
      return LEFT;
    }
    chain.writeLast(status);
    long filled = all - chain.writable();
    return filled == all - STATUS_SIZE ? all : filled;
  }

  private byte status(Server server) throws IOException {
    return switch (type) {
      case TYPE_IN -> read(server);
      case TYPE_OUT -> write(server);
      case TYPE_FLUSH -> server.isFirst(this) ? flush() : UNDONE;
      case TYPE_GET_ID -> identify();
      case TYPE_DISCARD -> ranges(false, MAX_DISCARD_RANGES, MAX_DISCARD_SECTORS, server);
      case TYPE_WRITE_ZEROES -> ranges(true, MAX_ZERO_RANGES, MAX_ZERO_SECTORS, server);
      default -> UNSUPP;
    };
  }

  private byte read(Server server) throws IOException {
    if (!onDisk(sector, bytes)) {
      return IOERR;
    }
    for (long done = 0; done < bytes; done += PIECE) {
      if (!server.goesOn()) {
        return UNDONE;
      }
      long at = sector * SECTOR + done;
      chain.writeTogether(Math.min(PIECE, bytes - done), pieces -> disk.read(at, pieces));
    }
    return OK;
  }

  private byte write(Server server) throws IOException {
    if (disk.readOnly() || !onDisk(sector, bytes)) {
      return IOERR;
    }
    for (long done = 0; done < bytes; done += PIECE) {
      if (!server.goesOn()) {
        return UNDONE;
      }
      long at = sector * SECTOR + done;
      chain.readTogether(Math.min(PIECE, bytes - done), pieces -> disk.write(at, pieces));
    }
    return stable();
  }

  private byte flush() throws IOException {
    disk.flush();
    return OK;
  }

  private byte stable() throws IOException {
    return writeThrough ? flush() : OK;
  }

  /** All 20 bytes are written, or as many as there is room for; zeroes follow a shorter name. */
  private byte identify() {
    byte[] name = Arrays.copyOf(disk.serial().getBytes(StandardCharsets.US_ASCII), ID_SIZE);
    int room = (int) Math.min(ID_SIZE, chain.writable() - STATUS_SIZE);
    chain.write(name, 0, room);
    return OK;
  }

  /** Discard and write-zeroes: a list of ranges, each a sector, a count and flags. */
  private byte ranges(boolean zero, int maxRanges, long maxSectors, Server server)
      throws IOException {
    long size = chain.readable();
    if (disk.readOnly() || size == 0 || size % RANGE_SIZE != 0) {
      return IOERR;
    }
    if (size > (long) maxRanges * RANGE_SIZE) {
      return IOERR;
    }
    byte[] list = new byte[(int) size];
    chain.read(list);
    ByteBuffer ranges = ByteBuffer.wrap(list).order(ByteOrder.LITTLE_ENDIAN);
    while (ranges.hasRemaining()) {
      Range range = new Range(ranges.getLong(), ranges.getInt() & 0xffff_ffffL, ranges.getInt());
      byte status = range(zero, range, maxSectors, server);
      if (status != OK) {
        return status;
      }
    }
    return stable();
  }

  /** A range of sectors, as the driver gives it (§5.2.6). */
  private record Range(long sector, long sectors, int flags) {}

  private byte range(boolean zero, Range range, long maxSectors, Server server) throws IOException {
    if ((range.flags & ~(zero ? RANGE_UNMAP : 0)) != 0) {
      return UNSUPP; // §5.2.6.2
    }
    if (range.sectors > maxSectors || !onDisk(range.sector, range.sectors * SECTOR)) {
      return IOERR;
    }
    boolean unmap = (range.flags & RANGE_UNMAP) != 0;
    return zero
        ? inPieces(range, ZERO_PIECE, server, (at, length) -> disk.writeZeroes(at, length, unmap))
        : inPieces(range, DISCARD_PIECE, server, disk::discard);
  }

  /** Something that is done to a range of the disk, in bytes. */
  @FunctionalInterface
  private interface RangeWork {
    void perform(long offset, long length) throws IOException;
  }

  /** Pieces end at multiples of their size, so that whole blocks of the host stay whole. */
  private static byte inPieces(Range range, long most, Server server, RangeWork work)
      throws IOException {
    long end = (range.sector + range.sectors) * SECTOR;
    for (long at = range.sector * SECTOR; at < end; ) {
      if (!server.goesOn()) {
        return UNDONE;
      }
      long part = Math.min(most - at % most, end - at);
      work.perform(at, part);
      at += part;
    }
    return OK;
  }

  private boolean onDisk(long first, long length) {
    long sectors = disk.size() / SECTOR;
    return length % SECTOR == 0
        && first >= 0
        && first <= sectors
        && length / SECTOR <= sectors - first;
  }
}
