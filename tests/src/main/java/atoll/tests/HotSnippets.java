package atoll.tests;

import atoll.isa.Decoder;
import atoll.isa.Instruction;
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

  private static final String[] LOADS = {"lb", "lbu", "lh", "lhu", "lw", "lwu", "ld"};
  private static final String[] STORES = {"sb", "sh", "sw", "sd"};
  private static final String[] COUNTERS = {
    "minstret", "instret", "mcycle", "cycle", "time", "instret"
  };
  private static final String[] NOT_ALLOWED = {
    "ecall", "ebreak", "c.ebreak", ".word 0xffffffff", ".half 0", "unimp", "wfi", "sret", "mret"
  };

  private final SplittableRandom random;
  private final HotSpace space;
  private final int mode;
  private final IntPredicate writable;
  private final List<Long> functions;
  private final long patchable;

  /** Registers of the snippet that is being written. */
  private int[] r;

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
    this.space = space;
    this.mode = mode;
    this.writable = writable;
    this.functions = functions;
    this.patchable = patchable;
  }

  /** Some snippet. */
  String next() {
    choose();
    return fill(
        switch (random.nextInt(28)) {
          case 0, 1, 2 -> loop();
          case 3 -> wordLoop();
          case 4, 5 -> call();
          case 6, 7 -> table();
          case 8 -> changeAhead();
          case 9 -> changeElsewhere();
          case 10 -> dataBesideCode();
          case 11, 12 -> windowAccess();
          case 13 -> mode == U ? windowAccess() : changeEntry();
          case 14 -> edgeAccess();
          case 15 -> middle();
          case 16 -> counter();
          case 17 -> random.nextInt(3) == 0 ? trap() : counter();
          case 18 -> rounding();
          case 19 -> mode == U ? loop() : status();
          case 20 -> mode == U ? table() : returns();
          case 21 -> mode == U ? call() : interrupts();
          case 23 -> acrossPages();
          case 24 -> acrossIntoCode();
          case 25 -> mode == U ? acrossPages() : remappedLoop();
          case 26 -> mode == M ? returns() : traps();
          case 22 -> mode == M ? machineOnly() : mode == U ? rounding() : switchSpace();
          default -> random.nextInt(4) == 0 ? wildJump() : floats();
        });
  }

  private void choose() {
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

  private int register() {
    while (true) {
      int n = 1 + random.nextInt(31);
      if (writable.test(n)) {
        return n;
      }
    }
  }

  /** Puts registers in place of {@code A} to {@code D}, and any of the stream's for {@code ?}. */
  private String fill(String text) {
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

  private String one(String... of) {
    return of[random.nextInt(of.length)];
  }

  /** A word that computes on integers into a register that is none of this snippet's. */
  private String integer() {
    Instruction i = any(Encodings.ALL.integer);
    int word = i.match() | random.nextInt() & ~i.mask();
    return ".word 0x%08x\n".formatted(word & ~(31 << 7) | free() << 7);
  }

  private String floating() {
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

  private int free() {
    while (true) {
      int n = register();
      if (n != r[0] && n != r[1] && n != r[2] && n != r[3]) {
        return n;
      }
    }
  }

  private String several(int most) {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      out.append(random.nextInt(4) == 0 ? floating() : integer());
    }
    return out.toString();
  }

  /** An address in the data region, near a page's end every other time. */
  private long data() {
    long page = (random.nextInt(8) == 0 ? HotSpace.UPPER : HotSpace.DATA) + 4096L * place();
    return page + (random.nextBoolean() ? 4080 + random.nextInt(16) : random.nextInt(2048));
  }

  private int place() {
    return 1 + random.nextInt(60);
  }

  private String access(String base) {
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
    out.append("li A, %d\nla B, 0x%x\n".formatted(16 << random.nextInt(6), data()));
    out.append(random.nextBoolean() ? "mv C, ?\n" : "").append("1:\n");
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      out.append(one(WORD_OPERATIONS)).append('\n');
    }
    out.append(random.nextInt(4) == 0 ? access("B") : "");
    return out + one("addiw", "addi") + " A, A, -1\n" + "bnez A, 1b\n";
  }

  private String loop() {
    String leave =
        switch (random.nextInt(4)) {
          case 0 -> one("beq", "blt", "bgeu") + " ?, ?, 2f\n";
          case 1 -> "andi C, A, 7\nbeqz C, 2f\n";
          default -> "";
        };
    return "li A, %d\nla B, 0x%x\n".formatted(8 << random.nextInt(6), data())
        + "1:\n"
        + several(5)
        + access("B")
        + leave
        + several(3)
        + access("B")
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
      cases.append(integer()).append("j 2f\n");
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
      if (rd == 0 || writable.test(rd)) {
        half = some;
        break;
      }
    }
    int lui = half << 16 | random.nextInt(16) << 12 | free() << 7 | 0x37;
    return "addi D, D, 1\nandi A, D, 1\nbnez A, . + 6\n.word 0x%08x".formatted(lui);
  }

  private String wildJump() {
    return switch (random.nextInt(3)) {
      case 0 -> "li A, %d\njalr ra, 0(A)".formatted(space.edge());
      case 1 ->
          "li A, %d\njalr ra, 0(A)".formatted(space.page(random.nextInt(HotSpace.WINDOW_PAGES)));
      default -> "la A, 0x%x\njalr B, 0(A)".formatted(data());
    };
  }

  private String trap() {
    return one(NOT_ALLOWED);
  }

  // ------------------------------------------------------------ code that changes

  private String changeAhead() {
    String fence = random.nextBoolean() ? "fence.i\n" : "";
    return "la A, 1f\nlw B, 0(A)\nli C, %d\nxor B, B, C\n".formatted(1 << 20 + random.nextInt(8))
        + one("sw B, 0(A)\n", "srli B, B, 16\nsh B, 2(A)\n", "srli B, B, 24\nsb B, 3(A)\n")
        + fence
        + several(2)
        + "1: addi x%d, ?, %d".formatted(free(), random.nextInt(16));
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

  // ------------------------------------------------------------ memory

  private String windowAccess() {
    long va = space.page(random.nextInt(HotSpace.WINDOW_PAGES));
    va += random.nextBoolean() ? 4096 - random.nextInt(9) : random.nextInt(4096);
    String atomic = one("amoadd.w", "amoswap.d", "amomaxu.w", "amoxor.d");
    return "li A, %d\n".formatted(va)
        + switch (random.nextInt(5)) {
          case 0 -> "andi A, A, -8\n" + atomic + " x%d, ?, (A)".formatted(free());
          case 1 -> "andi A, A, -8\nlr.d B, (A)\nsc.d C, ?, (A)";
          case 2 -> "cbo.zero (A)";
          default -> access("A") + access("A");
        };
  }

  /** A loop of accesses across the end of a page of the window: any frames, any rights. */
  private String acrossPages() {
    long border = space.page(random.nextInt(HotSpace.WINDOW_PAGES)) + 4096;
    StringBuilder out = new StringBuilder();
    out.append("li A, %d\nli B, %d\n1:\n".formatted(16 << random.nextInt(5), border));
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      out.append(random.nextInt(3) == 0 ? integer() : acrossBorder("B"));
    }
    return out + "addi A, A, -1\nbnez A, 1b";
  }

  /** An access to some bytes before an address, most often to some behind it as well. */
  private String acrossBorder(String border) {
    String address = " %d(%s)\n".formatted(-random.nextInt(8), border);
    return switch (random.nextInt(6)) {
      case 0 -> one("fld", "flw", "flh") + " f%d,".formatted(random.nextInt(32)) + address;
      case 1 -> one("fsd", "fsw", "fsh") + " f%d,".formatted(random.nextInt(32)) + address;
      case 2, 3 -> one(STORES) + " ?," + address;
      default -> one(LOADS) + " x%d,".formatted(free()) + address;
    };
  }

  /** A loop that writes what is there anyway, to a page of code and the page before it. */
  private String acrossIntoCode() {
    String type = one("h", "w", "d");
    String address = " B, %d(C)\n".formatted(-1 - random.nextInt(7));
    return "li A, %d\nla C, 0x%x\n1:\n".formatted(16 << random.nextInt(3), patchable & -4096L)
        + ("l" + type + address + "s" + type + address)
        + several(2)
        + "addi A, A, -1\nbnez A, 1b\njal ra, 0x%x".formatted(functions.getFirst());
  }

  private String edgeAccess() {
    return "li A, %d\n".formatted(space.edge())
        + (random.nextBoolean()
            ? one(LOADS) + " B, %d(A)".formatted(random.nextInt(32) - 16)
            : one(STORES) + " ?, %d(A)".formatted(random.nextInt(32) - 16));
  }

  /**
   * A new entry, fenced before anything can use it: what an engine has cached must not show. It is
   * written only where the fence is allowed, which is where {@code satp} may be read; other address
   * spaces with the same tables are fenced by the dispatcher.
   */
  private String changeEntry() {
    int page = random.nextInt(HotSpace.WINDOW_PAGES);
    String fence = random.nextBoolean() ? "sfence.vma\n" : "sfence.vma C, zero\n";
    return "li B, -1\ncsrr B, satp\naddi B, B, 1\nbeqz B, 1f\n"
        + "li A, %d\nsd B, 0(A)\n".formatted(TrapHandlers.VARIABLES + TrapHandlers.CHANGED)
        + "li A, %d\nli B, %d\nli C, %d\n"
            .formatted(space.entry(page), space.newEntry(), space.page(page))
        + "sd B, 0(A)\n"
        + fence
        + "1: li A, 0\nli C, %d\n".formatted(space.page(page))
        + access("C");
  }

  /**
   * A loop that maps a page to two frames in turn, fenced before anything can use it: what is
   * stored there is loaded by other names, and executed if it is code.
   */
  private String remappedLoop() {
    int page = random.nextInt(HotSpace.WINDOW_PAGES);
    String fence = one("sfence.vma C, zero\n", "sfence.vma C, zero\n", "sfence.vma\n");
    return "li B, -1\ncsrr B, satp\naddi B, B, 1\nbeqz B, 2f\n"
        + "li A, %d\nsd B, 0(A)\n".formatted(TrapHandlers.VARIABLES + TrapHandlers.CHANGED)
        + "li A, %d\nli B, %d\nli C, %d\nli D, %d\n"
            .formatted(
                space.entry(page), space.newEntry(), space.page(page), 4 << random.nextInt(5))
        + "1: sd B, 0(A)\n"
        + fence
        + access("C")
        + (random.nextBoolean() ? access("C") : several(2))
        + "xori B, B, 0x400\naddi D, D, -1\nbnez D, 1b\n2:";
  }

  private String switchSpace() {
    return "li A, %d\ncsrw satp, A\n".formatted(space.satp())
        + (random.nextInt(3) == 0 ? "sfence.vma" : "");
  }

  // ------------------------------------------------------------ modes, rights, CSRs

  private String counter() {
    return "csrr A, " + one(COUNTERS) + "\n" + several(3) + "csrr B, " + one(COUNTERS);
  }

  private String rounding() {
    int mode = random.nextInt(8) == 0 ? 5 + random.nextInt(3) : random.nextInt(5);
    return one("csrwi frm, %d\n", "csrrwi A, frm, %d\n").formatted(mode)
        + floating()
        + floating()
        + one("csrr A, fflags\n", "csrwi fflags, 0\n", "")
        + floating();
  }

  private String floats() {
    return "la A, 0x%x\n".formatted(data() & -8)
        + "fld f1, 0(A)\nfld f2, 8(A)\nflw f3, 16(A)\nflw f4, 20(A)\n"
        + floating()
        + floating()
        + floating();
  }

  /** SUM, MXR, the state of floating point; in M, also whose rights loads and stores have. */
  private String status() {
    int bits = one(0x40000, 0x80000, 0x6000, 0x2000, 0x4000);
    if (mode == M && random.nextBoolean()) {
      int mpp = random.nextInt(2) << 11;
      return "li A, 0x1800\ncsrc mstatus, A\nli A, %d\ncsrs mstatus, A\n".formatted(1 << 17 | mpp)
          + windowAccess().replace("A", "B")
          + "\nli A, 0x20000\ncsrc mstatus, A";
    }
    return "li A, %d\n%s sstatus, A\n".formatted(bits, random.nextInt(3) == 0 ? "csrc" : "csrs")
        + windowAccess().replace("A", "B");
  }

  private int one(int... of) {
    return of[random.nextInt(of.length)];
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
        + several(2)
        + one("csrr B, instret\n", "la B, 0x%x\n".formatted(data()) + access("B"))
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
      case 0 -> switchSpace();
      case 1 -> "csrwi mcountinhibit, %d".formatted(random.nextInt(8));
      case 2 -> "csrw minstret, ?";
      case 3 -> "li A, %d\ncsrw mcounteren, A\ncsrw scounteren, ?".formatted(random.nextInt(8));
      default ->
          "li A, %d\ncsrw pmpaddr0, A\nli A, %d\ncsrw pmpcfg0, A"
              .formatted(data() >>> 2, random.nextInt(8) | (random.nextBoolean() ? 0x10 : 0x18));
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
    HotSnippets some = new HotSnippets(random, null, U, others, before, 0);
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
