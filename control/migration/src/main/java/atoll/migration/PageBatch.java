package atoll.migration;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Pages of one region on their way: numbers of pages that are zero, numbers of others and their
 * bytes, as one zstd frame where that is shorter.
 *
 * <pre>
 * u16 region · u16 zero · u16 full · u8 packed · zero × u32 page · full × u32 page · bytes
 * </pre>
 *
 * <p>One is filled and written again and again by one thread.
 */
final class PageBatch {
  /** Pages with bytes in one batch. */
  static final int FULL = 256;

  /** Pages of zeroes in one batch. */
  static final int ZERO = 4096;

  private static final int HEADER = 7;
  private static final int NUMBER = 4;
  private static final int DATA = FULL * Region.PAGE;

  /** The longest that one can be. */
  static final int MOST = HEADER + (ZERO + FULL) * NUMBER + DATA;

  /** Fast, and nearly as short as the usual level for what memory has. */
  private static final int LEVEL = 1;

  /** What does not get shorter by this part is not packed: 1 of 16. */
  private static final int WORTH = 16;

  /** After one that was not worth it, so many are not tried. */
  private static final int PAUSE = 7;

  private static final byte[] ZEROES = new byte[Region.PAGE];

  private final int region;
  private final int[] zero = new int[ZERO];
  private final int[] full = new int[FULL];
  private final byte[] data = new byte[DATA];
  private final byte[] whole = new byte[MOST];
  private int zeroes;
  private int fulls;
  private int untried;

  /** An empty one for a region. */
  PageBatch(int region) {
    this.region = region;
  }

  /** Where the bytes of the next page go: as many as it has, and then zeroes. */
  ByteBuffer place() {
    return ByteBuffer.wrap(data, fulls * Region.PAGE, Region.PAGE);
  }

  /**
   * Adds the page whose bytes are in {@link #place}.
   *
   * @param known whether the other end has zeroes there, so that they need not be said
   * @return whether it has other bytes than zeroes
   */
  boolean add(int page, boolean known) {
    int at = fulls * Region.PAGE;
    if (Arrays.equals(data, at, at + Region.PAGE, ZEROES, 0, Region.PAGE)) {
      if (!known) {
        zero[zeroes++] = page;
      }
      return false;
    }
    full[fulls++] = page;
    return true;
  }

  boolean full() {
    return fulls == FULL || zeroes == ZERO;
  }

  boolean empty() {
    return fulls == 0 && zeroes == 0;
  }

  /** How many pages are in it. */
  int pages() {
    return fulls + zeroes;
  }

  /** Its bytes, until it is filled again; it is empty then. */
  ByteBuffer take() {
    ByteBuffer out = ByteBuffer.wrap(whole);
    int length = fulls * Region.PAGE;
    int from = HEADER + (zeroes + fulls) * NUMBER;
    int packed = pack(length, from);
    out.putShort((short) region).putShort((short) zeroes).putShort((short) fulls);
    out.put((byte) (packed > 0 ? 1 : 0));
    put(out, zero, zeroes);
    put(out, full, fulls);
    if (packed > 0) {
      out.position(from + packed);
    } else {
      out.put(data, 0, length);
    }
    zeroes = 0;
    fulls = 0;
    return out.flip();
  }

  private static void put(ByteBuffer out, int[] numbers, int count) {
    for (int i = 0; i < count; i++) {
      out.putInt(numbers[i]);
    }
  }

  /** Returns the packed length, or 0 if that is not worth it. */
  private int pack(int length, int from) {
    if (length == 0 || untried > 0) {
      untried = Math.max(0, untried - 1);
      return 0;
    }
    int room = length - length / WORTH;
    try {
      return (int) Zstd.compressByteArray(whole, from, room, data, 0, length, LEVEL, false);
    } catch (ZstdException e) { // it does not fit
      untried = PAUSE;
      return 0;
    }
  }

  /** Gets pages. */
  interface Sink {
    /**
     * @param data the page's bytes
     */
    void page(int region, int page, ByteBuffer data) throws MigrationException;

    /** A page of zeroes. */
    void zero(int region, int page) throws MigrationException;
  }

  /** Takes batches of the other end apart, which may say anything. One thread. */
  static final class Reader {
    private final byte[] data = new byte[DATA];

    /**
     * Hands the pages on.
     *
     * @param batch a whole one
     * @param regions what they must be of
     */
    void read(ByteBuffer batch, List<Region> regions, Sink sink) throws MigrationException {
      require(batch.remaining() >= HEADER, "its header");
      int number = Short.toUnsignedInt(batch.getShort());
      int zeroes = Short.toUnsignedInt(batch.getShort());
      int fulls = Short.toUnsignedInt(batch.getShort());
      int packed = batch.get();
      require(number < regions.size(), "the region");
      require(zeroes <= ZERO && fulls <= FULL, "the number of pages");
      require(packed == 0 || packed == 1, "the packing");
      require(batch.remaining() >= (zeroes + fulls) * NUMBER, "the pages");
      Region region = regions.get(number);
      for (int i = 0; i < zeroes; i++) {
        sink.zero(number, page(batch, region));
      }
      int[] pages = new int[fulls];
      for (int i = 0; i < fulls; i++) {
        pages[i] = page(batch, region);
      }
      ByteBuffer bytes = bytes(batch, fulls * Region.PAGE, packed == 1);
      for (int i = 0; i < fulls; i++) {
        sink.page(number, pages[i], bytes.slice(i * Region.PAGE, region.length(pages[i])));
      }
    }

    private static int page(ByteBuffer batch, Region region) throws MigrationException {
      int page = batch.getInt();
      require(page >= 0 && page < region.pages(), "a page");
      return page;
    }

    private ByteBuffer bytes(ByteBuffer batch, int length, boolean packed)
        throws MigrationException {
      if (!packed) {
        require(batch.remaining() == length, "the bytes");
        return batch.slice();
      }
      int from = batch.arrayOffset() + batch.position();
      try {
        long done =
            Zstd.decompressByteArray(data, 0, length, batch.array(), from, batch.remaining());
        require(!Zstd.isError(done) && done == length, "the packed bytes");
        return ByteBuffer.wrap(data, 0, length);
      } catch (ZstdException e) {
        throw new MigrationException("the other end has sent damaged pages", e);
      }
    }

    private static void require(boolean fits, String what) throws MigrationException {
      if (!fits) {
        throw new MigrationException(
            "the other end does not keep to the protocol: %s of a batch of pages".formatted(what));
      }
    }
  }
}
