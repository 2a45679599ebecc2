package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.BlockBackend;
import atoll.state.Unsaved;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The block device (§5.2).
 *
 * <p>Requests are served one after the other in the order of the ring, on an executor's thread, so
 * that a slow disk stops no hart; the session's monitor is not held while the disk works. So a
 * flush follows every write that the driver made available before it. To a driver that does not
 * know flushes, each write is on stable storage when it is reported done (§5.2.6.2).
 *
 * <p>A request is moved in pieces. Between two of them the thread sees whether it is to leave the
 * driver's buffers, and charges the vCPU that notified for what it has done. A request that is left
 * so, by a pause or in a saved state, is done again from its start; no request minds that.
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

  /** Not a status: the request was left, to be done from its start or not at all. */
  private static final byte LEFT = -1;

  /** Bytes that are moved, or zeroed, between two looks at whether to go on. */
  private static final long PIECE = 256 << 10;

  private static final long ZERO_PIECE = 1 << 20;

  /** The same for what is given back to the host, which moves nothing. */
  private static final long DISCARD_PIECE = 64 << 20;

  private final BlockBackend disk;
  private final Executor executor;

  @Unsaved("its thread is idle when a state is taken")
  private final byte[] header = new byte[HEADER_SIZE];

  private final ExitBudget budget = new ExitBudget();

  /** Of the request under way; for the thread that serves it. */
  @Unsaved("its thread is idle when a state is taken")
  private DescriptorChain chain;

  @Unsaved("its thread is idle when a state is taken")
  private boolean busy;

  @Unsaved("its thread is idle when a state is taken")
  private volatile boolean cancelled;

  private final ServiceTime time = new ServiceTime();

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
  boolean serve(int queue, ExitBudget exit) {
    time.payer(session().payer());
    if (busy) {
      return false;
    }
    busy = true;
    try {
      executor.execute(this::serve);
      return false;
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      busy = false; // The host has no thread to spare: the guest tries until it has.
      exit.exhaust();
      return true;
    }
  }

  @Override
  boolean busy() {
    return busy;
  }

  @Override
  void cancel() {
    cancelled = true;
  }

  private void serve() {
    time.begin();
    boolean finished = false;
    try {
      while (next()) {
        long filled = perform();
        time.charge();
        synchronized (session()) {
          giveBack(filled);
        }
      }
      finished = true;
    } finally {
      if (!finished) {
        leave();
        session().mark(REQUESTS); // Requests that were taken and not given back are tried again.
      }
    }
  }

  private void giveBack(long filled) {
    SplitQueue queue = session().queue(REQUESTS);
    if (filled == LEFT) {
      queue.rewind();
    } else {
      queue.finish(filled);
      session().returned(queue);
    }
  }

  /** Takes the next request; if there is none to serve, becomes idle and returns false. */
  private boolean next() {
    synchronized (session()) {
      boolean found = !cancelled && session().running() && take();
      if (!found) {
        leave(); // Under the same monitor as the last look, so that no notification is missed.
      }
      return found;
    }
  }

  private void leave() {
    synchronized (session()) {
      busy = false;
      cancelled = false;
      session().idle();
    }
  }

  private boolean take() {
    SplitQueue queue = session().queue(REQUESTS);
    queue.quiet();
    while ((chain = queue.take(budget.refill())) == null) {
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

  /** Whether to do another piece; the guest pays for those before. */
  private boolean goesOn() {
    time.charge();
    return !cancelled;
  }

  /**
   * Serves the request, and returns how many of its writable bytes are valid from the first on, or
   * {@link #LEFT}.
   */
  private long perform() {
    long all = chain.writable();
    byte status;
    try {
      chain.read(header);
      status = perform(ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN));
    } catch (Exception | Error e) {
      status = IOERR; // The guest is told; what the host said is the backend's to report.
    }
    if (status == LEFT) {
      return LEFT;
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
    for (long done = 0; done < bytes; done += PIECE) {
      if (!goesOn()) {
        return LEFT;
      }
      long at = sector * SECTOR + done;
      long part = Math.min(PIECE, bytes - done);
      chain.write(part, (moved, piece) -> disk.read(at + moved, piece));
    }
    return OK;
  }

  private byte write(long sector) throws IOException {
    long bytes = chain.readable();
    if (disk.readOnly() || !onDisk(sector, bytes)) {
      return IOERR;
    }
    for (long done = 0; done < bytes; done += PIECE) {
      if (!goesOn()) {
        return LEFT;
      }
      long at = sector * SECTOR + done;
      long part = Math.min(PIECE, bytes - done);
      chain.read(part, (moved, piece) -> disk.write(at + moved, piece));
    }
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
    boolean unmap = (flags & RANGE_UNMAP) != 0;
    return zero
        ? inPieces(sector, sectors, ZERO_PIECE, (at, length) -> disk.writeZeroes(at, length, unmap))
        : inPieces(sector, sectors, DISCARD_PIECE, disk::discard);
  }

  /** Something that is done to a range of the disk, in bytes. */
  @FunctionalInterface
  private interface RangeWork {
    void perform(long offset, long length) throws IOException;
  }

  /** Pieces end at multiples of their size, so that whole blocks of the host stay whole. */
  private byte inPieces(long sector, long sectors, long most, RangeWork work) throws IOException {
    long end = (sector + sectors) * SECTOR;
    for (long at = sector * SECTOR; at < end; ) {
      if (!goesOn()) {
        return LEFT;
      }
      long part = Math.min(most - at % most, end - at);
      work.perform(at, part);
      at += part;
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
