package atoll.engine.mmu;

import atoll.host.RawMemory;

/**
 * Which pages of the upper half of addresses, the kernel's, a hart has cached a translation of,
 * outside the Java heap: translated code finds out by it that a fence for one page has nothing to
 * do, or that only S mode's TLB for loads and stores is concerned, and executes it by itself.
 *
 * <p>A page of 4 KiB is in the one of {@link #BUCKETS} buckets that its address selects. A bucket
 * has two places of 64 bits for the page's address and, in the bits below, where the page may be
 * cached: {@link #DATA} and {@link #ELSEWHERE}. If more pages want to be there, the second place
 * says {@link #MANY}, and nothing is known of the bucket's pages until all is forgotten. Of larger
 * pages there are the ranges of {@link Superpages}.
 *
 * <p>A page that is not here is cached nowhere, and no copy of a translation of it is left. One
 * that is here may have lost its translations meanwhile.
 */
public final class KnownPages {
  /** {@link #RANGES} pairs: where a range of superpages begins, and its bytes. */
  public static final int SUPERPAGES = 0;

  public static final int RANGES = Superpages.RANGES;

  /** The first bucket. */
  public static final int TABLE = 64;

  private static final int BUCKETS = 1024;

  /** Bytes of a bucket, as a power of two. */
  private static final int BUCKET_SHIFT = 4;

  /** A page's address, exclusive-or itself shifted by this, has the bucket's number in bits 12… */
  public static final int FOLD_SHIFT = 10;

  /** What that is then shifted by and masked with, to give the bucket's offset in bytes. */
  public static final int BUCKET_OFFSET_SHIFT = 12 - BUCKET_SHIFT;

  public static final int BUCKET_MASK = BUCKETS - 1 << BUCKET_SHIFT;

  /** In S mode's TLB for loads and stores with {@code SUM} clear. */
  public static final int DATA = 1;

  /** In any other, as a device, or as a page of code. */
  static final int ELSEWHERE = 2;

  /** Below this are all combinations of the two. */
  public static final int KINDS = 4;

  /** In a bucket's second place. */
  public static final int MANY = 4;

  /** Bytes that all of it takes. */
  static final int BYTES = TABLE + (BUCKETS << BUCKET_SHIFT);

  private final long address;
  private final Superpages superpages = new Superpages();
  private boolean used;

  /** Uses {@link #BYTES} bytes at {@code address}, which are zero. */
  KnownPages(long address) {
    this.address = address;
  }

  long address() {
    return address;
  }

  private long bucket(long va) {
    return address + TABLE + ((va ^ va >>> FOLD_SHIFT) >>> BUCKET_OFFSET_SHIFT & BUCKET_MASK);
  }

  /** A translation of the page at {@code va} has been cached. */
  void note(long va, long pageSize, int where) {
    if (va >= 0) {
      return;
    }
    used = true;
    if (pageSize > 4096) {
      noteSuperpage(va, pageSize);
      return;
    }
    long page = va & Tlb.PAGE_MASK;
    long place = place(bucket(va), page);
    if (place == 0) {
      RawMemory.putLong(bucket(va) + Long.BYTES, MANY);
    } else {
      RawMemory.putLong(place, page | RawMemory.getLong(place) & KINDS - 1 | where);
    }
  }

  private void noteSuperpage(long va, long pageSize) {
    if (!superpages.contains(va)) {
      superpages.add(va, pageSize);
      superpages.write(address + SUPERPAGES);
    }
  }

  /** The place of a bucket that has a page, or is free for it; 0 if there is none. */
  private static long place(long bucket, long page) {
    for (int i = 0; i < 2; i++) {
      if (isOf(bucket + 8L * i, page)) {
        return bucket + 8L * i;
      }
    }
    for (int i = 0; i < 2; i++) {
      if (RawMemory.getLong(bucket + 8L * i) == 0) {
        return bucket + 8L * i;
      }
    }
    return 0;
  }

  private static boolean isOf(long place, long page) {
    return (RawMemory.getLong(place) & Tlb.PAGE_MASK) == page;
  }

  /** The page at {@code va} has been forgotten everywhere. */
  void forget(long va) {
    if (va >= 0) {
      return;
    }
    for (int i = 0; i < 2; i++) {
      long place = bucket(va) + 8L * i;
      if (isOf(place, va & Tlb.PAGE_MASK)) {
        RawMemory.putLong(place, 0);
      }
    }
  }

  /** All has been forgotten. */
  void clear() {
    if (used) {
      RawMemory.zero(address + TABLE, BUCKETS << BUCKET_SHIFT);
      superpages.clear();
      superpages.write(address + SUPERPAGES);
      used = false;
    }
  }
}
