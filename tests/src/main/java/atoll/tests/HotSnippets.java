package atoll.tests;

import atoll.isa.Decoder;
import atoll.isa.Register;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/**
 * What {@link StreamGenerator}'s streams lack and a translator may get wrong: loops that become
 * hot, calls and returns, jumps by table, code that is changed just ahead of the pc or under
 * another name, changed translations, modes and rights, counters read in the middle.
 *
 * <p>All of it is text that runs at any address. Registers are chosen among those that the stream
 * around it does not need.
 */
final class HotSnippets {
  private static final int U = 0;
  private static final int M = 3;

  private static final String[] COUNTERS = {
    "minstret", "instret", "mcycle", "cycle", "time", "instret"
  };
  private static final String[] NOT_ALLOWED = {
    "ecall", "ebreak", "c.ebreak", ".word 0xffffffff", ".half 0", "unimp", "wfi", "sret", "mret"
  };

  private final SnippetText t;
  private final WindowSnippets window;
  private final GuestSnippets guests;
  private final SplittableRandom random;
  private final HotSpace space;
  private final int mode;
  private final List<Long> functions;
  private final long patchable;

  /**
   * @param mode the one that the code is meant for
   * @param writable registers that may be written
   * @param functions addresses of code that returns to ra and writes only such registers
   * @param patchable the address of an {@code addi} whose immediate may be changed
   */
  HotSnippets(
      SplittableRandom random,
      HotSpace space,
      int mode,
      IntPredicate writable,
      List<Long> functions,
      long patchable) {
    this.random = random;
    t = new SnippetText(random, writable);
    window = new WindowSnippets(t, space, functions, patchable);
    guests = new GuestSnippets(t, space);
    this.space = space;
    this.mode = mode;
    this.functions = functions;
    this.patchable = patchable;
  }

  /** Some snippet. */
  String next() {
    t.choose();
    return t.fill(
        switch (random.nextInt(32)) {
          case 0, 1, 2 -> loop();
          case 3 -> wordLoop();
          case 4, 5 -> call();
          case 6, 7 -> table();
          case 8 -> changeAhead();
          case 9 -> changeElsewhere();
          case 10 -> dataBesideCode();
          case 11, 12 -> window.windowAccess();
          case 13 -> mode == U ? window.windowAccess() : window.changeEntry();
          case 14 -> window.edgeAccess();
          case 15 -> middle();
          case 16 -> counter();
          case 17 -> random.nextInt(3) == 0 ? trap() : counter();
          case 18 -> rounding();
          case 19 -> mode == U ? loop() : status();
          case 20 -> mode == U ? table() : returns();
          case 21 -> mode == U ? call() : interrupts();
          case 23 -> window.acrossPages();
          case 24 -> window.acrossIntoCode();
          case 25 -> mode == U ? window.acrossPages() : window.remappedLoop();
          case 26 -> mode == M ? returns() : traps();
          case 27 -> window.fences();
          case 28 -> window.reservations();
          case 29, 30 -> mode == U && random.nextInt(4) != 0 ? window.fences() : guests.next();
          case 22 -> mode == M ? machineOnly() : mode == U ? rounding() : window.switchSpace();
          default -> random.nextInt(4) == 0 ? wildJump() : floats();
        });
  }

  // ------------------------------------------------------------ control flow

  private static final String[] WORD_OPERATIONS = {
    "addw C, C, D",
    "subw D, C, D",
    "mulw D, D, C",
    "addw D, D, D",
    "addiw C, C, 1234",
    "slliw D, C, 5",
    "srliw C, D, 7",
    "sraiw D, C, 3",
    "sllw C, C, A",
    "sext.w D, D",
    "xor C, C, D",
    "and D, C, D",
    "or C, D, C",
    "xori D, D, -3",
    "andi D, C, 255",
    "mv D, C",
    "add C, C, D",
    "sub D, D, C",
    "slli C, D, 2",
    "slli D, C, 32\nsrli D, D, 32",
    "lui C, 0x80001",
    "slli D, C, 3\nadd D, D, C",
    "slliw D, C, 9\nsrliw C, C, 23\nor C, C, D",
    "remw D, C, D",
    "srai D, C, 1",
    "sltu C, C, D",
    "lw C, 8(B)",
    "lhu D, 2(B)",
    "ld D, 16(B)",
    "lwu C, 4(B)",
    "sw C, 4(B)",
    "sd D, 16(B)",
    "sb D, 1(B)",
    "divw C, C, D",
    "lui D, 0x7ffff",
    "ori C, C, 9"
  };

