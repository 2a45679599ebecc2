package atoll.migration;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** A system of bytes at either end: it writes to itself while it runs. */
final class TestSystem implements MovingSystem, ArrivingSystem {
  private static final List<Region> REGIONS =
      List.of(new Region("memory", 3 << 20), new Region("disk", 100_352));

  private final List<byte[]> bytes = new ArrayList<>();
  private final List<BitSet> written = new ArrayList<>();
  private final Random random;
  private int beats;
  private volatile boolean runs;
  private volatile boolean discarded;
  private volatile String state = "";
  private final boolean fits;
  private final int most;
  private int pages;
  private boolean holds = true;

  private TestSystem(long seed, boolean runs, boolean fits, int most) {
    random = new Random(seed);
    this.runs = runs;
    this.fits = fits;
    this.most = most;
    for (Region region : REGIONS) {
      bytes.add(new byte[(int) region.bytes()]);
      written.add(new BitSet());
    }
  }

  /** One that runs. */
  static TestSystem running(long seed) {
    TestSystem made = new TestSystem(seed, true, true, Integer.MAX_VALUE);
    made.beat(300);
    return made;
  }

  /**
   * Room for one.
   *
   * @param fits whether it can be made
   */
  static TestSystem room(boolean fits) {
    return new TestSystem(0, false, fits, Integer.MAX_VALUE);
  }

  /** Room for so many pages, and no more. */
  static TestSystem roomFor(int pages) {
    return new TestSystem(0, false, true, pages);
  }

  /** How many pages have come. */
  int pages() {
    return pages;
  }

  boolean runs() {
    return runs;
  }

  boolean discarded() {
    return discarded;
  }

  boolean sameAs(TestSystem other) {
    return Arrays.deepEquals(bytes.toArray(), other.bytes.toArray()) && state.equals(other.state);
  }

  private void beat(int writes) {
    for (int i = 0; i < writes; i++) {
      int region = random.nextInt(REGIONS.size());
      int page = random.nextInt(REGIONS.get(region).pages());
      byte[] piece = new byte[1 + random.nextInt(REGIONS.get(region).length(page))];
      if (random.nextBoolean()) {
        random.nextBytes(piece);
      }
      System.arraycopy(piece, 0, bytes.get(region), page * Region.PAGE, piece.length);
      written.get(region).set(page);
    }
  }

  @Override
  public String name() {
    return "test";
  }

  @Override
  public byte[] description() {
    return "a test".getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public List<Region> regions() {
    return REGIONS;
  }

  @Override
  public void follow() {
    written.forEach(BitSet::clear);
  }

  @Override
  public List<BitSet> written() {
    if (runs) {
      beat(Math.max(1, 200 >> 2 * beats++));
    }
    List<BitSet> taken = written.stream().map(set -> (BitSet) set.clone()).toList();
    written.forEach(BitSet::clear);
    return taken;
  }

  @Override
  public int data(int region, int page) {
    return page;
  }

  @Override
  public void read(int region, int page, ByteBuffer into) {
    int length = REGIONS.get(region).length(page);
    into.put(bytes.get(region), page * Region.PAGE, length);
    into.put(new byte[Region.PAGE - length]);
  }

  @Override
  public void throttle(int percent) {}

  @Override
  public void whileHeld(Supplier<Afterwards> work) {
    runs = false;
    beat(20);
    state = "stopped after " + beats;
    runs = work.get() == Afterwards.GOES_ON;
  }

  @Override
  public byte[] state() {
    return state.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void handOver() {
    if (holds) {
      holds = false;
    } else {
      throw new AssertionError("given up twice");
    }
  }

  @Override
  public void takeBack() {
    holds = true;
  }

  /** Whether it holds what only one end may. */
  boolean holds() {
    return holds;
  }

  @Override
  public void release() {}

  @Override
  public void rehearse(byte[] given) {}

  @Override
  public void page(int region, int page, ByteBuffer data) throws MigrationException {
    if (++pages > most) {
      throw new MigrationException("no space left on device");
    }
    data.get(bytes.get(region), page * Region.PAGE, data.remaining());
  }

  @Override
  public void zero(int region, int page) {
    int length = REGIONS.get(region).length(page);
    Arrays.fill(bytes.get(region), page * Region.PAGE, page * Region.PAGE + length, (byte) 0);
  }

  @Override
  public void prepare(byte[] given) throws MigrationException {
    if (!fits) {
      throw new MigrationException("there is no room for it");
    }
    state = new String(given, StandardCharsets.UTF_8);
  }

  @Override
  public void start() {
    runs = true;
  }

  @Override
  public void discard(String reason) {
    discarded = true;
  }
}
