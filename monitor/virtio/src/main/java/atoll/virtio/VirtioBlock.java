package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.GuestWorkQueue;
import atoll.device.spi.BlockBackend;
import atoll.host.Clock;
import atoll.host.Timers;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The block device (§5.2).
 *
 * <p>A short read whose bytes the host has in memory is served at once, by the vCPU that notified.
 * Everything else is served by threads: one of them, the leader, looks for requests, and serves
 * what takes little time. Before it begins with something longer, it gives the lead to another
 * thread; so a slow request delays no other one, and a slow disk stops no hart. Requests are begun
 * in the order of their ring, and may end in any order, as §5.2.6 allows; but a flush waits for
 * every request of its ring before it. To a driver that does not know flushes, each write is on
 * stable storage when it is reported done (§5.2.6.2).
 *
 * <p>The session's monitor is not held while a thread works. Between two pieces of a request the
 * thread sees whether it is to leave the driver's buffers, and charges the vCPU that notified for
 * what it has done. What is left so, by a pause or in a saved state, is done again from its start.
 */
public final class VirtioBlock extends VirtioDevice {
  /** Most queues: one for each hart, as far as there are enough. */
  public static final int MOST_QUEUES = 8;

  /** Most requests that are served at the same time, by a thread each. */
  public static final int MOST_THREADS = 16;

  private static final int ID = 2; // §5.2.1
  private static final int QUEUE_SIZE = 256;

  private static final int FEATURE_SEG_MAX = 2; // §5.2.3
  private static final int FEATURE_RO = 5;
  private static final int FEATURE_BLK_SIZE = 6;
  private static final int FEATURE_FLUSH = 9;
  private static final int FEATURE_TOPOLOGY = 10;
  private static final int FEATURE_MQ = 12;
  private static final int FEATURE_DISCARD = 13;
  private static final int FEATURE_WRITE_ZEROES = 14;

  private static final int CONFIG_SIZE = 60; // §5.2.4
  private static final int SEGMENTS = QUEUE_SIZE - 2;
  private static final byte PHYSICAL_BLOCK_EXPONENT = 3; // 4 KiB, a page of the host's cache

  /** Units of budget for a read at once, and how many bytes of it cost one more. */
  private static final int READ_COST = 2_000;

  private static final int BYTES_A_UNIT = 8;

  /** Requests that are given back before the driver is told of the first of them. */
  private static final int BATCH = 8;

  private final BlockBackend disk;
  private final int queues;
  private final Executor executor;
  private final Throttle throttle;

  @Unsaved("nothing is under way when a state is taken")
  private GuestWorkQueue.Donor donor = GuestWorkQueue.Donor.NONE;

  private final ServiceTime time = new ServiceTime();
  private final ExitBudget budget = new ExitBudget();

  /** Threads that serve requests, or are about to. */
  @Unsaved("they are idle when a state is taken")
  private int threads;

  /** Whether one of them is the leader. */
  @Unsaved("they are idle when a state is taken")
  private boolean led;

  /** They are to leave their requests. */
  @Unsaved("they are idle when a state is taken")
  private volatile boolean cancelled;

  /** No request is begun until it is null again; complete once none is under way. */
  @Unsaved("of whoever changes what is behind the disk")
  private CompletableFuture<Void> held;

  /** Whose turn it is to be looked at. */
  @Unsaved("any queue may be first")
  private int turn;

  /** Requests that were given back since the driver was told. */
  @Unsaved("the driver has been told when a state is taken")
  private int untold;

  /**
   * Makes one over {@code disk}, whose size is a multiple of 512 and which has no limits.
   *
   * @param executor where requests are served; may run them at once, in the notifying call, for a
   *     deterministic machine
   */
  public VirtioBlock(BlockBackend disk, Executor executor) {
    this(disk, 1, executor, Throttle.NONE);
  }

  /**
   * Makes one over {@code disk}, whose size is a multiple of 512.
   *
   * @param queues 1 to {@link #MOST_QUEUES}
   * @param executor as above; takes up to {@link #MOST_THREADS} at the same time
   * @param clock of the platform, for the disk's limits
   * @param timers of that clock
   */
  public VirtioBlock(BlockBackend disk, int queues, Executor executor, Clock clock, Timers timers) {
    this(disk, queues, executor, Throttle.of(disk.limits(), clock, timers));
  }

  private VirtioBlock(BlockBackend disk, int queues, Executor executor, Throttle throttle) {
    if (disk.size() % BlockRequest.SECTOR != 0) {
      throw new IllegalArgumentException(
          "a disk of %d bytes; expected a multiple of %d"
              .formatted(disk.size(), BlockRequest.SECTOR));
    }
    this.disk = disk;
    this.queues = queues;
    this.executor = executor;
    this.throttle = throttle;
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
            | 1L << FEATURE_TOPOLOGY
            | (queues > 1 ? 1L << FEATURE_MQ : 0);
    return disk.readOnly()
        ? always | 1L << FEATURE_RO
        : always | 1L << FEATURE_DISCARD | 1L << FEATURE_WRITE_ZEROES;
  }