  /** A loop of one block whose registers go from one round to the next, mostly as words. */
  private String wordLoop() {
    StringBuilder out = new StringBuilder();
    out.append("li A, %d\nla B, 0x%x\n".formatted(16 << random.nextInt(6), t.data()));
    out.append(random.nextBoolean() ? "mv C, ?\n" : "").append("1:\n");
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      out.append(t.one(WORD_OPERATIONS)).append('\n');
    }
    out.append(random.nextInt(4) == 0 ? t.access("B") : "");
    return out + t.one("addiw", "addi") + " A, A, -1\n" + "bnez A, 1b\n";
  }

  private String loop() {
    String leave =
        switch (random.nextInt(4)) {
          case 0 -> t.one("beq", "blt", "bgeu") + " ?, ?, 2f\n";
          case 1 -> "andi C, A, 7\nbeqz C, 2f\n";
          default -> "";
        };
    return "li A, %d\nla B, 0x%x\n".formatted(8 << random.nextInt(6), t.data())
        + "1:\n"
        + t.several(5)
        + t.access("B")
        + leave
        + t.several(3)
        + t.access("B")
        + "2:\naddi B, B, %d\naddi A, A, -1\nbnez A, 1b".formatted(random.nextInt(96) - 32);
  }

  private String call() {
    long target = functions.get(random.nextInt(functions.size()));
    return switch (random.nextInt(3)) {
      case 0 -> "jal ra, 0x%x".formatted(target);
      case 1 -> "la A, 0x%x\njalr ra, 0(A)".formatted(target);
      default -> "call 0x%x".formatted(target);
    };
  }

  /** A jump into a table of eight bytes a case. */
  private String table() {
    StringBuilder cases = new StringBuilder();
    int count = 2 << random.nextInt(4);
    for (int i = 0; i < count; i++) {
      cases.append(t.integer()).append("j 2f\n");
    }
    return "addi D, D, 1\nandi A, %s, %d\n".formatted(random.nextBoolean() ? "D" : "?", count - 1)
        + "slli A, A, 3\nla B, 1f\nadd B, B, A\njr B\n"
        + "1:\n"
        + cases
        + "2:";
  }

  /** Half of the times into the middle of an instruction, where another one begins. */
  private String middle() {
    int half = Encodings.ALL.shortComputing.get(0);
    for (int tries = 0; tries < 100; tries++) {
      int some =
          Encodings.ALL.shortComputing.get(random.nextInt(Encodings.ALL.shortComputing.size()));
      int rd = Encodings.rd(Decoder.expand(some));
      if (rd == 0 || t.mayWrite(rd)) {
        half = some;
        break;
      }
    }
    int lui = half << 16 | random.nextInt(16) << 12 | t.free() << 7 | 0x37;
    return "addi D, D, 1\nandi A, D, 1\nbnez A, . + 6\n.word 0x%08x".formatted(lui);
  }

  private String wildJump() {
    return switch (random.nextInt(3)) {
      case 0 -> "li A, %d\njalr ra, 0(A)".formatted(space.edge());
      case 1 ->
          "li A, %d\njalr ra, 0(A)".formatted(space.page(random.nextInt(HotSpace.WINDOW_PAGES)));
      default -> "la A, 0x%x\njalr B, 0(A)".formatted(t.data());
    };
  }

  private String trap() {
    return t.one(NOT_ALLOWED);
  }

  // ------------------------------------------------------------ code that changes

  private String changeAhead() {
    String fence = random.nextBoolean() ? "fence.i\n" : "";
    return "la A, 1f\nlw B, 0(A)\nli C, %d\nxor B, B, C\n".formatted(1 << 20 + random.nextInt(8))
        + t.one("sw B, 0(A)\n", "srli B, B, 16\nsh B, 2(A)\n", "srli B, B, 24\nsb B, 3(A)\n")
        + fence
        + t.several(2)
        + "1: addi x%d, ?, %d".formatted(t.free(), random.nextInt(16));
  }

  /** A function's first instruction, by its own address or another one. */
  private String changeElsewhere() {
    String address =
        random.nextBoolean()
            ? "la A, 0x%x\n".formatted(patchable)
            : "li A, %d\n".formatted(patchable + space.aliasOffset(mode == U));
    String fence = random.nextBoolean() ? "fence.i\n" : "";
    return address
        + "lw B, 0(A)\nli C, %d\nxor B, B, C\nsw B, 0(A)\n".formatted(1 << 20 + random.nextInt(8))
        + fence
        + "jal ra, 0x%x".formatted(functions.getFirst());
  }

  private String dataBesideCode() {
    return "la A, 1f\nld B, 0(A)\naddi B, B, 1\nsd B, 0(A)\nj 2f\n.balign 8\n1: .dword 0\n2:";
  }

  // ------------------------------------------------------------ modes, rights, CSRs

  private String counter() {
    return "csrr A, " + t.one(COUNTERS) + "\n" + t.several(3) + "csrr B, " + t.one(COUNTERS);
  }

  private String rounding() {
    int mode = random.nextInt(8) == 0 ? 5 + random.nextInt(3) : random.nextInt(5);
    return t.one("csrwi frm, %d\n", "csrrwi A, frm, %d\n").formatted(mode)
        + t.floating()
        + t.floating()
        + t.one("csrr A, fflags\n", "csrwi fflags, 0\n", "")
        + t.floating();
  }

  private String floats() {
    return "la A, 0x%x\n".formatted(t.data() & -8)
        + "fld f1, 0(A)\nfld f2, 8(A)\nflw f3, 16(A)\nflw f4, 20(A)\n"
        + t.floating()
        + t.floating()
        + t.floating();
  }

  /** SUM, MXR, the state of floating point; in M, also whose rights loads and stores have. */
  private String status() {
    int bits = t.one(0x40000, 0x80000, 0x6000, 0x2000, 0x4000);
    if (mode == M && random.nextBoolean()) {
      int mpp = random.nextInt(2) << 11;
      return "li A, 0x1800\ncsrc mstatus, A\nli A, %d\ncsrs mstatus, A\n".formatted(1 << 17 | mpp)
          + window.windowAccess().replace("A", "B")
          + "\nli A, 0x20000\ncsrc mstatus, A";
    }
    return "li A, %d\n%s sstatus, A\n".formatted(bits, random.nextInt(3) == 0 ? "csrc" : "csrs")
        + window.windowAccess().replace("A", "B");
  }

  /** To the next instruction, in the same mode. */
  private String returns() {
    return mode == M
        ? "la A, 1f\ncsrw mepc, A\nli A, 0x1800\ncsrs mstatus, A\nmret\n1:"
        : "la A, 1f\ncsrw sepc, A\nli A, 0x100\ncsrs sstatus, A\nsret\n1:";
  }

  /** A loop of calls from U mode, or of returns within S mode, with the count in the middle. */
  private String traps() {
    String trap =
        mode == U ? "ecall\n" : "la A, 2f\ncsrw sepc, A\nli A, 0x100\ncsrs sstatus, A\nsret\n2:";
    return "li D, %d\n1: ".formatted(8 << random.nextInt(4))
        + trap
        + t.several(2)
        + t.one("csrr B, instret\n", "la B, 0x%x\n".formatted(t.data()) + t.access("B"))
        + "addi D, D, -1\nbnez D, 1b";
  }

  private String interrupts() {
    String x = mode == M ? "m" : "s";
    return switch (random.nextInt(6)) {
      case 0 -> "csrsi %sstatus, %d".formatted(x, mode == M ? 8 : 2);
      case 1 -> "csrci %sstatus, %d".formatted(x, mode == M ? 8 : 2);
      case 2 -> "csrsi sip, 2";
      case 3 -> "li A, %d\ncsrw sie, A".formatted(random.nextInt(0x400));
      case 4 -> "csrr A, time\naddi A, A, %d\ncsrw stimecmp, A".formatted(random.nextInt(64) - 8);
      default -> random.nextInt(4) == 0 ? "wfi" : "csrr A, %sip".formatted(x);
    };
  }

  private String machineOnly() {
    return switch (random.nextInt(5)) {
      case 0 -> window.switchSpace();
      case 1 -> "csrwi mcountinhibit, %d".formatted(random.nextInt(8));
      case 2 -> "csrw minstret, ?";
      case 3 -> "li A, %d\ncsrw mcounteren, A\ncsrw scounteren, ?".formatted(random.nextInt(8));
      default ->
          "li A, %d\ncsrw pmpaddr0, A\nli A, %d\ncsrw pmpcfg0, A"
              .formatted(t.data() >>> 2, random.nextInt(8) | (random.nextBoolean() ? 0x10 : 0x18));
    };
  }

  // ------------------------------------------------------------ functions

  /**
   * One of the functions for {@link #call}, which are placed one after the other: a leaf, whose
   * first instruction may be changed, one that calls it, and one that calls itself.
   *
   * @param before where those that are already placed begin
   * @param stack an address with room below it
   */
  static String function(
      SplittableRandom random, IntPredicate writable, List<Long> before, long stack) {
    IntPredicate others = n -> n != Register.RA && writable.test(n);
    SnippetText some = new SnippetText(random, others);
    some.choose();
    return some.fill(
        switch (before.size()) {
          case 0 ->
              "addi ?, ?, 5\n".replaceFirst("[?]", "x" + some.free()) + some.several(6) + "ret";
          case 1 ->
              "mv A, ra\n"
                  + some.several(3)
                  + "jal ra, 0x%x\n".formatted(before.getFirst())
                  + some.several(3)
                  + "jr A";
          default ->
              "li A, %d\nla B, 0x%x\n".formatted(3 + random.nextInt(20), stack)
                  + "mv C, ra\njal ra, 1f\nmv ra, C\nret\n"
                  + "1: addi A, A, -1\nblez A, 2f\naddi B, B, -16\nsd ra, 0(B)\n"
                  + some.several(3)
                  + "jal ra, 1b\nld ra, 0(B)\naddi B, B, 16\n2: ret";
        });
  }
}
