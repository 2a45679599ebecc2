package atoll.tests;

import atoll.isa.Assembler;
import atoll.isa.CsrNumber;
import atoll.isa.Decoder;
import atoll.isa.Instruction;
import atoll.isa.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes blocks of random instructions from a seed, always the same ones.
 *
 * <p>Control flow goes forward, or back in counted loops; accesses go through pointer registers
 * that nothing else writes; what two correct machines may do differently is left out. Everything
 * else is fair.
 *
 * <p>One file, though long: what a kind of instruction may be depends on what all others leave
 * alone (pointers, counters of loops), and all draw from one sequence of random numbers.
 */
final class StreamGenerator {
  /** What a block is mostly about. */
  enum Profile {
    INTEGER,
    FLOAT,
    MEMORY,
    ATOMIC,
    SHORT,
    SYSTEM,
    MIXED,
    PAGING,
    /** Paging in VU and VS, and HS mode's accesses to a guest's memory. */
    GUEST
  }

  private static final int U = 0;
  private static final int S = 1;
  private static final int M = 3;

  private static final long SUM = 1L << 18;
  private static final long MXR = 1L << 19;
  private static final long TVM = 1L << 20;
  private static final long TW = 1L << 21;
  private static final long TSR = 1L << 22;
  private static final long FS = 3L << 13;

  private static final int ECALL = 0x00000073;
  private static final int EBREAK = 0x00100073;
  private static final int SRET = 0x10200073;
  private static final int MRET = 0x30200073;
  private static final int WFI = 0x10500073;
  private static final int SFENCE_ALL = 0x12000073;
  private static final int SHORT_EBREAK = 0x9002;

  /** Reaches on both sides of a pointer that plain accesses stay within. */
  private static final int REACH = 800;

  private static final int DYNAMIC = 7;

  private final Encodings encodings;
  private final SplittableRandom random;
  private final Profile profile;
  private final List<Item> items = new ArrayList<>();
  private final List<Integer> segments = new ArrayList<>();
  private final int mode;
  private final int levels;
  private final int secondLevels;
  private final int guestAccess;
  private final long window;
  private final long status;
  private final int aligned;
  private final int any;
  private final int call;
  private final int counter;

  /** An SC of another width than its LR may succeed or not (unpriv 13.2). */
  private final boolean wideReservations;

  private final boolean amos;
  private int segment;
  private int lastSegment;

  private StreamGenerator(long seed, Encodings encodings) {
    this.encodings = encodings;
    random = new SplittableRandom(seed);
    profile = Profile.values()[random.nextInt(Profile.values().length)];
    guestAccess = profile == Profile.GUEST ? Math.max(0, random.nextInt(5) - 2) : 0;
    boolean paging = profile == Profile.PAGING || profile == Profile.GUEST;
    mode =
        switch (profile) {
          case PAGING -> random.nextInt(2);
          case GUEST -> guestAccess > 0 ? S : random.nextInt(2);
          case SYSTEM -> new int[] {U, S, M}[random.nextInt(3)];
          default -> M;
        };
    levels = paging ? 3 + random.nextInt(3) : 0;
    secondLevels = profile == Profile.GUEST ? 3 + random.nextInt(3) : 0;
    window = paging ? window() : 0;
    status = status();
    aligned = 8 + random.nextInt(8);
    any = other(random.nextInt(3) == 0 ? 2 : 8 + random.nextInt(8), aligned, aligned);
    call = other(2 + random.nextInt(30), aligned, any);
    counter = free(aligned, any, call);
    wideReservations = random.nextBoolean();
    // QEMU 7.2 does an AMO's load first, so that the second stage may refuse what the first
    // forbids.
    amos = levels == 0 || (secondLevels == 0 && random.nextBoolean());
  }

  /** The block of a seed. */
  static Block block(long seed, Encodings encodings) {
    return new StreamGenerator(seed, encodings).build(seed);
  }

