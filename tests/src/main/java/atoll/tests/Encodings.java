package atoll.tests;

import atoll.isa.Decoder;
import atoll.isa.Format;
import atoll.isa.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/** The instructions that random streams are made of, by what they do. */
final class Encodings {
  /** Extensions whose instructions are no computation, load or store. */
  private static final Set<String> CONTROL =
      Set.of("Zawrs", "Zihintpause", "Zicsr", "Machine", "S", "Svinval", "H", "Smrnmi");

  /** Extensions of this machine that QEMU 7.2 lacks. */
  private static final Set<String> NEWER =
      Set.of("Zicond", "Zfa", "Zimop", "Zicbom", "Zicboz", "Zicbop");

  private static final Set<Format> COMPUTING =
      Set.of(Format.R, Format.I, Format.SHIFT, Format.UNARY, Format.U);

  /** What QEMU 7.2 has as well, and does as the specification says. */
  static final Encodings COMMON =
      new Encodings(
          // It counts beyond the word where its low half is zero; Zbb says 32.
          i -> !NEWER.contains(i.extension()) && !i.name().equals("ctzw"),
          half -> !newer(half));

  /** All of the machine's. */
  static final Encodings ALL = new Encodings(i -> true, half -> true);

  /** The hypervisor's loads and stores; of {@code hlvx} QEMU 7.2 reports a fault as a fetch's. */
  static final List<Instruction> GUEST_ACCESSES =
      Instruction.all().stream()
          .filter(i -> i.name().startsWith("hlv.") || i.name().startsWith("hsv."))
          .toList();

  final List<Instruction> integer;
  final List<Instruction> floating;
  final List<Instruction> loads;
  final List<Instruction> stores;
  final List<Instruction> amos;
  final List<Instruction> branches;

  /** Cache-block operations. */
  final List<Instruction> blocks;

  /** Halves that compute and do nothing else. */
  final List<Integer> shortComputing = new ArrayList<>();

  /** Halves that load or store; {@link #shortBase} is their pointer. */
  final List<Integer> shortAccesses = new ArrayList<>();

  private Encodings(Predicate<Instruction> words, IntPredicate halves) {
    List<Instruction> some =
        Instruction.all().stream()
            .filter(i -> !CONTROL.contains(i.extension()))
            .filter(words)
            .toList();
    integer = select(some, i -> !i.is(Instruction.FP) && COMPUTING.contains(i.format()));
    floating =
        select(
            some, i -> i.is(Instruction.FP) && !i.is(Instruction.LOAD) && !i.is(Instruction.STORE));
    loads = select(some, i -> i.format() == Format.LOAD && i.is(Instruction.LOAD));
    stores = select(some, i -> i.format() == Format.STORE);
    amos = select(some, i -> i.is(Instruction.LOAD) && i.is(Instruction.STORE));
    branches = select(some, i -> i.is(Instruction.BRANCH));
    blocks = select(some, i -> i.format() == Format.BLOCK);
    for (int half = 0; half < 0x10000; half++) {
      if ((half & 3) != 3 && halves.test(half)) {
        classify(half);
      }
    }
  }

  private static List<Instruction> select(List<Instruction> from, Predicate<Instruction> which) {
    return from.stream().filter(which).toList();
  }

  private void classify(int half) {
    int word = Decoder.expand(half);
    int op = word == 0 ? 0 : Decoder.op(word);
    if (op == 0) {
      return;
    }
    Instruction i = Instruction.of(op);
    if (loads.contains(i) || stores.contains(i)) {
      shortAccesses.add(half);
    } else if (integer.contains(i)) {
      shortComputing.add(half);
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
