package atoll.engine.target;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.CodeSource;
import atoll.engine.decode.FloatForm;
import atoll.engine.decode.Predecoder;
import atoll.engine.decode.SpinLoop;
import atoll.isa.Op;
import java.util.Arrays;

/**
 * Which code belongs to a region: the blocks of one page that are reached from a hot place, and how
 * control goes between them.
 *
 * <p>Numbers of blocks follow their addresses. Reused from region to region.
 */
public final class RegionBlocks {
  /** Most instructions of a region. */
  public static final int LONGEST = 400;

  public static final int MOST = 96;
  private static final int MOST_RETURNS = 4;

  private CodeSource page;

  /** A bit for each parcel of it that has code. */
  private long[] warm;

  /**
   * By parcel: the number of the block that begins there plus one, or 0; while leaders are sought,
   * 1.
   */
  private final int[] blockAt = new int[CodePage.PARCELS];

  private final boolean[] visited = new boolean[CodePage.PARCELS];

  /** By parcel that was visited: its instruction, as {@link Predecoder} packs it. */
  private final long[] decoded = new long[CodePage.PARCELS];

  private final int[] work = new int[MOST * 4];
  private int workCount;

  /** By block: the parcel at which it begins. */
  public final int[] start = new int[MOST];

  /** By block: its instructions. */
  public final int[] size = new int[MOST];

  /** By block: how many loops are around it. */
  public final int[] depth = new int[MOST];

  /** By block: whether it looks at what is left of the slice. */
  public final boolean[] checked = new boolean[MOST];

  /** By block: whether the region can be entered there. */
  public final boolean[] entered = new boolean[MOST];

  /** How many blocks there are. */
  public int count;

  /** How many instructions they have. */
  public int instructions;

  /** The parcels behind the region's own calls. */
  public final int[] returns = new int[MOST_RETURNS];

  public int returnCount;

  /**
   * Finds the region around a parcel; false if there is none.
   *
   * @param translated a bit for each parcel of the page that has code
   */
  public boolean find(CodeSource in, long[] translated, int parcel) {
    page = in;
    warm = translated;
    if (!findBlocks(parcel)) {
      return false;
    }
    findLoops();
    return true;
  }

  /** Whether a jump to a parcel begins the next round of a loop in which a hart waits. */
  public boolean spins(int target, int from) {
    return SpinLoop.is(page, target, from);
  }

  /** The instruction at a parcel, as {@link Predecoder} packs it. */
  public long op(int parcel) {
    return decoded[parcel];
  }

  private boolean findBlocks(int parcel) {
    Arrays.fill(blockAt, 0);
    Arrays.fill(visited, false);
    workCount = 0;
    returnCount = 0;
    instructions = 0;
    lead(parcel);
    for (int i = 0; i < workCount && instructions < LONGEST; i++) {
      findLeaders(work[i]);
    }
    return cut(parcel);
  }

  /** Notes that a block begins at a parcel, if it is of this page. */
  private void lead(int parcel) {
    boolean inPage = (parcel & -CodePage.PARCELS) == 0;
    if (inPage && blockAt[parcel] == 0 && workCount < work.length) {
      blockAt[parcel] = 1;
      work[workCount++] = parcel;
    }
  }

  /** Whether code at a parcel has been executed often enough to be translated. */
  private boolean warm(int parcel) {
    return (parcel & -CodePage.PARCELS) == 0 && (warm[parcel >> 6] >>> parcel & 1) != 0;
  }

  private void findLeaders(int from) {
    int parcel = from;
    while (parcel < CodePage.PARCELS && !visited[parcel] && instructions < LONGEST) {
      long packed = page.read(parcel);
      decoded[parcel] = packed;
      if (!Predecoder.isInstruction(packed)) {
        return;
      }
      visited[parcel] = true;
      instructions++;
      int next = parcel + Predecoder.parcels(packed);
      int target = parcel + (int) (Predecoder.immediate(packed) >> 1);
      switch (Predecoder.op(packed)) {
        case Op.BEQ, Op.BNE, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU -> {
          if (warm(target)) {
            lead(target);
          }
          lead(next);
          return;
        }
        case Op.JAL -> {
          boolean call = Predecoder.rd(packed) != Predecoder.SINK;
          if (!call || warm(target)) {
            lead(target);
          }
          if (call && next < CodePage.PARCELS) {
            lead(next);
            if (warm(target) && returnCount < MOST_RETURNS) {
              returns[returnCount++] = next;
            }
          }
          return;
        }
        case Op.JALR -> {
          if (Predecoder.rd(packed) != Predecoder.SINK) {
            lead(next);
          }
          return;
        }
        default -> {
          if (stops(packed)) {
            return;
          }
        }
      }
      parcel = next;
    }
    if (parcel < CodePage.PARCELS && visited[parcel]) {
      lead(parcel); // where this path meets another
    }
  }

