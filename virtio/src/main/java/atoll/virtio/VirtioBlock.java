package atoll.virtio;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Executor;

/**
 * The block device (§5.2).
 *
 * <p>Requests are served one after the other in the order of the ring, on an executor's thread, so
 * that a slow disk stops no hart; the session's monitor is not held while the disk works. So a
 * flush follows every write that the driver made available before it. To a driver that does not
 * know flushes, each write is on stable storage when it is reported done (§5.2.6.2).
 */
public final class VirtioBlock extends VirtioDevice {
  private static final int ID = 2; // §5.2.1
  private static final int REQUESTS = 0; // §5.2.2
  private static final int QUEUE_SIZE = 256;

  private static final int FEATURE_SEG_MAX = 2; // §5.2.3
  private static final int FEATURE_RO = 5;
  private static final int FEATURE_BLK_SIZE = 6;
  private static final int FEATURE_FLUSH = 9;
  private static final int FEATURE_TOPOLOGY = 10;
  private static final int FEATURE_DISCARD = 13;
  private static final int FEATURE_WRITE_ZEROES = 14;

  private static final int TYPE_IN = 0; // §5.2.6
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

  private static final int CONFIG_SIZE = 60; // §5.2.4
  private static final int SECTOR = 512;
  private static final int SEGMENTS = QUEUE_SIZE - 2;
  private static final byte PHYSICAL_BLOCK_EXPONENT = 3; // 4 KiB, a page of the host's cache
  private static final int MAX_DISCARD_SECTORS = 1 << 21;
  private static final int MAX_DISCARD_RANGES = 64;
  private static final int MAX_ZERO_SECTORS = 1 << 17;
  private static final int MAX_ZERO_RANGES = 1;

  private final BlockBackend disk;
  private final Executor executor;
  private final byte[] header = new byte[HEADER_SIZE];
  private DescriptorChain chain;
  private boolean busy;
  private boolean quiescing;

  /**
   * Makes one over {@code disk}, whose size is a multiple of 512.
   *
   * @param executor where requests are served; may run them at once, in the notifying call, for a
   *     deterministic machine
   */
  public VirtioBlock(BlockBackend disk, Executor executor) {
    if (disk.size() % SECTOR != 0) {
      throw new IllegalArgumentException(
          "a disk of %d bytes; expected a multiple of %d".formatted(disk.size(), SECTOR));
    }
    this.disk = disk;
    this.executor = executor;
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    long always =
        1L << FEATURE_SEG_MAX
            | 1L << FEATURE_BLK_SIZE
            | 1L << FEATURE_FLUSH
            | 1L << FEATURE_TOPOLOGY;
    return disk.readOnly()
        ? always | 1L << FEATURE_RO
        : always | 1L << FEATURE_DISCARD | 1L << FEATURE_WRITE_ZEROES;
  }

  @Override
  int queues() {
    return 1;
  }

  @Override
  int queueSize() {
    return QUEUE_SIZE;
  }

  @Override
  int configSize() {
    return CONFIG_SIZE;
  }

  @Override
  void config(ByteBuffer into) {
    into.putLong(disk.size() / SECTOR); // capacity
    into.putInt(0); // size_max, not offered
    into.putInt(SEGMENTS);
    into.putInt(0); // geometry, not offered
    into.putInt(SECTOR); // blk_size
    into.put(PHYSICAL_BLOCK_EXPONENT);
    into.put((byte) 0); // alignment_offset
    into.putShort((short) 1); // min_io_size, in blocks
    into.putInt(0); // opt_io_size
    into.putInt(0); // writeback and num_queues, not offered
    into.putInt(MAX_DISCARD_SECTORS);
    into.putInt(MAX_DISCARD_RANGES);
    into.putInt(1 << PHYSICAL_BLOCK_EXPONENT); // discard_sector_alignment
    into.putInt(MAX_ZERO_SECTORS);
    into.putInt(MAX_ZERO_RANGES);
    into.put((byte) 1); // write_zeroes_may_unmap
  }

  @Override
  void attached() {
    chain = session().newChain();
  }

  @Override
  void notified(int queue) {
    if (!busy && !quiescing) {
      busy = true;
      executor.execute(this::serve);
    }
  }

