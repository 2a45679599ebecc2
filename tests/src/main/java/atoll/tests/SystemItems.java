package atoll.tests;

import static atoll.tests.StreamSetting.M;
import static atoll.tests.StreamSetting.TSR;
import static atoll.tests.StreamSetting.TW;
import static atoll.tests.StreamSetting.U;
import static atoll.tests.StreamSetting.word;

import atoll.isa.CsrNumber;
import atoll.isa.Decoder;
import atoll.isa.Op;
import java.util.List;

/** Items that only some mode may have, or none. */
final class SystemItems {
  private static final long FS = 3L << 13;

  private static final int ECALL = 0x00000073;
  private static final int EBREAK = 0x00100073;
  private static final int SRET = 0x10200073;
  private static final int MRET = 0x30200073;
  private static final int WFI = 0x10500073;
  private static final int SHORT_EBREAK = 0x9002;

  private final StreamSetting in;

  SystemItems(StreamSetting setting) {
    in = setting;
  }

  /** A word that is not an instruction, a reserved compressed one, or a call of the environment. */
  Item illegal() {
    switch (in.random.nextInt(4)) {
      case 0 -> {
        return new Item.Word(ECALL);
      }
      case 1 -> {
        return in.random.nextBoolean() ? new Item.Word(EBREAK) : new Item.Half(SHORT_EBREAK);
      }
      default -> {
        while (true) {
          int word = in.random.nextInt() | 3;
          if ((word & 0x1c) != 0x1c && Decoder.op(word) == Op.ILLEGAL) {
            return new Item.Word(word);
          }
        }
      }
    }
  }

  /** What only a privileged mode may do, and what nobody may from here. */
  Item system() {
    return switch (in.random.nextInt(8)) {
      case 0, 1 -> machineCsr();
      case 2 -> supervisorCsr();
      case 3 -> in.mode == M ? floatState() : returns();
      case 4 -> in.mode == U ? illegal() : floatState();
      case 5 -> translationFence();
      default -> illegal();
    };
  }

  /** Refused everywhere but in M, where these scratch registers are free. */
  private Item machineCsr() {
    int form = new int[] {1, 2, 3, 5, 6, 7}[in.random.nextInt(6)];
    int number;
    if (in.mode == M) {
      number = in.random.nextBoolean() ? CsrNumber.SSCRATCH : CsrNumber.STVAL;
    } else {
      boolean hypervisors = in.mode == U && in.random.nextInt(4) == 0; // in S they are in reach
      number = (hypervisors ? 2 : 3) << 8 | in.random.nextInt() & 0xcff;
    }
    return new Item.Word(number << 20 | in.rs() << 15 | form << 12 | in.rd() << 7 | 0x73);
  }

  private Item supervisorCsr() {
    // QEMU 7.2 keeps bit 0 of sepc, which priv 12.1.7 wants zero: it is touched only where that
    // traps.
    int[] numbers = {CsrNumber.SSCRATCH, CsrNumber.STVAL, CsrNumber.SEPC, CsrNumber.SCAUSE};
    int form = new int[] {1, 2, 3, 5, 6, 7}[in.random.nextInt(6)];
    int number = numbers[in.random.nextInt(in.mode == U ? 4 : 2)];
    return new Item.Word(number << 20 | in.rs() << 15 | form << 12 | in.rd() << 7 | 0x73);
  }

  /** Floating point off, or on again. */
  private Item floatState() {
    int t = in.rd();
    if (t == 0) {
      t = 1;
    }
    boolean on = in.random.nextInt(3) > 0;
    int form = on ? 2 : 3;
    return new Item.Prepared(
        List.of(new Item.Constant(t, FS)),
        List.of(CsrNumber.SSTATUS << 20 | t << 15 | form << 12 | 0x73));
  }

  /** Only where they trap. */
  private Item returns() {
    return switch (in.random.nextInt(3)) {
      case 0 -> new Item.Word(MRET);
      case 1 -> in.mode == U || (in.status & TSR) != 0 ? new Item.Word(SRET) : new Item.Word(MRET);
      default -> in.mode == U || (in.status & TW) != 0 ? new Item.Word(WFI) : new Item.Word(MRET);
    };
  }

  private Item translationFence() {
    int op = in.random.nextBoolean() ? Op.SFENCE_VMA : Op.SINVAL_VMA;
    return word(op, in.rs(), in.rs());
  }
}
