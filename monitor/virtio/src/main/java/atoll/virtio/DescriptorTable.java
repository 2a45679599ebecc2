package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.memory.GuestMemory;

/** Follows chains of descriptors in a split queue's table, and checks them (§2.7.5). */
final class DescriptorTable {
  /** Bytes of a descriptor. */
  static final int ENTRY = 16;

  private static final int LENGTH = 8;
  private static final int FLAGS = 12;
  private static final int NEXT = 14;
  private static final int FLAG_NEXT = 1;
  private static final int FLAG_WRITE = 2;
  private static final int FLAG_INDIRECT = 4;
  private static final long MAX_CHAIN_BYTES = 0xffff_ffffL;

  /** Units of budget for a descriptor. */
  private static final int DESCRIPTOR_COST = 25;

  private final GuestMemory memory;

  DescriptorTable(GuestMemory memory) {
    this.memory = memory;
  }

  /**
   * Gathers a chain.
   *
   * @param first the table's guest-physical address
   * @param size its entries
   * @param indirect whether tables of a chain's own are allowed
   * @param head where the chain begins
   * @param chain empty
   * @return what is wrong with it, or null
   */
  String follow(
      long first, int size, boolean indirect, int head, DescriptorChain chain, ExitBudget budget) {
    long table = first;
    int entries = size;
    boolean nested = false;
    int index = head;
    for (int seen = 1; ; seen++) {
      budget.spend(DESCRIPTOR_COST);
      if (index >= entries) {
        return "descriptor %d of a table of %d".formatted(index, entries);
      }
      if (seen > (nested ? SplitQueue.MAX_SIZE : size)) {
        return "a chain of more than %d descriptors: a loop?".formatted(seen - 1);
      }
      long at = table + (long) ENTRY * index;
      long gpa = memory.getLong(at);
      long length = memory.getInt(at + LENGTH) & 0xffff_ffffL;
      int flags = u16(at + FLAGS);
      if ((flags & FLAG_INDIRECT) != 0) {
        String wrong = wrongTable(gpa, length, flags, nested, indirect);
        if (wrong != null) {
          return wrong;
        }
        table = gpa;
        entries = (int) Math.min(length / ENTRY, Integer.MAX_VALUE);
        nested = true;
        index = 0;
        seen = 0;
        continue;
      }
      String wrong = wrongBuffer(chain, gpa, length, (flags & FLAG_WRITE) != 0);
      if (wrong != null) {
        return wrong;
      }
      chain.add(gpa, length, (flags & FLAG_WRITE) != 0);
      if ((flags & FLAG_NEXT) == 0) {
        return null;
      }
      index = u16(at + NEXT);
    }
  }

  /** §2.7.5.3.1; that the table's own WRITE flag is ignored is §2.7.5.3.2. */
  private String wrongTable(long gpa, long length, int flags, boolean nested, boolean indirect) {
    if (!indirect || nested || (flags & FLAG_NEXT) != 0) {
      return "an indirect descriptor "
          + (!indirect ? "that was not negotiated" : nested ? "in a table" : "with a next one");
    }
    if (length == 0 || length % ENTRY != 0 || !memory.contains(gpa, length)) {
      return "an indirect table of %d bytes at 0x%x".formatted(length, gpa);
    }
    return null;
  }

  private String wrongBuffer(DescriptorChain chain, long gpa, long length, boolean write) {
    if (!memory.reaches(gpa, length, write)) {
      return "a buffer outside RAM: 0x%x+0x%x".formatted(gpa, length);
    }
    if (!write && chain.hasWritable()) {
      return "a readable buffer after a writable one"; // §2.7.4.2
    }
    if (chain.size() + length > MAX_CHAIN_BYTES) {
      return "a chain of 4 GiB or more"; // §2.7.5.2
    }
    return null;
  }

  private int u16(long gpa) {
    return memory.getShort(gpa) & 0xffff;
  }
}
