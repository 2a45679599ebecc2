package atoll.report;

import atoll.isa.Disassembler;
import atoll.report.CrashReport.Line;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The instructions around an address. */
final class CodeWindow {
  private static final int BEFORE = 4;
  private static final int BEHIND = 3;

  /** Bytes before the address that instructions are looked for in. */
  private static final int BACK = 4 * BEFORE;

  /** From the begin of a function on, instructions are sure, if that is not too far away. */
  private static final int FUNCTION = 4096;

  private final HartMemory memory;
  private final Names names;

  CodeWindow(HartMemory memory, Names names) {
    this.memory = memory;
    this.names = names;
  }

  List<Line> around(long pc) {
    List<Line> lines = new ArrayList<>(before(pc));
    if (lines.size() > BEFORE) {
      lines.subList(0, lines.size() - BEFORE).clear();
    }
    lines.addAll(from(pc, BEHIND + 1, pc));
    return lines;
  }

  /**
   * Instructions have two lengths: what leads to the pc is likely, and from a name on it is sure.
   */
  private List<Line> before(long pc) {
    long begin = names.begin(pc);
    if (begin != pc && pc - begin <= FUNCTION) {
      List<Line> sure = leading(begin, pc);
      if (!sure.isEmpty()) {
        return sure;
      }
    }
    for (int back = BACK; back > 0; back -= 2) {
      List<Line> likely = leading(pc - back, pc);
      if (!likely.isEmpty() && likely.stream().noneMatch(line -> line.text().startsWith("."))) {
        return likely;
      }
    }
    return List.of();
  }

  /** The instructions from an address that end at the pc; nothing if they do not. */
  private List<Line> leading(long from, long pc) {
    List<Line> lines = from(from, FUNCTION, pc - 1);
    if (lines.isEmpty()) {
      return lines;
    }
    Line last = lines.getLast();
    long end = Long.parseUnsignedLong(last.address().value().substring(2), 16);
    return end + last.bits().length() / 2 == pc ? lines : List.of();
  }

  /**
   * Instructions one after another.
   *
   * @param until none begins behind it, unless it is the pc
   */
  private List<Line> from(long address, int most, long until) {
    boolean ahead = until == address;
    int length = ahead ? 4 * most : (int) (until - address) + 4;
    byte[] bytes = memory.read(address, length);
    ByteBuffer code = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Line> lines = new ArrayList<>();
    int at = 0;
    while (lines.size() < most && at + 2 <= bytes.length && (ahead || address + at <= until)) {
      int half = Short.toUnsignedInt(code.getShort(at));
      boolean whole = (half & 3) == 3;
      if (whole && at + 4 > bytes.length) {
        break;
      }
      int bits = whole ? code.getInt(at) : half;
      long pc = address + at;
      lines.add(
          new Line(
              names.word(pc),
              (whole ? "%08x" : "%04x").formatted(bits),
              Disassembler.disassemble(pc, bits),
              ahead && at == 0));
      at += whole ? 4 : 2;
    }
    return lines;
  }
}
