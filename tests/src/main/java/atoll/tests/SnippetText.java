package atoll.tests;

import atoll.isa.Instruction;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/**
 * What the text of a snippet is made of: registers that the stream around it does not need,
 * computation, addresses of data, accesses. All of it runs at any address.
 */
final class SnippetText {
  static final String[] LOADS = {"lb", "lbu", "lh", "lhu", "lw", "lwu", "ld"};
  static final String[] STORES = {"sb", "sh", "sw", "sd"};

  final SplittableRandom random;
  private final IntPredicate writable;

  /** Registers of the snippet that is being written. */
  private int[] r;

  /**
   * @param writable registers that may be written
   */
  SnippetText(SplittableRandom random, IntPredicate writable) {
    this.random = random;
    this.writable = writable;
  }

  /** Chooses other registers for {@code A} to {@code D}. */
  void choose() {
    r = new int[] {register(), register(), register(), register()};
    for (int i = 1; i < r.length; i++) {
      while (contains(i)) {
        r[i] = register();
      }
    }
  }

  private boolean contains(int index) {
    for (int i = 0; i < index; i++) {
      if (r[i] == r[index]) {
        return true;
      }
    }
    return false;
  }

  /** Whether the stream around it does not need a register. */
  boolean mayWrite(int n) {
    return writable.test(n);
  }

  private int register() {
    while (true) {
      int n = 1 + random.nextInt(31);
      if (writable.test(n)) {
        return n;
      }
    }
  }

  /** Puts registers in place of {@code A} to {@code D}, and any of the stream's for {@code ?}. */
  String fill(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 'A' && c <= 'D') {
        out.append('x').append(r[c - 'A']);
      } else if (c == '?') {
        out.append('x').append(random.nextInt(32));
      } else {
        out.append(c);
      }
    }
    return out.append('\n').toString();
  }

  String one(String... of) {
    return of[random.nextInt(of.length)];
  }

  /** A word that computes on integers into a register that is none of this snippet's. */
  String integer() {
    Instruction i = any(Encodings.ALL.integer);
    int word = i.match() | random.nextInt() & ~i.mask();
    return ".word 0x%08x\n".formatted(word & ~(31 << 7) | free() << 7);
  }

  String floating() {
    Instruction i = any(Encodings.ALL.floating);
    int word = i.match() | random.nextInt() & ~i.mask();
    if (Encodings.writesInteger(i)) {
      word = word & ~(31 << 7) | free() << 7;
    }
    if (i.pattern().contains(" rm ") && random.nextInt(16) != 0) {
      int rounding = random.nextBoolean() ? 7 : random.nextInt(5);
      word = word & ~(7 << 12) | rounding << 12;
    }
    return ".word 0x%08x\n".formatted(word);
  }

  private Instruction any(List<Instruction> of) {
    return of.get(random.nextInt(of.size()));
  }

  int free() {
    while (true) {
      int n = register();
      if (n != r[0] && n != r[1] && n != r[2] && n != r[3]) {
        return n;
      }
    }
  }

  String several(int most) {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      out.append(random.nextInt(4) == 0 ? floating() : integer());
    }
    return out.toString();
  }

  /** An address in the data region, near a page's end every other time. */
  long data() {
    long page = (random.nextInt(8) == 0 ? HotSpace.UPPER : HotSpace.DATA) + 4096L * place();
    return page + (random.nextBoolean() ? 4080 + random.nextInt(16) : random.nextInt(2048));
  }

  private int place() {
    return 1 + random.nextInt(60);
  }

  String access(String base) {
    int offset = random.nextInt(64) & -(1 << random.nextInt(4));
    String register = "x" + free();
    return switch (random.nextInt(8)) {
      case 0 -> "fld f%d, %d(%s)\n".formatted(random.nextInt(32), offset, base);
      case 1 -> "fsd f%d, %d(%s)\n".formatted(random.nextInt(32), offset, base);
      case 2 -> one("flw", "fsw", "flh", "fsh") + " f3, %d(%s)\n".formatted(offset, base);
      case 3, 4 -> one(STORES) + " ?, %d(%s)\n".formatted(offset, base);
      default -> one(LOADS) + " %s, %d(%s)\n".formatted(register, offset, base);
    };
  }

  int one(int... of) {
    return of[random.nextInt(of.length)];
  }
}
