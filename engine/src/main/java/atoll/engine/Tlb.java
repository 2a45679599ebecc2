package atoll.engine;

import java.util.Arrays;

/**
 * A direct-mapped software TLB for data accesses under one combination of address space, privilege
 * and {@code SUM}.
 *
 * <p>Each entry is a pair in a flat array: the page's virtual address, and what to add to a virtual
 * address to get the host-virtual one. An access of {@code n} bytes hits when {@code tag == (va &
 * (PAGE_MASK | n - 1))}, so that a misaligned one misses and is served by the slow path. The addend
 * is the one place where a host address enters the hot path; {@link Mmu} proves at fill that the
 * whole page is the machine's own.
 */
final class Tlb {
  static final int ENTRIES = 512;

  /** Applied to {@code va >>> 11}, gives the index of an entry's tag. */
  static final int SLOT_MASK = (ENTRIES - 1) << 1;

  static final long PAGE_MASK = -4096L;

  /** Equal to no masked address: bits 3 to 11 of those are zero. */
  private static final long EMPTY = -1;

  final long[] read = new long[2 * ENTRIES];
  final long[] write = new long[2 * ENTRIES];

  private boolean readUsed = true;
  private boolean writeUsed = true;

  private final Superpages superpages = new Superpages();

  Tlb() {
    flush();
  }

  static int slot(long va) {
    return (int) (va >>> 11) & SLOT_MASK;
  }

  void fillRead(long va, long hva, long pageSize) {
    readUsed = true;
    fill(read, va, hva, pageSize);
  }

  void fillWrite(long va, long hva, long pageSize) {
    writeUsed = true;
    fill(write, va, hva, pageSize);
  }

  private void fill(long[] entries, long va, long hva, long pageSize) {
    int slot = slot(va);
    entries[slot] = va & PAGE_MASK;
    entries[slot + 1] = hva - va;
    if (pageSize > 4096) {
      superpages.add(va, pageSize);
    }
  }

  void flush() {
    if (readUsed) {
      Arrays.fill(read, EMPTY);
      readUsed = false;
    }
    flushWrites();
    superpages.clear();
  }

  /** Forgets write permissions, so that a page's next store takes the slow path. */
  void flushWrites() {
    if (writeUsed) {
      Arrays.fill(write, EMPTY);
      writeUsed = false;
    }
  }

  /** Forgets one page, or everything if the page may have been part of a superpage. */
  void flushPage(long va) {
    if (superpages.contains(va)) {
      flush();
      return;
    }
    int slot = slot(va);
    if (read[slot] == (va & PAGE_MASK)) {
      read[slot] = EMPTY;
    }
    if (write[slot] == (va & PAGE_MASK)) {
      write[slot] = EMPTY;
    }
  }

  /** Forgets write permissions for the host page at {@code hva}. */
  void flushWrites(long hva) {
    if (!writeUsed) {
      return;
    }
    for (int slot = 0; slot < write.length; slot += 2) {
      if (write[slot] != EMPTY && write[slot] + write[slot + 1] == hva) {
        write[slot] = EMPTY;
      }
    }
  }
}
