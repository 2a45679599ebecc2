package atoll.virtio;

import atoll.device.StateVersion;
import atoll.device.spi.PageReclaim;
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

  private final PageReclaim host;
  private final Map<GuestStatistic, Long> guest = new EnumMap<>(GuestStatistic.class);
  private int target;
  private int actual;
  private int held = NOTHING_HELD;
  private long reclaimed;
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
   * @param version 1
   * @param target pages that the guest is asked for
   * @param actual pages that it says it has given
   * @param held descriptor of the statistics buffer that the device keeps, or -1
   */
  public record State(int version, int target, int actual, int held) implements VirtioDevice.State {
    private static final int VERSION = 1;

    public State {
      StateVersion.require("virtio balloon", version, VERSION);
    }
  }

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
  void notified(int index) {
    List<Purpose> present = Arrays.stream(Purpose.values()).filter(this::exists).toList();
    if (index >= present.size()) {
      return;
    }
    switch (present.get(index)) {
      case INFLATE -> serve(index, this::inflate);
      case DEFLATE -> serve(index, chain -> {}); // What comes back is filled at the first touch.
      case STATISTICS -> takeStatistics(index);
      case REPORTING -> serve(index, this::freed);
    }
  }

  /** Queues of features that were not negotiated do not exist, and the numbers close up. */
  private boolean exists(Purpose purpose) {
    return switch (purpose) {
      case INFLATE, DEFLATE -> true;
      case STATISTICS -> session().negotiated(FEATURE_STATISTICS);
      case REPORTING -> session().negotiated(FEATURE_REPORTING);
    };
  }

  @FunctionalInterface
  private interface Request {
    void serve(DescriptorChain chain);
  }

  private void serve(int index, Request request) {
    SplitQueue queue = session().queue(index);
    DescriptorChain chain = session().newChain();
    do {
      queue.quiet();
      while (session().running() && queue.pop(chain)) {
        request.serve(chain);
        queue.push(chain.head(), 0);
      }
      session().returned(queue);
    } while (queue.listen());
  }

  /** §5.5.6: an array of page numbers. */
  private void inflate(DescriptorChain chain) {
    long room = (long) QUEUE_SIZE * PAGE_SIZE;
    if (chain.readable() > room || chain.readable() % Integer.BYTES != 0) {
      session().broken("a balloon request of %d bytes".formatted(chain.readable()));
      return;
    }
    byte[] bytes = new byte[(int) chain.readable()];
    chain.read(bytes);
    int[] numbers = new int[bytes.length / Integer.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(numbers);
    long[] pages = Arrays.stream(numbers).mapToLong(Integer::toUnsignedLong).sorted().toArray();
    for (int from = 0; from < pages.length; ) {
      int to = from + 1;
      while (to < pages.length && pages[to] - pages[from] <= to - from) {
        to++;
      }
      long gpa = pages[from] << PAGE_SHIFT;
      reclaimed += reclaim(gpa, (pages[to - 1] - pages[from] + 1) << PAGE_SHIFT);
      from = to;
    }
  }

  /** §5.5.6.7: the buffers are the free pages themselves. */
  private void freed(DescriptorChain chain) {
    chain.eachWritable((gpa, bytes) -> {
      long first = gpa + PAGE_SIZE - 1 & -PAGE_SIZE;
      long end = gpa + bytes & -PAGE_SIZE;
      if (first < end) {
        reported += reclaim(first, end - first);
      }
    });
  }

  /** Returns how many bytes the host has taken. */
  private long reclaim(long gpa, long bytes) {
    if (!session().isRam(gpa, bytes)) {
      session().broken("a balloon page outside RAM: 0x%x+0x%x".formatted(gpa, bytes));
      return 0;
    }
    host.reclaim(gpa, bytes);
    return bytes;
  }

  /** §5.5.6.3: the buffer is kept, and given back when newer numbers are wanted. */
  private void takeStatistics(int index) {
    SplitQueue queue = session().queue(index);
    DescriptorChain chain = session().newChain();
    while (queue.pop(chain)) {
      if (held != NOTHING_HELD) {
        queue.push(held, 0); // A driver has only one; more of them are not kept.
      }
      held = chain.head();
      readStatistics(chain);
    }
    queue.listen();
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
  void reset() {
    actual = 0;
    held = NOTHING_HELD;
    guest.clear();
  }

  @Override
  VirtioDevice.State state() {
    return new State(State.VERSION, target, actual, held);
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
