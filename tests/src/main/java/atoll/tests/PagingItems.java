package atoll.tests;

import static atoll.tests.StreamSetting.MXR;
import static atoll.tests.StreamSetting.S;
import static atoll.tests.StreamSetting.SUM;
import static atoll.tests.StreamSetting.word;

import atoll.isa.CsrNumber;
import atoll.isa.Instruction;
import atoll.isa.Op;
import java.util.List;

/** Items of blocks with page tables: accesses to the window, changed entries, a guest's memory. */
final class PagingItems {
  private static final int SFENCE_ALL = 0x12000073;

  private final StreamSetting in;
  private final PlainItems plain;

  PagingItems(StreamSetting setting, PlainItems plainItems) {
    in = setting;
    plain = plainItems;
  }

  Item paging() {
    int dice = in.random.nextInt(20);
    if (dice < 2) {
      return word(Op.JALR, 1, 2L * in.random.nextInt(16), in.call);
    } else if (dice < 5 && in.mode == S) {
      return in.random.nextInt(3) == 0 ? accessRights() : changeEntry();
    } else if (dice < 7) {
      return farAccess();
    } else {
      return dice < 9 ? plain.atomic() : plain.access();
    }
  }

  private Item accessRights() {
    int t = in.jumpRegister();
    int form = in.random.nextBoolean() ? 2 : 3;
    long mask = in.random.nextBoolean() ? SUM : MXR;
    return new Item.Prepared(
        List.of(new Item.Constant(t, mask)),
        List.of(CsrNumber.SSTATUS << 20 | t << 15 | form << 12 | 0x73));
  }

  // ------------------------------------------------------------ a guest's memory

  /** HS mode: it needs no pointers of its own. */
  Item hypervisor(int dice) {
    if (dice < 50) {
      return guestAccess();
    } else if (dice < 58) {
      return in.random.nextBoolean() ? changeEntry() : changeSecondStage();
    } else {
      return dice < 85 ? plain.integer() : plain.floating();
    }
  }

  /** {@code hlv} or {@code hsv}, by a pointer or to some page by its address. */
  private Item guestAccess() {
    Instruction i = in.one(Encodings.GUEST_ACCESSES);
    boolean load = i.is(Instruction.LOAD);
    if (in.random.nextBoolean()) {
      return load ? word(i.op(), in.rd(), in.pointer()) : word(i.op(), in.rs(), in.pointer());
    }
    int t = in.jumpRegister();
    Item.Word access = load ? word(i.op(), in.rd(), t) : word(i.op(), in.rs(), t);
    return new Item.Prepared(List.of(new Item.Constant(t, farAddress())), List.of(access.bits()));
  }

  /** A new entry of the second stage for a frame of the window, and the fence. */
  private Item changeSecondStage() {
    int frame = in.random.nextInt(TableLayout.WINDOW_PAGES);
    boolean code = frame >= 8;
    long to = TableLayout.FRAMES + ((code ? 8 : 0) + in.random.nextInt(8)) * 4096L;
    long flags = in.random.nextInt(0x400) | (in.random.nextInt(4) > 0 ? 0xd3 : 0);
    if ((flags & 8) != 0) {
      flags |= 2; // see build_second_stage in the guest
    }
    int address = in.distinct(0, 0);
    int value = in.distinct(address, 0);
    int place = in.distinct(address, value);
    long guestPage = TableLayout.FRAMES + frame * 4096L;
    return new Item.Prepared(
        List.of(
            new Item.Constant(address, TableLayout.secondEntry(in.secondLevels, frame)),
            new Item.Constant(value, to >>> 2 | flags),
            new Item.Constant(place, guestPage >>> 2)),
        List.of(
            word(Op.SD, value, 0, address).bits(),
            word(Op.HFENCE_GVMA, in.random.nextBoolean() ? place : 0, 0).bits()));
  }

  // ------------------------------------------------------------ single accesses

  private long farAddress() {
    long va = in.window + in.random.nextInt(8) * 4096L;
    va += in.random.nextBoolean() ? 4089 + in.random.nextInt(7) : in.random.nextInt(500);
    if (in.random.nextInt(8) == 0) {
      va ^=
          1L
              << 12
                  + 9 * in.levels
                  + in.random.nextInt(64 - 12 - 9 * in.levels); // not sign-extended
    }
    return va;
  }

  /** An access to some page of the window by its address, near a page's end every other time. */
  private Item farAccess() {
    int t = in.jumpRegister();
    long va = farAddress();
    Item.Word access =
        in.random.nextBoolean()
            ? word(integerLoad(), in.rd(), 0, t)
            : word(in.one(in.encodings.stores).op(), in.rs(), 0, t);
    return new Item.Prepared(List.of(new Item.Constant(t, va)), List.of(access.bits()));
  }

  private int integerLoad() {
    while (true) {
      Instruction i = in.one(in.encodings.loads);
      if (!i.is(Instruction.FP)) {
        return i.op();
      }
    }
  }

  /** A new entry for a page of the window, and the fence that makes it count. */
  private Item changeEntry() {
    int page = in.random.nextInt(TableLayout.WINDOW_PAGES);
    boolean code = page >= 8;
    long va = in.window + page * 4096L;
    long entry = new TableLayout(in.levels, in.window).entry(va, 0);
    long frame = TableLayout.FRAMES + ((code ? 8 : 0) + in.random.nextInt(8)) * 4096L;
    long flags = in.random.nextInt(0x400) | (in.random.nextInt(4) > 0 ? 0xc3 : 0);
    if (code) {
      flags &= ~0x14; // not writable; not the user's, see build_tables in the guest
    }
    int address = in.distinct(0, 0);
    int value = in.distinct(address, 0);
    int place = in.distinct(address, value);
    int fence =
        switch (in.guestAccess > 0 ? 3 : in.random.nextInt(3)) {
          case 3 -> word(Op.HFENCE_VVMA, in.random.nextBoolean() ? place : 0, 0).bits();
          case 0 -> SFENCE_ALL;
          case 1 -> word(Op.SFENCE_VMA, place, 0).bits();
          default -> word(Op.SINVAL_VMA, place, 0).bits();
        };
    return new Item.Prepared(
        List.of(
            new Item.Constant(address, entry),
            new Item.Constant(value, frame >>> 2 | flags),
            new Item.Constant(place, va)),
        List.of(word(Op.SD, value, 0, address).bits(), fence));
  }
}
