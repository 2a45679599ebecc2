package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.PageReclaim;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The memory balloon (§5.5): the guest gives pages to the host, as many as it is asked for, and
 * tells of those that are free anyway. It takes them back by using them.
 */
public final class VirtioBalloon extends VirtioDevice {
  /** Bytes of a page of the balloon, whatever the guest's pages are (§5.5.6). */
  public static final int PAGE_SIZE = 4096;

  private static final int ID = 5; // §5.5.1
  private static final int QUEUE_SIZE = 128;
  private static final int CONFIG_SIZE = 8; // §5.5.4: num_pages, actual
  private static final int CONFIG_ACTUAL = 4;

  /** If it exists; the two before it always do. */
  private static final int STATISTICS_QUEUE = 2;

  private static final int FEATURE_STATISTICS = 1; // §5.5.3
  private static final int FEATURE_DEFLATE_ON_OOM = 2;
  private static final int FEATURE_REPORTING = 5;

  private static final int PAGE_SHIFT = 12;
  private static final int STATISTIC_SIZE = 10; // §5.5.6.3: tag, value
  private static final int MOST_STATISTICS = 64;
  private static final int NOTHING_HELD = -1;

  /** How many page numbers are looked at together, to find neighbours. */
  private static final int PAGES_AT_ONCE = 32;

  /** Bytes of a reported buffer that are taken at once. */
  private static final long REPORTED_AT_ONCE = 64 * PAGE_SIZE;

  /** Units of budget for asking the host to take a range back, and for each page of it. */
  private static final int RECLAIM_COST = 1_500;

  private static final int PAGE_COST = 150;

  /** The same for a buffer of page numbers or free pages, and for one of statistics. */
  private static final int BUFFER_COST = 60;

  private static final int STATISTICS_COST = 5_000;

  private final PageReclaim host;

  @Unsaved("the guest is asked again")
  private final Map<GuestStatistic, Long> guest = new EnumMap<>(GuestStatistic.class);

  private int target;
  private int actual;
  private int held = NOTHING_HELD;

  @Unsaved("for statistics")
  private long reclaimed;

  @Unsaved("for statistics")
  private long reported;

  /** What each queue is for, in the order of their numbers (§5.5.2); not all need exist. */
  private enum Purpose {
    INFLATE,
    DEFLATE,
    STATISTICS,
    REPORTING
  }

  /** What a guest tells of its memory (§5.5.6.4), by tag. */
  public enum GuestStatistic {
    /** Bytes swapped in. */
    SWAP_IN,
    /** Bytes swapped out. */
    SWAP_OUT,
    /** Page faults that needed the disk. */
    MAJOR_FAULTS,
    /** Page faults that did not. */
    MINOR_FAULTS,
    /** Bytes not used for anything. */
    FREE,
    /** Bytes of RAM. */
    TOTAL,
    /** Bytes that can be had without swapping. */
    AVAILABLE,
    /** Bytes of files kept in memory. */
    DISK_CACHES,
    /** Huge pages given out. */
    HUGE_ALLOCATIONS,
    /** Huge pages that could not be given out. */
    HUGE_FAILURES
  }

  /**
   * What became of the guest's memory.
   *
   * @param target bytes that the guest is asked for
   * @param actual bytes that it says it has given
   * @param reclaimed bytes taken into the balloon in the course of time
   * @param reported bytes of free pages taken back in the course of time
   * @param guest what it tells of itself, as far as it does
   */
  public record Statistics(
      long target, long actual, long reclaimed, long reported, Map<GuestStatistic, Long> guest) {
    public Statistics {
      guest = Map.copyOf(guest);
    }
  }

  /**
   * The whole state.
   *
   * @param target pages that the guest is asked for
   * @param actual pages that it says it has given
   * @param held descriptor of the statistics buffer that the device keeps, or -1
   */
  public record State(int target, int actual, int held) implements VirtioDevice.State {}

  public VirtioBalloon(PageReclaim host) {
    this.host = host;
  }

  /** Asks the guest for that many bytes in all, rounded down to pages; it may take its time. */
  public void target(long bytes) {
    synchronized (session()) {
      target = Math.clamp(bytes >>> PAGE_SHIFT, 0, Integer.MAX_VALUE);
      session().configChanged();
    }
  }

  /** Whether the guest has a driver for it that is up. */
  public boolean driven() {
    return session().driven();
  }

  /** What is known now; asks the guest for newer numbers, which a later call shows. */
  public Statistics statistics() {
    synchronized (session()) {
      Statistics now = new Statistics(bytes(target), bytes(actual), reclaimed, reported, guest);
      askGuest();
      return now;
    }
  }

  private static long bytes(int pages) {
    return Integer.toUnsignedLong(pages) << PAGE_SHIFT;
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    return 1L << FEATURE_STATISTICS | 1L << FEATURE_DEFLATE_ON_OOM | 1L << FEATURE_REPORTING;
  }

  @Override
  int queues() {
    return Purpose.values().length;
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
    into.putInt(target).putInt(actual);
  }

  @Override
  void configWritten(int offset, int size, long value) {
    if (offset == CONFIG_ACTUAL && size == Integer.BYTES) {
      actual = (int) value;
    }
  }

