package atoll.engine.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostMemory;
import atoll.host.RawMemory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A TLB's epoch ends with any translation that may have been copied, and with no other. */
class TlbTest {
  private static final long PAGE = 4096;
  private static final long VA = 0x1234_5000L;
  private static final long HVA = 0x7f00_0000_0000L;

  /** The distance of pages that share an entry. */
  private static final long SAME_ENTRY = PAGE * Tlb.ENTRIES;

  private final HostMemory memory = Tlb.memory(1, 0);
  private final Tlb tlb = new Tlb(memory.address(), new Tlb.Epochs());

  @AfterEach
  void giveBack() {
    memory.close();
  }

  private boolean epochEndsBy(Runnable what) {
    long before = tlb.epoch();
    what.run();
    return tlb.epoch() != before;
  }

  private void fill(long va, long hva) {
    tlb.fillRead(va, hva, PAGE);
    tlb.fillWrite(va, hva, PAGE);
  }

  @Test
  void aFenceOfAPageThatIsNotThereEndsNoEpoch() {
    fill(VA, HVA);
    assertThat(epochEndsBy(() -> tlb.flushPage(VA + PAGE))).isFalse();
    assertThat(epochEndsBy(() -> tlb.flushPage(VA + SAME_ENTRY))).isFalse();
    assertThat(epochEndsBy(() -> tlb.flushPage(VA))).isTrue();
    assertThat(epochEndsBy(() -> tlb.flushPage(VA))).isFalse();
    assertThat(epochEndsBy(() -> tlb.flushWrites(HVA))).isFalse();
  }

  @Test
  void aPageThatLosesItsEntryToAnotherMayHaveBeenCopied() {
    fill(VA, HVA);
    fill(VA + SAME_ENTRY, HVA + PAGE);
    assertThat(epochEndsBy(() -> tlb.flushPage(VA))).isTrue();
    assertThat(epochEndsBy(() -> tlb.flushPage(VA))).isFalse();
  }

  @Test
  void aTranslationThatIsReplacedByAnotherOfItsPageMayHaveBeenCopied() {
    tlb.fillWrite(VA, HVA, PAGE);
    tlb.fillWrite(VA, HVA + PAGE, PAGE);
    assertThat(epochEndsBy(() -> tlb.flushWrites(HVA))).isTrue();
    assertThat(epochEndsBy(() -> tlb.flushWrites(HVA))).isFalse();
    assertThat(epochEndsBy(() -> tlb.flushWrites(HVA + PAGE))).isTrue();
  }

  @Test
  void aFenceIntoASuperpageEndsTheEpochOfAllItsPages() {
    tlb.fillRead(VA, HVA, 512 * PAGE);
    assertThat(epochEndsBy(() -> tlb.flushPage(VA + PAGE))).isTrue();
    assertThat(RawMemory.getLong(Tlb.entry(tlb.read, VA))).isNotEqualTo(VA);
  }

  @Test
  void aPageIsKeptForStoresUntilItIsForgotten() {
    long[] other = {VA + PAGE, VA + SAME_ENTRY};
    tlb.keepWrite(VA, PAGE);
    for (long va : other) {
      tlb.flushPage(va);
      assertThat(tlb.keeps(va)).isFalse();
    }
    assertThat(tlb.keeps(VA + 8)).isTrue();
    tlb.flushPage(VA + 16);
    assertThat(tlb.keeps(VA)).isFalse();
    for (Runnable forget : new Runnable[] {tlb::flush, tlb::flushWrites, this::forgetAHostPage}) {
      tlb.keepWrite(VA, PAGE);
      forget.run();
      assertThat(tlb.keeps(VA)).isFalse();
    }
  }

  private void forgetAHostPage() {
    tlb.flushWrites(HVA + 16 * PAGE);
  }

  // ------------------------------------------------------------ many pages

  private long writes(long va) {
    long entry = Tlb.entry(tlb.write, va);
    return RawMemory.getLong(entry) == va ? va + RawMemory.getLong(entry + 8) : -1;
  }

