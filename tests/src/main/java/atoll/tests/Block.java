package atoll.tests;

import atoll.isa.Assembler;
import atoll.isa.Label;
import atoll.isa.Op;
import java.util.List;

/**
 * A block of random instructions and the state it is entered in, as {@code
 * guests/differential/differential.c} reads it.
 *
 * @param seed of registers, memory and page tables
 * @param mode 0 U, 1 S, 3 M; with a second stage 0 VU, 1 VS
 * @param levels of page tables; 0 is not a translation
 * @param secondLevels of second-stage tables; 0 is not a guest
 * @param guestAccess 1 or 2: the mode is HS and accesses the guest's memory as VU or VS
 * @param window virtual address of the pages that paging blocks access
 * @param status bits to set in mstatus
 * @param aligned register that points to eight aligned bytes
 * @param any register that points anywhere near
 * @param call register that points to code that only returns
 * @param looseAccessed whether accessed bits may differ: an AMO on a page that may only be read may
 *     set it before it faults, or not
 */
record Block(
    String profile,
    long seed,
    int mode,
    int levels,
    int secondLevels,
    int guestAccess,
    long window,
    long status,
    int fcsr,
    int aligned,
    int any,
    int call,
    boolean looseAccessed,
    List<Item> items) {
  /** Bytes of a descriptor. */
  static final int DESCRIPTOR = 64;

  /** A block in memory: its code, and where the ecall is that ends it. */
  static final class Placed {
    private final byte[] code;
    private final long end;

    Placed(byte[] code, long end) {
      this.code = code;
      this.end = end;
    }

    byte[] code() {
      return code;
    }

    long end() {
      return end;
    }
  }

  /** The whole block at {@code address}. */
  Placed place(long address) {
    return place(address, items.size());
  }

  /** The block at {@code address}, over as soon as it comes to item {@code stop} or a later one. */
  Placed place(long address, int stop) {
    Assembler out = new Assembler(address);
    Label[] starts = new Label[items.size() + 1];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = out.label();
    }
    for (int i = 0; i < items.size(); i++) {
      out.bind(starts[i]);
      if (i >= stop) { // whatever way control comes here
        out.j(starts[items.size()]);
      }
      items.get(i).emit(out, starts);
    }
    out.bind(starts[items.size()]);
    long end = out.here();
    out.op(Op.ECALL);
    return new Placed(out.toBytes(), end);
  }

  /** Where each item begins, relative to the block. */
  int[] offsets() {
    Assembler out = new Assembler(0);
    Label[] starts = new Label[items.size() + 1];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = out.label();
    }
    int[] offsets = new int[starts.length];
    for (int i = 0; i < items.size(); i++) {
      out.bind(starts[i]);
      offsets[i] = (int) out.here();
      items.get(i).emit(out, starts);
    }
    offsets[items.size()] = (int) out.here();
    return offsets;
  }
}
