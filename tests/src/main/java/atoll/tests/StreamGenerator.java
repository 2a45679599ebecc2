package atoll.tests;

import static atoll.tests.StreamSetting.word;

import atoll.isa.Decoder;
import atoll.isa.Instruction;
import atoll.isa.Op;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes blocks of random instructions from a seed, always the same ones.
 *
 * <p>Control flow goes forward, or back in counted loops; accesses go through pointer registers
 * that nothing else writes; what two correct machines may do differently is left out. Everything
 * else is fair.
 */
final class StreamGenerator {
  private final StreamSetting in;
  private final PlainItems plain;
  private final SystemItems system;
  private final PagingItems paging;
  private final List<Item> items = new ArrayList<>();
  private final List<Integer> segments = new ArrayList<>();
  private int segment;
  private int lastSegment;

  private StreamGenerator(StreamSetting setting) {
    in = setting;
    plain = new PlainItems(setting);
    system = new SystemItems(setting);
    paging = new PagingItems(setting, plain);
  }

  /** The block of a seed. */
  static Block block(long seed, Encodings encodings) {
    return new StreamGenerator(new StreamSetting(seed, encodings)).build(seed);
  }

  private Block build(long seed) {
    int length = 40 + in.random.nextInt(in.levels > 0 ? 120 : 240);
    while (items.size() < length) {
      if (segment == 0 && in.random.nextInt(40) == 0) {
        loop();
      } else {
        add(item());
      }
    }
    return new Block(
        in.profile.name(),
        seed,
        in.mode,
        in.levels,
        in.secondLevels,
        in.guestAccess,
        in.window,
        in.status,
        fcsr(),
        in.aligned,
        in.any,
        in.call,
        in.levels > 0 && in.amos,
        resolve());
  }

  private int fcsr() {
    int rounding = in.random.nextInt(20) == 0 ? 5 + in.random.nextInt(3) : in.random.nextInt(5);
    return rounding << 5 | in.random.nextInt(32);
  }

  private void add(Item item) {
    items.add(item);
    segments.add(segment);
  }

  private void loop() {
    add(new Item.LoopStart(in.counter, 2 + in.random.nextInt(10)));
    segment = ++lastSegment;
    int start = items.size();
    int length = 3 + in.random.nextInt(12);
    for (int i = 0; i < length; i++) {
      add(item());
    }
    add(new Item.LoopEnd(in.counter, start));
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
    for (int i = from + 1 + in.random.nextInt(12); i < items.size(); i++) {
      if (items.get(i) instanceof Item.Word w && computes(w.bits())) {
        return new Item.Patch(wanted.address(), wanted.value(), i, wanted.word());
      }
    }
    return new Item.Word(wanted.word());
  }

  private boolean computes(int word) {
    int op = Decoder.op(word);
    return op != Op.ILLEGAL && in.encodings.integer.contains(Instruction.of(op));
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
    int dice = in.random.nextInt(100);
    return switch (in.profile) {
      case INTEGER -> dice < 85 ? plain.integer() : dice < 95 ? control() : common();
      case FLOAT -> dice < 75 ? plain.floating() : dice < 85 ? plain.floatCsr() : common();
      case MEMORY -> dice < 75 ? plain.access() : common();
      case ATOMIC -> dice < 60 ? plain.atomic() : common();
      case SHORT -> dice < 75 ? plain.compressed() : common();
      case SYSTEM -> dice < 35 ? system.system() : common();
      case MIXED -> common();
      case PAGING -> dice < 60 ? paging.paging() : common();
      case GUEST -> guest(dice);
    };
  }

  private Item guest(int dice) {
    if (in.guestAccess > 0) {
      return paging.hypervisor(dice);
    }
    return dice < 60 ? paging.paging() : common();
  }

  private Item common() {
    int dice = in.random.nextInt(100);
    if (dice < 40) {
      return plain.integer();
    } else if (dice < 50) {
      return plain.floating();
    } else if (dice < 65) {
      return plain.access();
    } else if (dice < 70) {
      return plain.atomic();
    } else if (dice < 80) {
      return plain.compressed();
    } else if (dice < 92) {
      return control();
    } else if (dice < 95) {
      return plain.floatCsr();
    } else {
      return dice < 97 ? plain.fence() : dice < 98 ? patch() : system.illegal();
    }
  }

  private Item control() {
    int distance = 1 + in.random.nextInt(7);
    return switch (in.random.nextInt(10)) {
      case 0 -> new Item.Jump(in.rd(), distance);
      case 1 -> new Item.ShortJump(distance);
      case 2 -> new Item.IndirectJump(in.jumpRegister(), in.rd(), distance);
      case 3 -> new Item.ShortBranch(shortCondition(), 8 + in.random.nextInt(8), 1 + distance % 2);
      case 4 -> word(Op.JALR, 1, 2L * in.random.nextInt(16), in.call);
      default -> new Item.Branch(in.one(in.encodings.branches).op(), in.rs(), in.rs(), distance);
    };
  }

  private int shortCondition() {
    return in.random.nextBoolean() ? Op.BEQ : Op.BNE;
  }

  /** Code is written where no translation forbids it. */
  private Item patch() {
    if (in.levels > 0) {
      return plain.fence();
    }
    int address = in.distinct(0, 0);
    int word = ((Item.Word) plain.integer()).bits();
    return new Item.Patch(address, in.distinct(address, 0), 0, word);
  }
}