  @Test
  void aHostPageIsForgottenWhereverItIsAmongThousands() {
    int pages = 6000; // each third one is of the same 100 host pages
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < pages; i++) {
        fill(VA + i * PAGE, hostPage(i + round));
      }
    }
    long emptied = Tlb.entry(tlb.write, VA + 3 * PAGE); // as translated code does
    RawMemory.putLong(emptied, 0);
    RawMemory.putLong(emptied + 8, 0);
    long forgotten = HVA + 7 * PAGE;
    assertThat(epochEndsBy(() -> tlb.flushWrites(forgotten))).isTrue();
    assertThat(epochEndsBy(() -> tlb.flushWrites(forgotten))).isFalse();
    for (int i = 0; i < pages; i++) {
      boolean gone = i == 3 || hostPage(i + 1) == forgotten;
      assertThat(writes(VA + i * PAGE)).isEqualTo(gone ? -1 : hostPage(i + 1));
    }
  }

  private static long hostPage(int i) {
    return HVA + PAGE * (i % 3 == 0 ? i / 3 % 100 : 1000 + i);
  }

  @Test
  void aHostPageInVeryManyPlacesTakesAllWithIt() {
    int pages = 2000;
    for (int i = 0; i < pages; i++) {
      fill(VA + i * PAGE, i % 2 == 0 ? HVA : HVA + i * PAGE);
    }
    assertThat(tlb.writable()).isLessThan(pages / 2);
    tlb.flushWrites(HVA);
    for (int i = 0; i < pages; i += 2) {
      assertThat(writes(VA + i * PAGE)).isEqualTo(-1);
    }
    tlb.fillWrite(VA, HVA, PAGE);
    assertThat(epochEndsBy(() -> tlb.flushWrites(HVA))).isTrue();
  }

  // ------------------------------------------------------------ copies

  private final SplittableRandom random = new SplittableRandom(7);

  /** By page: the host pages that it has had since it was forgotten last, for loads and stores. */
  private final Map<Long, Set<Long>> reads = new HashMap<>();

  private final Map<Long, Set<Long>> writes = new HashMap<>();

  /** Copies of entries and samples made in the present epoch: pairs of page and host page. */
  private final Set<Long> copiedReads = new HashSet<>();

  private final Set<Long> copiedWrites = new HashSet<>();

  @Test
  void copiesOfAnEpochAndSamplesAreTranslationsThatHold() {
    for (int i = 0; i < 60_000; i++) {
      long epoch = tlb.epoch();
      change();
      if (tlb.epoch() != epoch) {
        copiedReads.clear();
        copiedWrites.clear();
      }
      copy(tlb.read, Tlb.READ_SAMPLE, copiedReads);
      copy(tlb.write, Tlb.WRITE_SAMPLE, copiedWrites);
      assertThat(copiedReads).allMatch(pair -> holds(reads, pair));
      assertThat(copiedWrites).allMatch(pair -> holds(writes, pair));
    }
  }

  private long page() {
    return VA + random.nextInt(4) * PAGE + random.nextInt(3) * SAME_ENTRY;
  }

  private void change() {
    long va = page();
    long hva = HVA + random.nextInt(6) * PAGE;
    switch (random.nextInt(40)) {
      case 0 -> {
        tlb.flush();
        reads.clear();
        writes.clear();
      }
      case 1 -> {
        tlb.flushWrites();
        writes.clear();
      }
      case 2, 3, 4 -> {
        tlb.flushWrites(hva);
        writes.values().forEach(known -> known.remove(hva));
      }
      case 5, 6, 7, 8, 9, 10 -> {
        tlb.flushPage(va);
        reads.remove(va);
        writes.remove(va);
      }
      case 11, 12, 13, 14, 15 -> {
        tlb.fillWrite(va, hva, PAGE);
        writes.computeIfAbsent(va, v -> new HashSet<>()).add(hva);
      }
      default -> {
        tlb.fillRead(va, hva, PAGE);
        reads.computeIfAbsent(va, v -> new HashSet<>()).add(hva);
      }
    }
  }

  /** As translated code does: some entry, and the sample. */
  private void copy(long table, long sample, Set<Long> copies) {
    long va = page();
    long entry = Tlb.entry(table, va);
    if (RawMemory.getLong(entry) == va) {
      copies.add(pair(va, va + RawMemory.getLong(entry + 8)));
    }
    long tag = RawMemory.getLong(table + sample);
    if (tag != Tlb.NO_SAMPLE) {
      copies.add(pair(tag, tag + RawMemory.getLong(table + sample + 8)));
    }
  }

  private static long pair(long va, long hva) {
    return (va - VA) / PAGE << 8 | (hva - HVA) / PAGE;
  }

  private static boolean holds(Map<Long, Set<Long>> known, long pair) {
    long va = VA + (pair >> 8) * PAGE;
    return known.getOrDefault(va, Set.of()).contains(HVA + (pair & 0xff) * PAGE);
  }
}
