package atoll.tests;

import static atoll.tests.StreamSetting.withRd;
import static atoll.tests.StreamSetting.word;

import atoll.isa.CsrNumber;
import atoll.isa.Decoder;
import atoll.isa.Instruction;
import atoll.isa.Op;
import java.util.ArrayList;
import java.util.List;

/** Items that any mode may have: computation, accesses by pointers, atomics, fences. */
final class PlainItems {
  /** Reaches on both sides of a pointer that plain accesses stay within. */
  private static final int REACH = 800;

  private static final int DYNAMIC = 7;

  private final StreamSetting in;

  PlainItems(StreamSetting setting) {
    in = setting;
  }

  Item integer() {
    return new Item.Word(withRd(in.filled(in.one(in.encodings.integer)), in.rd()));
  }

  Item floating() {
    Instruction i = in.one(in.encodings.floating);
    int word = in.filled(i);
    if (Encodings.writesInteger(i)) {
      word = withRd(word, in.rd());
    }
    if (i.pattern().contains(" rm ")) {
      int dice = in.random.nextInt(40);
      int rounding =
          dice < 20 ? DYNAMIC : dice < 39 ? in.random.nextInt(5) : 5 + in.random.nextInt(2);
      word = word & ~(7 << 12) | rounding << 12;
    }
    return new Item.Word(word);
  }

  /** All six CSR instructions on the floating-point CSRs. */
  Item floatCsr() {
    int number = CsrNumber.FFLAGS + in.random.nextInt(3);
    int form = new int[] {1, 2, 3, 5, 6, 7}[in.random.nextInt(6)];
    return new Item.Word(number << 20 | in.rs() << 15 | form << 12 | in.rd() << 7 | 0x73);
  }

  Item access() {
    if (!in.encodings.blocks.isEmpty() && in.random.nextInt(20) == 0) {
      return word(in.one(in.encodings.blocks).op(), in.pointer());
    }
    int offset = in.random.nextInt(2 * REACH) - REACH;
    if (in.random.nextInt(3) == 0) {
      offset &= -8;
    }
    if (in.random.nextInt(5) < 3) {
      Instruction i = in.one(in.encodings.loads);
      int rd = i.is(Instruction.FP) ? in.rs() : in.rd();
      return word(i.op(), rd, offset, in.pointer());
    }
    return word(in.one(in.encodings.stores).op(), in.rs(), offset, in.pointer());
  }

  Item atomic() {
    int ordering = in.random.nextInt(4);
    if (in.levels == 0 && in.random.nextInt(4) == 0) {
      int lr = in.wideReservations ? Op.LR_D : Op.LR_W;
      int sc = in.wideReservations ? Op.SC_D : Op.SC_W;
      if (in.random.nextInt(4) == 0) { // alone: without a reservation, or leaving one
        return in.random.nextBoolean()
            ? word(lr, in.rd(), in.aligned, ordering)
            : word(sc, in.rd(), in.rs(), in.aligned, ordering);
      }
      List<Integer> words = new ArrayList<>();
      words.add(word(lr, in.rd(), in.aligned, ordering).bits());
      for (int i = in.random.nextInt(3); i > 0; i--) {
        words.add(((Item.Word) integer()).bits());
      }
      words.add(word(sc, in.rd(), in.rs(), in.aligned, ordering).bits());
      return new Item.Prepared(List.of(), words);
    }
    int base = in.random.nextInt(10) == 0 ? in.any : in.aligned;
    if (!in.amos || in.random.nextInt(8) == 0) {
      return word(in.wideReservations ? Op.LR_D : Op.LR_W, in.rd(), base, ordering);
    }
    return word(in.one(in.encodings.amos).op(), in.rd(), in.rs(), base, ordering);
  }

  Item compressed() {
    if (in.random.nextInt(3) == 0) {
      for (int tries = 0; tries < 200; tries++) {
        int half = in.one(in.encodings.shortAccesses);
        int word = Decoder.expand(half);
        int base = Encodings.shortBase(half);
        Instruction i = Instruction.of(Decoder.op(word));
        boolean fine =
            !i.is(Instruction.LOAD) || i.is(Instruction.FP) || in.writable(Encodings.rd(word));
        if ((base == in.aligned || base == in.any) && fine) {
          return new Item.Half(half);
        }
      }
    }
    while (true) {
      int half = in.one(in.encodings.shortComputing);
      int rd = Encodings.rd(Decoder.expand(half));
      if (rd == 0 || in.writable(rd)) {
        return new Item.Half(half);
      }
    }
  }

  Item fence() {
    return switch (in.random.nextInt(4)) {
      case 0 -> word(Op.FENCE_I);
      case 1 ->
          new Item.Word(0x0000000f | in.random.nextInt() << 20 | in.rs() << 15 | in.rs() << 7);
      default -> new Item.Word(0x0ff0000f);
    };
  }
}