  private int other(int wanted, int a, int b) {
    int r = wanted;
    while (r == a || r == b) {
      r = 8 + random.nextInt(8);
    }
    return r;
  }

  private int free(int... taken) {
    while (true) {
      int r = 3 + random.nextInt(29);
      boolean clash = false;
      for (int t : taken) {
        clash |= t == r;
      }
      if (!clash) {
        return r;
      }
    }
  }

  private long window() {
    int bits = 12 + 9 * levels;
    while (true) {
      long va = random.nextLong() << 64 - bits >> 64 - bits & -65536L;
      if (random.nextInt(3) == 0) {
        va |= 0x1f0000; // so that the pages end where a 2 MiB page begins
      }
      long own = va >>> 28 << 28;
      if (own != 0x8000_0000L && (va & 0x3fffffff) < 0x3fc00000) {
        return va;
      }
    }
  }

  private long status() {
    long bits = 0;
    if (guestAccess > 0) {
      return SUM; // QEMU 7.2 looks at neither bit of vsstatus for hlv and hsv, and assumes this one
    }
    if (levels > 0) {
      bits |= random.nextLong() & (SUM | MXR);
    }
    if (mode != M && profile == Profile.SYSTEM) {
      bits |= random.nextLong() & (TVM | TW | TSR);
    }
    return bits;
  }

  private Block build(long seed) {
    int length = 40 + random.nextInt(levels > 0 ? 120 : 240);
    while (items.size() < length) {
      if (segment == 0 && random.nextInt(40) == 0) {
        loop();
      } else {
        add(item());
      }
    }
    return new Block(
        profile.name(),
        seed,
        mode,
        levels,
        secondLevels,
        guestAccess,
        window,
        status,
        fcsr(),
        aligned,
        any,
        call,
        levels > 0 && amos,
        resolve());
  }

  private int fcsr() {
    int rounding = random.nextInt(20) == 0 ? 5 + random.nextInt(3) : random.nextInt(5);
    return rounding << 5 | random.nextInt(32);
  }

  private void add(Item item) {
    items.add(item);
    segments.add(segment);
  }

  private void loop() {
    add(new Item.LoopStart(counter, 2 + random.nextInt(10)));
    segment = ++lastSegment;
    int start = items.size();
    int length = 3 + random.nextInt(12);
    for (int i = 0; i < length; i++) {
      add(item());
    }
    add(new Item.LoopEnd(counter, start));
    segment = 0;
  }

