package atoll.engine.mmu;

import atoll.engine.AddressTranslation;
import atoll.engine.MappedRange;
import atoll.host.RawMemory;
import atoll.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Follows a guest's page tables for a person: rights are not asked for, and nothing is changed or
 * counted. What a hart does is {@link PageWalker}'s.
 */
public final class TableReader {
  private static final int FLAGS = 0xff;
  private static final int ENTRIES = 512;

  /** Entries that are looked at for a list of mappings, some 100 ms; tables can go in circles. */
  private static final int MOST_ENTRIES = 1 << 22;

  private final GuestMemory memory;
  private final MmuTechnique technique;
  private final TranslationRegime regime;
  private final boolean paged;
  private final List<AddressTranslation.Step> steps = new ArrayList<>();
  private long page = GuestMemory.PAGE_SIZE;
  private String obstacle = "";

  // Of a list of mappings.
  private final List<MappedRange> ranges = new ArrayList<>();
  private int looked;

  /**
   * @param technique where the hart's own tables are
   * @param regime whose tables
   * @param paged whether they are in force
   */
  TableReader(GuestMemory memory, MmuTechnique technique, TranslationRegime regime, boolean paged) {
    this.memory = memory;
    this.technique = technique;
    this.regime = regime;
    this.paged = paged;
  }

  /** Where an address leads; asked once. */
  public AddressTranslation translate(long va) {
    long address = paged && regime.first.on() ? descend(regime.first, va) : va;
    if (paged && regime.second.on() && obstacle.isEmpty()) {
      address = descend(regime.second, address);
    }
    boolean found = obstacle.isEmpty();
    return new AddressTranslation(
        steps, found ? OptionalLong.of(address) : OptionalLong.empty(), page, obstacle);
  }

  private long descend(TranslationStage stage, long address) {
    if (!stage.mode.canonical(address)) {
      return blocked("the address 0x%x is not one of %s".formatted(address, stage.mode));
    }
    long table = stage.root;
    int mask = stage.mode.rootMask;
    for (int level = stage.mode.levels - 1; level >= 0; level--) {
      long at = table + ((address >>> 12 + 9 * level & mask) << 3);
      mask = ENTRIES - 1;
      long hva = entryHva(stage, at, level);
      if (hva == 0) {
        return blocked("the entry at 0x%x is not in RAM".formatted(at));
      }
      long pte = RawMemory.getLong(hva);
      steps.add(new AddressTranslation.Step(stage.second ? 2 : 1, level, at, pte));
      if ((pte & Pte.V) == 0) {
        return blocked("the entry is not valid");
      }
      if (Pte.leaf(pte)) {
        return leaf(stage, pte, level, address);
      }
      table = Pte.ppn(pte) << 12;
    }
    return blocked("the last entry leads to another table");
  }

  private long leaf(TranslationStage stage, long pte, int level, long address) {
    long size = Pte.size(pte, level);
    if (size == 0) {
      return blocked("the entry is a misaligned superpage");
    }
    page = stage.second ? Math.min(page, size) : size;
    long found = Pte.ppn(pte) << 12 & -size | address & size - 1;
    long physical = regime.guest ? found : technique.guestPhysical(found);
    return physical == MachineMap.NOWHERE ? blocked("the page is not in RAM") : physical;
  }

  private long blocked(String why) {
    obstacle = why;
    return 0;
  }

  private long entryHva(TranslationStage stage, long entry, int level) {
    if (!regime.guest) {
      long address = technique.tableEntry(entry, level);
      return address == PageWalker.FAULT ? 0 : memory.hva(address);
    }
    if (stage.second || !regime.second.on()) {
      return memory.hva(entry);
    }
    long behind = descend(regime.second, entry);
    return obstacle.isEmpty() ? memory.hva(behind) : 0;
  }

  // ------------------------------------------------------------ all of it

  /** What the first stage maps, in order; at most {@code most} ranges. Asked once. */
  public List<MappedRange> ranges(int most) {
    if (paged && regime.first.on()) {
      TranslationStage stage = regime.first;
      list(stage, stage.root, stage.mode.levels - 1, 0, most);
    }
    return List.copyOf(ranges);
  }

  private void list(TranslationStage stage, long table, int level, long va, int most) {
    for (int i = 0; i < ENTRIES && ranges.size() <= most && looked < MOST_ENTRIES; i++) {
      looked++;
      long hva = entryHva(stage, table + 8L * i, level);
      if (hva == 0) {
        obstacle = "";
        return;
      }
      long pte = RawMemory.getLong(hva);
      long at = va | (long) i << 12 + 9 * level;
      if ((pte & Pte.V) == 0) {
        continue;
      }
      if (Pte.leaf(pte)) {
        add(signExtended(stage, at), pte, level);
      } else if (level > 0) {
        list(stage, Pte.ppn(pte) << 12, level - 1, at, most);
      }
    }
    if (ranges.size() > most) {
      ranges.removeLast();
    }
  }

  private static long signExtended(TranslationStage stage, long va) {
    int unused = 64 - stage.mode.addressBits;
    return va << unused >> unused;
  }

  private void add(long va, long pte, int level) {
    long bytes = 4096L << 9 * level;
    boolean napot = (pte & Pte.N) != 0;
    long size = napot ? Pte.size(pte, level) : bytes;
    long ppn = Pte.ppn(pte) << 12;
    long physical = napot && size != 0 ? ppn & -size | va & size - 1 : ppn;
    int flags = (int) pte & FLAGS;
    if (!ranges.isEmpty()) {
      MappedRange last = ranges.getLast();
      if (last.flags() == flags
          && last.virtual() + last.bytes() == va
          && last.physical() + last.bytes() == physical) {
        ranges.set(
            ranges.size() - 1,
            new MappedRange(last.virtual(), last.physical(), last.bytes() + bytes, flags));
        return;
      }
    }
    ranges.add(new MappedRange(va, physical, bytes, flags));
  }
}