  @Override
  int queues() {
    return queues;
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
    into.putLong(disk.size() / BlockRequest.SECTOR); // capacity
    into.putInt(0); // size_max, not offered
    into.putInt(SEGMENTS);
    into.putInt(0); // geometry, not offered
    into.putInt(BlockRequest.SECTOR); // blk_size
    into.put(PHYSICAL_BLOCK_EXPONENT);
    into.put((byte) 0); // alignment_offset
    into.putShort((short) 1); // min_io_size, in blocks
    into.putInt(0); // opt_io_size
    into.putShort((short) 0); // writeback, not offered
    into.putShort((short) queues);
    into.putInt(BlockRequest.MAX_DISCARD_SECTORS);
    into.putInt(BlockRequest.MAX_DISCARD_RANGES);
    into.putInt(1 << PHYSICAL_BLOCK_EXPONENT); // discard_sector_alignment
    into.putInt(BlockRequest.MAX_ZERO_SECTORS);
    into.putInt(BlockRequest.MAX_ZERO_RANGES);
    into.put((byte) 1); // write_zeroes_may_unmap
  }

  /** The disk has another size: tells the driver, if there is one. Any thread may call it. */
  public void resized() {
    session().configChanged();
  }

  /**
   * Begins no request until {@link #goOn}, so that what is behind the disk can be changed. Any
   * thread may call it.
   *
   * @return complete once no request is under way: each is done, or was left by a pause or a reset
   */
  public CompletableFuture<Void> hold() {
    synchronized (session()) {
      held = new CompletableFuture<>();
      tellHolder();
      return held;
    }
  }

  private void tellHolder() {
    if (held != null && !busy()) {
      boolean ignored = held.complete(null);
    }
  }

  /** Ends a {@link #hold}. Any thread may call it. */
  public void goOn() {
    synchronized (session()) {
      held = null;
      markAll();
    }
  }

  @Override
  boolean serve(int queue, ExitBudget exit) {
    time.payer(session().payer());
    inherit(session().donor());
    return held == null && !led && !throttle.held() && !servedNow(queue, exit) && !begin(exit);
  }

  /** What is under way is given back with the highest priority of those that asked for it. */
  private void inherit(GuestWorkQueue.Donor asking) {
    if (threads == 0 || asking.priority() > donor.priority()) {
      donor = asking;
    }
  }

  @Override
  boolean busy() {
    return threads > 0;
  }

  @Override
  void cancel() {
    cancelled = true;
    session().notifyAll(); // A flush may be waiting for others.
  }

  // ------------------------------------------------------------ by a vCPU

  /** Serves what takes no longer than copying; returns whether nothing is left for a thread. */
  private boolean servedNow(int index, ExitBudget exit) {
    if (throttle.limits()) {
      return false;
    }
    SplitQueue queue = session().queue(index);
    boolean all;
    do {
      queue.quiet();
      all = readNow(index, exit);
      session().returned(queue);
    } while (all && session().running() && queue.listen());
    return all || !session().running();
  }

  private boolean readNow(int index, ExitBudget exit) {
    for (BlockRequest request = claim(index, exit); request != null; request = claim(index, exit)) {
      long filled = request.performNow();
      if (filled == BlockRequest.LEFT) {
        session().queue(index).leave(request.taken());
        return false;
      }
      exit.spend(READ_COST + request.bytes() / BYTES_A_UNIT);
      session().queue(index).finish(request.taken(), filled);
      if (exit.spent()) {
        return false;
      }
    }
    return true;
  }

  /** Has a thread lead; returns false, with nothing left in {@code exit}, if there is none. */
  private boolean begin(ExitBudget exit) {
    led = true;
    threads++;
    try {
      executor.execute(new Worker());
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      led = false;
      threads--; // The host has no thread to spare: the guest tries until it has.
      exit.exhaust();
      return false;
    }
  }

  private BlockRequest claim(int index, ExitBudget exit) {
    TakenRequest taken = session().running() ? session().queue(index).claim(exit) : null;
    if (taken == null) {
      return null;
    }
    if (!BlockRequest.wellFormed(taken.chain())) {
      session().broken("a block request without its header or status byte");
      return null;
    }
    BlockRequest request = null;
    try {
      request = new BlockRequest(disk, index, taken, !session().negotiated(FEATURE_FLUSH));
    } finally {
      if (request == null) {
        session().queue(index).leave(taken); // There was no memory: it is not lost.
      }
    }
    return request;
  }