  @Override
  void quiesce() {
    boolean interrupted = false;
    quiescing = true;
    while (busy) {
      try {
        session().wait();
      } catch (InterruptedException e) {
        interrupted = true; // A guest's memory must not be given up under a running transfer.
      }
    }
    quiescing = false;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve() {
    boolean finished = false;
    try {
      while (next()) {
        long written = perform();
        synchronized (session()) {
          SplitQueue queue = session().queue(REQUESTS);
          queue.push(chain.head(), written);
          session().returned(queue);
        }
      }
      finished = true;
    } finally {
      if (!finished) {
        idle();
      }
    }
  }

  /** Takes the next request; if there is none to serve, becomes idle and returns false. */
  private boolean next() {
    synchronized (session()) {
      boolean found = !quiescing && session().running() && pop();
      if (!found) {
        idle(); // Under the same monitor as the last look, so that no notification is missed.
      }
      return found;
    }
  }

  private void idle() {
    synchronized (session()) {
      busy = false;
      session().notifyAll();
    }
  }

  private boolean pop() {
    SplitQueue queue = session().queue(REQUESTS);
    queue.quiet();
    while (!queue.pop(chain)) {
      if (!queue.listen()) {
        return false;
      }
    }
    if (chain.readable() < HEADER_SIZE || chain.writable() < STATUS_SIZE) {
      session().broken("a block request without its header or status byte");
      return false;
    }
    return true;
  }

  /** Serves the request, and returns how many of its writable bytes are valid from the first on. */
  private long perform() {
    long all = chain.writable();
    chain.read(header);
    byte status;
    try {
      status = perform(ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException | RuntimeException e) {
      status = IOERR; // The guest is told; what the host said is the backend's to report.
    }
    chain.writeLast(status);
    long filled = all - chain.writable();
    return filled == all - STATUS_SIZE ? all : filled;
  }

  private byte perform(ByteBuffer request) throws IOException {
    int type = request.getInt(0);
    long sector = request.getLong(8);
    return switch (type) {
      case TYPE_IN -> read(sector);
      case TYPE_OUT -> write(sector);
      case TYPE_FLUSH -> flush();
      case TYPE_GET_ID -> identify();
      case TYPE_DISCARD -> ranges(false, MAX_DISCARD_RANGES, MAX_DISCARD_SECTORS);
      case TYPE_WRITE_ZEROES -> ranges(true, MAX_ZERO_RANGES, MAX_ZERO_SECTORS);
      default -> UNSUPP;
    };
  }

  private byte read(long sector) throws IOException {
    long bytes = chain.writable() - STATUS_SIZE;
    if (!onDisk(sector, bytes)) {
      return IOERR;
    }
    chain.write(bytes, (done, piece) -> disk.read(sector * SECTOR + done, piece));
    return OK;
  }

  private byte write(long sector) throws IOException {
    long bytes = chain.readable();
    if (disk.readOnly() || !onDisk(sector, bytes)) {
      return IOERR;
    }
    chain.read(bytes, (done, piece) -> disk.write(sector * SECTOR + done, piece));
    return stable();
  }

  private byte flush() throws IOException {
    disk.flush();
    return OK;
  }

  /** A change is done; to a driver that cannot flush, only when it is stable. */
  private byte stable() throws IOException {
    return session().negotiated(FEATURE_FLUSH) ? OK : flush();
  }

  /** All 20 bytes are written, or as many as there is room for; zeroes follow a shorter name. */
  private byte identify() {
    byte[] name = Arrays.copyOf(disk.serial().getBytes(StandardCharsets.US_ASCII), ID_SIZE);
    int room = (int) Math.min(ID_SIZE, chain.writable() - STATUS_SIZE);
    chain.write(name, 0, room);
    return OK;
  }

  /** Discard and write-zeroes: a list of ranges, each a sector, a count and flags. */
  private byte ranges(boolean zero, int maxRanges, long maxSectors) throws IOException {
    long bytes = chain.readable();
    if (disk.readOnly() || bytes == 0 || bytes % RANGE_SIZE != 0) {
      return IOERR;
    }
    if (bytes > (long) maxRanges * RANGE_SIZE) {
      return IOERR;
    }
    byte[] list = new byte[(int) bytes];
    chain.read(list);
    ByteBuffer ranges = ByteBuffer.wrap(list).order(ByteOrder.LITTLE_ENDIAN);
    while (ranges.hasRemaining()) {
      byte status = range(zero, ranges.getLong(), ranges.getInt(), ranges.getInt(), maxSectors);
      if (status != OK) {
        return status;
      }
    }
    return stable();
  }

  private byte range(boolean zero, long sector, int count, int flags, long maxSectors)
      throws IOException {
    if ((flags & ~(zero ? RANGE_UNMAP : 0)) != 0) {
      return UNSUPP; // §5.2.6.2
    }
    long sectors = count & 0xffff_ffffL;
    if (sectors > maxSectors || !onDisk(sector, sectors * SECTOR)) {
      return IOERR;
    }
    if (zero) {
      disk.writeZeroes(sector * SECTOR, sectors * SECTOR, (flags & RANGE_UNMAP) != 0);
    } else {
      disk.discard(sector * SECTOR, sectors * SECTOR);
    }
    return OK;
  }

  private boolean onDisk(long sector, long bytes) {
    long sectors = disk.size() / SECTOR;
    return bytes % SECTOR == 0
        && sector >= 0
        && sector <= sectors
        && bytes / SECTOR <= sectors - sector;
  }
}
