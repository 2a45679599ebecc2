package atoll.tests;

import atoll.isa.Assembler;
import atoll.isa.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/**
 * A piece of {@link HotProgram} that is executed again and again: functions, registers loaded from
 * a table that turns with the count, a stream of {@link StreamGenerator} with {@link HotSnippets}
 * in it, and the way back to the start.
 */
final class HotUnit {
  /** Of the table that registers are loaded from. */
  private static final int TABLE_MASK = 0x7f8;

  private final Block block;
  private final int mode;
  private final long entry;
  private final long end;
  private final byte[] code;

  private HotUnit(Block block, int mode, long entry, long end, byte[] code) {
    this.block = block;
    this.mode = mode;
    this.entry = entry;
    this.end = end;
    this.code = code;
  }

  /** The mode it is meant for: 0 U, 1 S, 3 M. */
  int mode() {
    return mode;
  }

  /** Bits of mstatus that belong to its stream. */
  long status() {
    return block.status();
  }

  int fcsr() {
    return block.fcsr();
  }

  /** Where it begins. */
  long entry() {
    return entry;
  }

  /** Where it goes on when control is lost. */
  long end() {
    return end;
  }

  byte[] code() {
    return code;
  }

  /**
   * Makes a unit.
   *
   * @param at where its code is, the same for every mode
   * @param returns the address of code that only returns
   */
  static HotUnit place(SplittableRandom random, HotSpace space, long at, long returns) {
    Block block = block(random);
    int mode =
        block.profile().equals("SYSTEM") ? block.mode() : new int[] {0, 1, 3}[random.nextInt(3)];
    int counter = counter(block);
    IntPredicate writable =
        n ->
            n != 0 && n != block.aligned() && n != block.any() && n != block.call() && n != counter;
    Assembler out = new Assembler(at);
    List<Long> functions = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      long here = out.here();
      text(out, HotSnippets.function(random, writable, functions, HotSpace.DATA + 0x3f000));
      functions.add(here);
    }
    HotSnippets snippets =
        new HotSnippets(random, space, mode, writable, functions, functions.getFirst());
    List<Item> items = with(random, block.items(), snippets);
    long entry = out.here();
    text(out, start(random, block, returns));
    Label[] starts = new Label[items.size() + 1];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = out.label();
    }
    for (int i = 0; i < items.size(); i++) {
      out.bind(starts[i]);
      items.get(i).emit(out, starts);
    }
    out.bind(starts[items.size()]);
    long end = out.here();
    text(out, end(entry));
    return new HotUnit(block, mode, entry, end, out.toBytes());
  }

  private static Block block(SplittableRandom random) {
    while (true) {
      Block block = StreamGenerator.block(random.nextLong(), Encodings.ALL);
      if (block.levels() == 0) {
        return block;
      }
    }
  }

  /** The register that counts the block's loops; 0 if it has none. */
  private static int counter(Block block) {
    for (Item item : block.items()) {
      if (item instanceof Item.LoopStart start) {
        return start.counter();
      }
    }
    return 0;
  }

  /** Snippets in place of some words. */
  private static List<Item> with(SplittableRandom random, List<Item> items, HotSnippets snippets) {
    int every = 4 + random.nextInt(30);
    int reach = 0; // of the last short branch, which gets over words only
    List<Item> all = new ArrayList<>();
    for (Item item : items) {
      if (item instanceof Item.ShortBranch branch) {
        reach = Math.max(reach, branch.target());
      }
      boolean replaced =
          item instanceof Item.Word && all.size() >= reach && random.nextInt(every) == 0;
      all.add(replaced ? new Item.Text(snippets.next()) : item);
    }
    return all;
  }

  private static String start(SplittableRandom random, Block block, long returns) {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        la t0, 0x%x
        ld t1, %d(t0)
        li t2, 72
        mul t1, t1, t2
        andi t1, t1, 0x%x
        la t0, 0x%x
        add t0, t0, t1
        """
            .formatted(TrapHandlers.VARIABLES, TrapHandlers.COUNT, TABLE_MASK, HotProgram.TABLE));
    for (int i = 0; i < 12; i++) {
      out.append("fld f%d, %d(t0)\n".formatted(random.nextInt(32), 8 * random.nextInt(32)));
    }
    for (int i = 0; i < 5; i++) {
      out.append("ld x%d, %d(t0)\n".formatted(6 + random.nextInt(26), 8 * random.nextInt(32)));
    }
    boolean moving = random.nextInt(3) == 0;
    String scale = moving ? "andi t1, t1, 0x7c0\nslli t1, t1, 6\n" : "li t1, 0\n";
    out.append(scale);
    out.append("la x%d, 0x%x\n".formatted(block.aligned(), data(random) & -8));
    out.append("la x%d, 0x%x\n".formatted(block.any(), data(random)));
    if (block.any() != 6) {
      out.append("add x%d, x%d, t1\n".formatted(block.any(), block.any()));
    }
    out.append("la x%d, 0x%x\n".formatted(block.call(), returns));
    return out.toString();
  }

  private static long data(SplittableRandom random) {
    long page = HotSpace.DATA + (4 + random.nextInt(24)) * 4096L;
    return page + (random.nextBoolean() ? 4090 + random.nextInt(6) : random.nextInt(4096));
  }

  private static String end(long entry) {
    return """
    la t0, 0x%x
    ld t1, %d(t0)
    addi t1, t1, -1
    sd t1, %d(t0)
    beqz t1, 1f
    j 0x%x
    1: li a7, 0x%x
    ecall
    j 1b
    """
        .formatted(
            TrapHandlers.VARIABLES,
            TrapHandlers.COUNT,
            TrapHandlers.COUNT,
            entry,
            TrapHandlers.DONE);
  }

  private static void text(Assembler out, String source) {
    out.data(Assembler.assemble(source, out.here()));
  }
}