  /** Turns forward distances into item numbers that stay in one loop, or outside every one. */
  private List<Item> resolve() {
    List<Item> done = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      done.add(
          switch (items.get(i)) {
            case Item.Branch b -> new Item.Branch(b.op(), b.rs1(), b.rs2(), target(i, b.target()));
            case Item.Jump j -> new Item.Jump(j.rd(), target(i, j.target()));
            case Item.ShortJump j -> new Item.ShortJump(target(i, j.target()));
            case Item.ShortBranch b -> new Item.ShortBranch(b.op(), b.rs1(), target(i, b.target()));
            case Item.IndirectJump j ->
                new Item.IndirectJump(j.address(), j.rd(), target(i, j.target()));
            case Item.Patch p -> patch(p, i);
            case Item other -> other;
          });
    }
    return done;
  }

  /** Aims at a later item that computes on integers, or gives up. */
  private Item patch(Item.Patch wanted, int from) {
    for (int i = from + 1 + random.nextInt(12); i < items.size(); i++) {
      if (items.get(i) instanceof Item.Word w && computes(w.bits())) {
        return new Item.Patch(wanted.address(), wanted.value(), i, wanted.word());
      }
    }
    return new Item.Word(wanted.word());
  }

  private boolean computes(int word) {
    int op = Decoder.op(word);
    return op != Op.ILLEGAL && encodings.integer.contains(Instruction.of(op));
  }

  private int target(int from, int distance) {
    int to = Math.min(from + distance, items.size());
    while (to > from + 1 && (to == items.size() ? 0 : segments.get(to)) != segments.get(from)) {
      to--;
    }
    return to;
  }

  // ------------------------------------------------------------ what comes next

  private Item item() {
    int dice = random.nextInt(100);
    return switch (profile) {
      case INTEGER -> dice < 85 ? integer() : dice < 95 ? control() : common();
      case FLOAT -> dice < 75 ? floating() : dice < 85 ? floatCsr() : common();
      case MEMORY -> dice < 75 ? access() : common();
      case ATOMIC -> dice < 60 ? atomic() : common();
      case SHORT -> dice < 75 ? compressed() : common();
      case SYSTEM -> dice < 35 ? system() : common();
      case MIXED -> common();
      case PAGING -> dice < 60 ? paging() : common();
      case GUEST -> guestAccess > 0 ? hypervisor(dice) : dice < 60 ? paging() : common();
    };
  }

  private Item common() {
    int dice = random.nextInt(100);
    if (dice < 40) {
      return integer();
    } else if (dice < 50) {
      return floating();
    } else if (dice < 65) {
      return access();
    } else if (dice < 70) {
      return atomic();
    } else if (dice < 80) {
      return compressed();
    } else if (dice < 92) {
      return control();
    } else if (dice < 95) {
      return floatCsr();
    } else {
      return dice < 97 ? fence() : dice < 98 ? patch() : illegal();
    }
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** An integer register that may be written. */
  private int rd() {
    while (true) {
      int r = random.nextInt(32);
      if (writable(r)) {
        return r;
      }
    }
  }

  private boolean writable(int r) {
    return r != aligned && r != any && r != call && r != counter;
  }

  private int rs() {
    return random.nextInt(32);
  }

  private static int withRd(int word, int rd) {
    return word & ~(31 << 7) | rd << 7;
  }

  private int filled(Instruction i) {
    return i.match() | random.nextInt() & ~i.mask();
  }

  private Item integer() {
    return new Item.Word(withRd(filled(one(encodings.integer)), rd()));
  }

  private Item floating() {
    Instruction i = one(encodings.floating);
    int word = filled(i);
    if (Encodings.writesInteger(i)) {
      word = withRd(word, rd());
    }
    if (i.pattern().contains(" rm ")) {
      int dice = random.nextInt(40);
      int mode = dice < 20 ? DYNAMIC : dice < 39 ? random.nextInt(5) : 5 + random.nextInt(2);
      word = word & ~(7 << 12) | mode << 12;
    }
    return new Item.Word(word);
  }

  /** All six CSR instructions on the floating-point CSRs. */
  private Item floatCsr() {
    int number = CsrNumber.FFLAGS + random.nextInt(3);
    int form = new int[] {1, 2, 3, 5, 6, 7}[random.nextInt(6)];
    return new Item.Word(number << 20 | rs() << 15 | form << 12 | rd() << 7 | 0x73);
  }

  private int pointer() {
    return random.nextInt(3) == 0 ? aligned : any;
  }

  private Item access() {
    if (!encodings.blocks.isEmpty() && random.nextInt(20) == 0) {
      return word(one(encodings.blocks).op(), pointer());
    }
    int offset = random.nextInt(2 * REACH) - REACH;
    if (random.nextInt(3) == 0) {
      offset &= -8;
    }
    if (random.nextInt(5) < 3) {
      Instruction i = one(encodings.loads);
      int rd = i.is(Instruction.FP) ? rs() : rd();
      return word(i.op(), rd, offset, pointer());
    }
    return word(one(encodings.stores).op(), rs(), offset, pointer());
  }

  private static Item.Word word(int op, long... operands) {
    byte[] b = new Assembler(0).op(op, operands).toBytes();
    return new Item.Word(
        b[0] & 0xff | (b[1] & 0xff) << 8 | (b[2] & 0xff) << 16 | (b[3] & 0xff) << 24);
  }

  private Item atomic() {
    int ordering = random.nextInt(4);
    if (levels == 0 && random.nextInt(4) == 0) {
      int lr = wideReservations ? Op.LR_D : Op.LR_W;
      int sc = wideReservations ? Op.SC_D : Op.SC_W;
      if (random.nextInt(4) == 0) { // alone: without a reservation, or leaving one
        return random.nextBoolean()
            ? word(lr, rd(), aligned, ordering)
            : word(sc, rd(), rs(), aligned, ordering);
      }
      List<Integer> words = new ArrayList<>();
      words.add(word(lr, rd(), aligned, ordering).bits());
      for (int i = random.nextInt(3); i > 0; i--) {
        words.add(((Item.Word) integer()).bits());
      }
      words.add(word(sc, rd(), rs(), aligned, ordering).bits());
      return new Item.Prepared(List.of(), words);
    }
    int base = random.nextInt(10) == 0 ? any : aligned;
    if (!amos || random.nextInt(8) == 0) {
      return word(wideReservations ? Op.LR_D : Op.LR_W, rd(), base, ordering);
    }
    return word(one(encodings.amos).op(), rd(), rs(), base, ordering);
  }

  private Item compressed() {
    if (random.nextInt(3) == 0) {
      for (int tries = 0; tries < 200; tries++) {
        int half = one(encodings.shortAccesses);
        int word = Decoder.expand(half);
        int base = Encodings.shortBase(half);
        Instruction i = Instruction.of(Decoder.op(word));
        boolean fine =
            !i.is(Instruction.LOAD) || i.is(Instruction.FP) || writable(Encodings.rd(word));
        if ((base == aligned || base == any) && fine) {
          return new Item.Half(half);
        }
      }
    }
    while (true) {
      int half = one(encodings.shortComputing);
      int rd = Encodings.rd(Decoder.expand(half));
      if (rd == 0 || writable(rd)) {
        return new Item.Half(half);
      }
    }
  }

  private Item control() {
    int distance = 1 + random.nextInt(7);
    return switch (random.nextInt(10)) {
      case 0 -> new Item.Jump(rd(), distance);
      case 1 -> new Item.ShortJump(distance);
      case 2 -> new Item.IndirectJump(jumpRegister(), rd(), distance);
      case 3 -> new Item.ShortBranch(shortCondition(), 8 + random.nextInt(8), 1 + distance % 2);
      case 4 -> word(Op.JALR, 1, 2L * random.nextInt(16), call);
      default -> new Item.Branch(one(encodings.branches).op(), rs(), rs(), distance);
    };
  }

  private int shortCondition() {
    return random.nextBoolean() ? Op.BEQ : Op.BNE;
  }

  private int jumpRegister() {
    int r = rd();
    return r == 0 ? 1 : r;
  }

  /** Code is written where no translation forbids it. */
  private Item patch() {
    if (levels > 0) {
      return fence();
    }
    int address = distinct(0, 0);
    int word = ((Item.Word) integer()).bits();
    return new Item.Patch(address, distinct(address, 0), 0, word);
  }

  private Item fence() {
    return switch (random.nextInt(4)) {
      case 0 -> word(Op.FENCE_I);
      case 1 -> new Item.Word(0x0000000f | random.nextInt() << 20 | rs() << 15 | rs() << 7);
      default -> new Item.Word(0x0ff0000f);
    };
  }

  /** A word that is not an instruction, a reserved compressed one, or a call of the environment. */
  private Item illegal() {
    switch (random.nextInt(4)) {
      case 0 -> {
        return new Item.Word(ECALL);
      }
      case 1 -> {
        return random.nextBoolean() ? new Item.Word(EBREAK) : new Item.Half(SHORT_EBREAK);
      }
      default -> {
        while (true) {
          int word = random.nextInt() | 3;
          if ((word & 0x1c) != 0x1c && Decoder.op(word) == Op.ILLEGAL) {
            return new Item.Word(word);
          }
        }
      }
    }
  }

  /** What only a privileged mode may do, and what nobody may from here. */
  private Item system() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> machineCsr();
      case 2 -> supervisorCsr();
      case 3 -> mode == M ? floatState() : returns();
      case 4 -> mode == U ? illegal() : floatState();
      case 5 -> translationFence();
      default -> illegal();
    };
  }

  /** Refused everywhere but in M, where these scratch registers are free. */
  private Item machineCsr() {
    int form = new int[] {1, 2, 3, 5, 6, 7}[random.nextInt(6)];
    int number;
    if (mode == M) {
      number = random.nextBoolean() ? CsrNumber.SSCRATCH : CsrNumber.STVAL;
    } else {
      boolean hypervisors = mode == U && random.nextInt(4) == 0; // in S they are in reach
      number = (hypervisors ? 2 : 3) << 8 | random.nextInt() & 0xcff;
    }
    return new Item.Word(number << 20 | rs() << 15 | form << 12 | rd() << 7 | 0x73);
  }

  private Item supervisorCsr() {
    // QEMU 7.2 keeps bit 0 of sepc, which priv 12.1.7 wants zero: it is touched only where that
    // traps.
    int[] numbers = {CsrNumber.SSCRATCH, CsrNumber.STVAL, CsrNumber.SEPC, CsrNumber.SCAUSE};
    int form = new int[] {1, 2, 3, 5, 6, 7}[random.nextInt(6)];
    int number = numbers[random.nextInt(mode == U ? 4 : 2)];
    return new Item.Word(number << 20 | rs() << 15 | form << 12 | rd() << 7 | 0x73);
  }

  /** Floating point off, or on again. */
  private Item floatState() {
    int t = rd();
    if (t == 0) {
      t = 1;
    }
    boolean on = random.nextInt(3) > 0;
    int form = on ? 2 : 3;
    return new Item.Prepared(
        List.of(new Item.Constant(t, FS)),
        List.of(CsrNumber.SSTATUS << 20 | t << 15 | form << 12 | 0x73));
  }

  /** Only where they trap. */
  private Item returns() {
    return switch (random.nextInt(3)) {
      case 0 -> new Item.Word(MRET);
      case 1 -> mode == U || (status & TSR) != 0 ? new Item.Word(SRET) : new Item.Word(MRET);
      default -> mode == U || (status & TW) != 0 ? new Item.Word(WFI) : new Item.Word(MRET);
    };
  }

  private Item translationFence() {
    int op = random.nextBoolean() ? Op.SFENCE_VMA : Op.SINVAL_VMA;
    return word(op, rs(), rs());
  }

  // ------------------------------------------------------------ paging

  private Item paging() {
    int dice = random.nextInt(20);
    if (dice < 2) {
      return word(Op.JALR, 1, 2L * random.nextInt(16), call);
    } else if (dice < 5 && mode == S) {
      return random.nextInt(3) == 0 ? accessRights() : changeEntry();
    } else if (dice < 7) {
      return farAccess();
    } else {
      return dice < 9 ? atomic() : access();
    }
  }

  private Item accessRights() {
    int t = jumpRegister();
    int form = random.nextBoolean() ? 2 : 3;
    long mask = random.nextBoolean() ? SUM : MXR;
    return new Item.Prepared(
        List.of(new Item.Constant(t, mask)),
        List.of(CsrNumber.SSTATUS << 20 | t << 15 | form << 12 | 0x73));
  }

  // ------------------------------------------------------------ a guest's memory

  /** HS mode: it needs no pointers of its own. */
  private Item hypervisor(int dice) {
    if (dice < 50) {
      return guestAccess();
    } else if (dice < 58) {
      return random.nextBoolean() ? changeEntry() : changeSecondStage();
    } else {
      return dice < 85 ? integer() : floating();
    }
  }

  /** {@code hlv} or {@code hsv}, by a pointer or to some page by its address. */
  private Item guestAccess() {
    Instruction i = one(Encodings.GUEST_ACCESSES);
    boolean load = i.is(Instruction.LOAD);
    if (random.nextBoolean()) {
      return load ? word(i.op(), rd(), pointer()) : word(i.op(), rs(), pointer());
    }
    int t = jumpRegister();
    Item.Word access = load ? word(i.op(), rd(), t) : word(i.op(), rs(), t);
    return new Item.Prepared(List.of(new Item.Constant(t, farAddress())), List.of(access.bits()));
  }

  /** A new entry of the second stage for a frame of the window, and the fence. */
  private Item changeSecondStage() {
    int frame = random.nextInt(TableLayout.WINDOW_PAGES);
    boolean code = frame >= 8;
    long to = TableLayout.FRAMES + ((code ? 8 : 0) + random.nextInt(8)) * 4096L;
    long flags = random.nextInt(0x400) | (random.nextInt(4) > 0 ? 0xd3 : 0);
    if ((flags & 8) != 0) {
      flags |= 2; // see build_second_stage in the guest
    }
    int address = distinct(0, 0);
    int value = distinct(address, 0);
    int place = distinct(address, value);
    long guestPage = TableLayout.FRAMES + frame * 4096L;
    return new Item.Prepared(
        List.of(
            new Item.Constant(address, TableLayout.secondEntry(secondLevels, frame)),
            new Item.Constant(value, to >>> 2 | flags),
            new Item.Constant(place, guestPage >>> 2)),
        List.of(
            word(Op.SD, value, 0, address).bits(),
            word(Op.HFENCE_GVMA, random.nextBoolean() ? place : 0, 0).bits()));
  }

  // ------------------------------------------------------------ paging, single accesses

  private long farAddress() {
    long va = window + random.nextInt(8) * 4096L;
    va += random.nextBoolean() ? 4089 + random.nextInt(7) : random.nextInt(500);
    if (random.nextInt(8) == 0) {
      va ^= 1L << 12 + 9 * levels + random.nextInt(64 - 12 - 9 * levels); // not sign-extended
    }
    return va;
  }

  /** An access to some page of the window by its address, near a page's end every other time. */
  private Item farAccess() {
    int t = jumpRegister();
    long va = farAddress();
    Item.Word access =
        random.nextBoolean()
            ? word(integerLoad(), rd(), 0, t)
            : word(one(encodings.stores).op(), rs(), 0, t);
    return new Item.Prepared(List.of(new Item.Constant(t, va)), List.of(access.bits()));
  }

  private int integerLoad() {
    while (true) {
      Instruction i = one(encodings.loads);
      if (!i.is(Instruction.FP)) {
        return i.op();
      }
    }
  }

  /** A new entry for a page of the window, and the fence that makes it count. */
  private Item changeEntry() {
    int page = random.nextInt(TableLayout.WINDOW_PAGES);
    boolean code = page >= 8;
    long va = window + page * 4096L;
    long entry = new TableLayout(levels, window).entry(va, 0);
    long frame = TableLayout.FRAMES + ((code ? 8 : 0) + random.nextInt(8)) * 4096L;
    long flags = random.nextInt(0x400) | (random.nextInt(4) > 0 ? 0xc3 : 0);
    if (code) {
      flags &= ~0x14; // not writable; not the user's, see build_tables in the guest
    }
    int address = distinct(0, 0);
    int value = distinct(address, 0);
    int place = distinct(address, value);
    int fence =
        switch (guestAccess > 0 ? 3 : random.nextInt(3)) {
          case 3 -> word(Op.HFENCE_VVMA, random.nextBoolean() ? place : 0, 0).bits();
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

  private int distinct(int a, int b) {
    while (true) {
      int r = rd();
      if (r != 0 && r != a && r != b) {
        return r;
      }
    }
  }
}