  @Override
  boolean serve(int index, ExitBudget budget) {
    List<Purpose> present = Arrays.stream(Purpose.values()).filter(this::exists).toList();
    if (index >= present.size()) {
      return false;
    }
    return switch (present.get(index)) {
      case INFLATE -> session().serve(index, budget, this::inflate);
      case DEFLATE -> session().serve(index, budget, (chain, b) -> 0); // Filled at the first touch.
      case STATISTICS -> takeStatistics(index, budget);
      case REPORTING -> session().serve(index, budget, this::freed);
    };
  }

  /** Queues of features that were not negotiated do not exist, and the numbers close up. */
  private boolean exists(Purpose purpose) {
    return switch (purpose) {
      case INFLATE, DEFLATE -> true;
      case STATISTICS -> session().negotiated(FEATURE_STATISTICS);
      case REPORTING -> session().negotiated(FEATURE_REPORTING);
    };
  }

  /** §5.5.6: an array of page numbers. */
  private long inflate(DescriptorChain chain, ExitBudget budget) {
    long room = (long) QUEUE_SIZE * PAGE_SIZE;
    if (chain.readable() > room || chain.readable() % Integer.BYTES != 0) {
      session().broken("a balloon request of %d bytes".formatted(chain.readable()));
      return 0;
    }
    while (chain.readable() > 0 && session().running()) {
      if (budget.spent()) {
        return VirtioSession.Server.UNFINISHED;
      }
      inflate(readPages(chain, budget), budget);
    }
    return 0;
  }

  private static long[] readPages(DescriptorChain chain, ExitBudget budget) {
    byte[] bytes = new byte[(int) Math.min(chain.readable(), PAGES_AT_ONCE * Integer.BYTES)];
    budget.spend((long) BUFFER_COST * chain.read(bytes));
    int[] numbers = new int[bytes.length / Integer.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(numbers);
    return Arrays.stream(numbers).mapToLong(Integer::toUnsignedLong).sorted().toArray();
  }

  /** Takes sorted pages, neighbours together. */
  private void inflate(long[] pages, ExitBudget budget) {
    for (int from = 0; from < pages.length; ) {
      int to = from + 1;
      while (to < pages.length && pages[to] - pages[from] <= to - from) {
        to++;
      }
      long gpa = pages[from] << PAGE_SHIFT;
      long bytes = (pages[to - 1] - pages[from] + 1) << PAGE_SHIFT;
      reclaimed += reclaim(gpa, bytes, budget);
      from = to;
    }
  }

  /** §5.5.6.7: the buffers are the free pages themselves. */
  private long freed(DescriptorChain chain, ExitBudget budget) {
    while (chain.writable() > 0 && session().running()) {
      if (budget.spent()) {
        return VirtioSession.Server.UNFINISHED;
      }
      chain.nextWritable(
          REPORTED_AT_ONCE,
          (gpa, bytes) -> {
            long first = gpa + PAGE_SIZE - 1 & -PAGE_SIZE;
            long end = gpa + bytes & -PAGE_SIZE;
            budget.spend(BUFFER_COST);
            if (first < end) {
              reported += reclaim(first, end - first, budget);
            }
          });
    }
    return 0;
  }

  /** Returns how many bytes the host has taken. */
  private long reclaim(long gpa, long bytes, ExitBudget budget) {
    budget.spend(RECLAIM_COST + (bytes >>> PAGE_SHIFT) * PAGE_COST);
    if (!session().isRam(gpa, bytes)) {
      session().broken("a balloon page outside RAM: 0x%x+0x%x".formatted(gpa, bytes));
      return 0;
    }
    host.reclaim(gpa, bytes);
    return bytes;
  }

  /** §5.5.6.3: the buffer is kept, and given back when newer numbers are wanted. */
  private boolean takeStatistics(int index, ExitBudget budget) {
    SplitQueue queue = session().queue(index);
    do {
      DescriptorChain chain;
      while (!budget.spent() && (chain = queue.take(budget)) != null) {
        readStatistics(chain);
        budget.spend(STATISTICS_COST);
        if (held != NOTHING_HELD) {
          queue.push(held, 0); // A driver has only one; more of them are not kept.
        }
        held = queue.hold();
      }
      session().returned(queue);
    } while (!budget.spent() && queue.listen());
    return budget.spent();
  }

  private void readStatistics(DescriptorChain chain) {
    long all = Math.min(chain.readable(), (long) MOST_STATISTICS * STATISTIC_SIZE);
    byte[] bytes = new byte[(int) all / STATISTIC_SIZE * STATISTIC_SIZE];
    chain.read(bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      int tag = Short.toUnsignedInt(buffer.getShort());
      long value = buffer.getLong();
      if (tag < GuestStatistic.values().length) {
        guest.put(GuestStatistic.values()[tag], value);
      }
    }
  }

  private void askGuest() {
    if (held != NOTHING_HELD && session().running() && exists(Purpose.STATISTICS)) {
      SplitQueue queue = session().queue(STATISTICS_QUEUE);
      queue.push(held, 0);
      held = NOTHING_HELD;
      session().returned(queue);
    }
  }

  @Override
  void stopped(int queue) {
    if (queue == STATISTICS_QUEUE) {
      held = NOTHING_HELD;
    }
  }

  @Override
  void reset() {
    actual = 0;
    guest.clear();
  }

  @Override
  VirtioDevice.State state() {
    return new State(target, actual, held);
  }

  @Override
  void restore(VirtioDevice.State state) {
    if (!(state instanceof State balloon)) {
      throw new IllegalArgumentException("the saved state is of another kind of virtio device");
    }
    target = balloon.target;
    actual = balloon.actual;
    held = balloon.held;
  }
}
