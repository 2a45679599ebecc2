package atoll.tests;

import atoll.isa.Decoder;
import atoll.isa.Format;
import atoll.isa.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The instructions that random streams are made of: those that QEMU 7.2 has as well, by what they
 * do.
 */
final class Encodings {
  /** Extensions of this machine that the other one lacks, or whose effect is free. */
  private static final Set<String> NOT_COMMON =
      Set.of(
          "Zicond",
          "Zfa",
          "Zimop",
          "Zawrs",
          "Zicbom",
          "Zicboz",
          "Zicbop",
          "Zihintpause",
          "Zicsr",
          "Machine",
          "S",
          "Svinval",
          "H",
          "Smrnmi");

  private static final Set<Format> COMPUTING =
      Set.of(Format.R, Format.I, Format.SHIFT, Format.UNARY, Format.U);

  static final List<Instruction> INTEGER =
      common().filter(i -> !i.is(Instruction.FP) && COMPUTING.contains(i.format())).toList();

  static final List<Instruction> FLOAT =
      common()
          .filter(i -> i.is(Instruction.FP))
          .filter(i -> !i.is(Instruction.LOAD) && !i.is(Instruction.STORE))
          .toList();

  static final List<Instruction> LOADS =
      common().filter(i -> i.format() == Format.LOAD && i.is(Instruction.LOAD)).toList();

  static final List<Instruction> STORES = common().filter(i -> i.format() == Format.STORE).toList();

  static final List<Instruction> AMOS =
      common().filter(i -> i.is(Instruction.LOAD) && i.is(Instruction.STORE)).toList();

  static final List<Instruction> BRANCHES = common().filter(i -> i.is(Instruction.BRANCH)).toList();

  /** Halves that compute and do nothing else. */
  static final List<Integer> SHORT_COMPUTING = new ArrayList<>();

  /** Halves that load or store; {@link #shortBase} is their pointer. */
  static final List<Integer> SHORT_ACCESSES = new ArrayList<>();

  static {
    for (int half = 0; half < 0x10000; half++) {
      classify(half);
    }
  }

  private Encodings() {}

  private static java.util.stream.Stream<Instruction> common() {
    return Instruction.all().stream()
        .filter(i -> !NOT_COMMON.contains(i.extension()))
        // QEMU 7.2 counts beyond the word where its low half is zero; Zbb says 32.
        .filter(i -> !i.name().equals("ctzw"));
  }

  private static void classify(int half) {
    if ((half & 3) == 3 || newer(half)) {
      return;
    }
    int word = Decoder.expand(half);
    int op = word == 0 ? 0 : Decoder.op(word);
    if (op == 0) {
      return;
    }
    Instruction i = Instruction.of(op);
    if (i.format() == Format.LOAD && i.is(Instruction.LOAD) || i.format() == Format.STORE) {
      SHORT_ACCESSES.add(half);
    } else if (!i.is(Instruction.FP) && COMPUTING.contains(i.format())) {
      SHORT_COMPUTING.add(half);
    }
  }

  /** Of Zcb or Zcmop, which QEMU 7.2 does not know. */
  private static boolean newer(int half) {
    boolean memory = (half & 0xe003) == 0x8000;
    boolean unary = (half & 0xfc43) == 0x9c41;
    boolean mayBe = (half & 0xf8ff) == 0x6081;
    return memory || unary || mayBe;
  }

  static int rd(int word) {
    return word >>> 7 & 31;
  }

  /** The pointer of a load or store. */
  static int shortBase(int half) {
    return Decoder.expand(half) >>> 15 & 31;
  }

  /** Whether an instruction of that kind writes an integer register. */
  static boolean writesInteger(Instruction i) {
    return i.pattern().contains(" rd ");
  }
}