  // ------------------------------------------------------------ by threads

  /** Tells the driver of all that was given back. */
  private void tell() {
    donor.run(this::interrupt);
    untold = 0;
  }

  private void interrupt() {
    for (int n = 0; n < queues; n++) {
      session().returned(session().queue(n));
    }
  }

  /** Asks the driver to notify again; returns whether something came in meanwhile. */
  private boolean listen() {
    boolean more = false;
    for (int n = 0; n < queues; n++) {
      more |= session().queue(n).listen();
    }
    return more;
  }

  /** What held requests back is over. */
  private void release() {
    synchronized (session()) {
      throttle.release();
      markAll();
    }
  }

  private void markAll() {
    for (int n = 0; n < queues; n++) {
      session().mark(n);
    }
  }

  /** One thread's work, from its first request on, as the leader, to when it leaves. */
  @Unsaved("it is idle when a state is taken")
  private final class Worker implements BlockRequest.Server, Runnable {
    /** There are no threads: this is the vCPU's, in its exit. */
    private boolean alone;

    private ServiceTime.Meter meter;
    private boolean leads = true;
    private boolean gone;
    private BlockRequest request;

    @Override
    public void run() {
      try {
        alone = Thread.holdsLock(session());
        meter = time.begin(!alone);
        first();
        while (request != null) {
          follow(perform());
        }
      } finally {
        abandon();
      }
    }

    private void first() {
      synchronized (session()) {
        request = next();
      }
    }

    private long perform() {
      long filled = request.performNow();
      if (filled != BlockRequest.LEFT) {
        return filled;
      }
      if (!alone && !request.soon()) {
        yieldLead();
      }
      return request.perform(this);
    }

    /** Lets another thread look for requests meanwhile, unless there are too many. */
    private void yieldLead() {
      synchronized (session()) {
        tell();
        if (threads < MOST_THREADS) {
          leads = false;
          led = false;
          // Without a thread for it, whoever is notified next or is the first to be done leads.
          boolean ignored = listen() && begin(budget.refill());
        }
      }
    }

    /** Gives the request back, and goes on with the next one if it leads or can. */
    private void follow(long filled) {
      synchronized (session()) {
        giveBack(filled);
        if (leads || !led && !cancelled) {
          leads = true;
          led = true;
          request = next();
        } else {
          leave();
        }
      }
    }

    private void giveBack(long filled) {
      BlockRequest done = request;
      SplitQueue queue = session().queue(done.queue());
      request = null;
      if (filled == BlockRequest.LEFT) {
        queue.leave(done.taken());
        return;
      }
      queue.finish(done.taken(), filled);
      session().notifyAll(); // A flush may be waiting for it.
      if (++untold >= BATCH || !leads) {
        tell();
        meter.charge();
      }
    }

    /** The next request for the leader; it leaves if there is none. */
    private BlockRequest next() {
      while (begins()) {
        BlockRequest found = look();
        if (found != null) {
          return found;
        }
        tell();
        if (!listen()) {
          break; // Under the same monitor as the last look, so that no notification is missed.
        }
      }
      tell();
      led = false;
      leave();
      return null;
    }

    private boolean begins() {
      return held == null
          && !cancelled
          && session().running()
          && !throttle.holds(VirtioBlock.this::release);
    }

    private BlockRequest look() {
      for (int n = 0; n < queues; n++) {
        int index = (turn + n) % queues;
        session().queue(index).quiet();
        BlockRequest found = claim(index, budget.refill());
        if (found != null) {
          turn = (index + 1) % queues;
          throttle.take(found.bytes());
          return found;
        }
      }
      return null;
    }

    private void leave() {
      if (meter != null) { // unless there was no memory for it
        meter.charge();
      }
      gone = true;
      threads--;
      if (threads == 0) {
        cancelled = false;
        session().idle();
        tellHolder();
      }
    }

    /** After a failure that is not the disk's: what was taken and not given back is tried again. */
    private void abandon() {
      synchronized (session()) {
        if (gone) {
          return;
        }
        if (request != null) {
          session().queue(request.queue()).leave(request.taken());
        }
        led &= !leads;
        leave();
        markAll();
      }
    }

    @Override
    public boolean goesOn() {
      meter.charge();
      return !cancelled;
    }

    @Override
    public boolean isFirst(BlockRequest flush) {
      synchronized (session()) {
        SplitQueue queue = session().queue(flush.queue());
        while (!cancelled && queue.hasBefore(flush.taken())) {
          try {
            session().wait();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the thread of a disk was interrupted", e);
          }
        }
        return !cancelled;
      }
    }
  }
}