  /** Instructions behind which other slots may be needed, or floating point may be off. */
  public static boolean stops(long packed) {
    return switch (Predecoder.op(packed)) {
      case Op.CSRRW, Op.CSRRS, Op.CSRRC, Op.CSRRWI -> !FloatForm.accessesControl(packed);
      default -> ControlFlow.leavesToJava(packed);
    };
  }

  private static boolean transfers(long packed) {
    return switch (Predecoder.op(packed)) {
      case Op.JAL, Op.JALR -> true;
      default -> ControlFlow.isBranch(packed) || stops(packed);
    };
  }

  /** Makes blocks of the leaders that have been looked at; false if there are none worth it. */
  private boolean cut(int entry) {
    count = 0;
    instructions = 0;
    for (int parcel = 0; parcel < CodePage.PARCELS; parcel++) {
      if (blockAt[parcel] == 0) {
        continue;
      }
      if (!visited[parcel] || count == MOST) {
        blockAt[parcel] = 0;
        continue;
      }
      int p = parcel;
      int n = 0;
      while (p < CodePage.PARCELS && visited[p] && (n == 0 || blockAt[p] == 0)) {
        long packed = op(p);
        if (n == CodeExit.MOST_COUNT) {
          break;
        }
        n++;
        p += Predecoder.parcels(packed);
        if (transfers(packed)) {
          break;
        }
      }
      start[count] = parcel;
      size[count] = n;
      entered[count] = parcel == entry || warm(parcel);
      checked[count] = entered[count];
      depth[count] = 0;
      instructions += n;
      blockAt[parcel] = ++count;
    }
    return count > 0 && blockAt[entry] != 0;
  }

  /** The parcels at which they begin. */
  public int[] starts() {
    return Arrays.copyOf(start, count);
  }

  /** Where they begin, and how many parcels they have, in pairs. */
  public int[] ranges() {
    int[] ranges = new int[2 * count];
    for (int i = 0; i < count; i++) {
      ranges[2 * i] = start[i];
      ranges[2 * i + 1] = parcels(i);
    }
    return ranges;
  }

  /** At how many of them the region can be entered. */
  public int entries() {
    int entries = 0;
    for (int i = 0; i < count; i++) {
      entries += entered[i] ? 1 : 0;
    }
    return entries;
  }

  /** The block that begins at a parcel, or -1; the parcel may be of another page. */
  public int block(int parcel) {
    return (parcel & -CodePage.PARCELS) != 0 ? -1 : blockAt[parcel] - 1;
  }

  /** The last instruction of a block. */
  public int last(int block) {
    int parcel = start[block];
    for (int i = 1; i < size[block]; i++) {
      parcel += Predecoder.parcels(op(parcel));
    }
    return parcel;
  }

  /** The parcels of a block, whose instructions follow one another. */
  public int parcels(int block) {
    int last = last(block);
    return last + Predecoder.parcels(op(last)) - start[block];
  }

  /** The last instruction of all blocks. */
  public int end() {
    int end = 0;
    for (int i = 0; i < count; i++) {
      end = Math.max(end, last(i));
    }
    return end;
  }

  /** Marks the targets of jumps backwards, and how many loops are around each block. */
  private void findLoops() {
    for (int i = 0; i < count; i++) {
      int parcel = last(i);
      long packed = op(parcel);
      int to =
          switch (Predecoder.op(packed)) {
            case Op.BEQ, Op.BNE, Op.BLT, Op.BGE, Op.BLTU, Op.BGEU, Op.JAL ->
                block(parcel + (int) (Predecoder.immediate(packed) >> 1));
            default -> -1;
          };
      if (to >= 0 && to <= i) {
        checked[to] = true;
        for (int j = to; j <= i; j++) {
          depth[j]++;
        }
      }
    }
    for (int i = 0; i < returnCount; i++) {
      int to = block(returns[i]);
      if (to >= 0) {
        checked[to] = true;
      }
    }
  }
}
