package atoll.report;

import atoll.report.CrashReport.Call;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Who has called the code that a hart is in: by frame pointers as {@code -fno-omit-frame-pointer}
 * makes them (RISC-V psABI, "Frame Pointer Convention"), and where there are none, by the words on
 * its stack that point behind a call.
 */
final class CallChain {
  private static final int MOST = 16;
  private static final int WORD = 8;

  /** Bytes of stack that are looked through. */
  private static final int LOOKED = 2048;

  /** A frame has fewer bytes, as a rule. */
  private static final long LARGEST_FRAME = 1 << 16;

  private final HartMemory memory;
  private final Names names;
  private final List<Call> calls = new ArrayList<>();

  CallChain(HartMemory memory, Names names) {
    this.memory = memory;
    this.names = names;
  }

  /**
   * The calls that have not returned, the nearest first.
   *
   * @param pc of the code that is called
   * @param ra what a leaf function returns to
   */
  List<Call> calls(long pc, long ra, long sp, long fp) {
    boolean leaf = behindCall(ra) && !sameFunction(pc, ra);
    byFrames(sp, fp);
    boolean frames = !calls.isEmpty();
    if (leaf && (!frames || !calls.getFirst().returns().equals(names.word(ra)))) {
      calls.addFirst(new Call(names.word(ra), true));
    }
    if (!frames) {
      byWords(sp, ra);
    }
    return calls;
  }

  /** {@code ra} then is left from a call that has returned. */
  private boolean sameFunction(long pc, long ra) {
    return names.begin(pc) == names.begin(ra) && names.begin(pc) != pc;
  }

  private void byFrames(long sp, long fp) {
    long below = sp;
    long frame = fp;
    while (calls.size() < MOST && follows(below, frame)) {
      OptionalLong returns = memory.word(frame - WORD);
      OptionalLong next = memory.word(frame - 2 * WORD);
      if (returns.isEmpty() || next.isEmpty() || !behindCall(returns.getAsLong())) {
        return;
      }
      calls.add(new Call(names.word(returns.getAsLong()), true));
      below = frame;
      frame = next.getAsLong();
    }
  }

  private static boolean follows(long below, long frame) {
    return frame % WORD == 0
        && Long.compareUnsigned(frame, below) > 0
        && Long.compareUnsigned(frame - below, LARGEST_FRAME) <= 0;
  }

  private void byWords(long sp, long ra) {
    byte[] stack = memory.read(sp, LOOKED);
    ByteBuffer words = ByteBuffer.wrap(stack).order(ByteOrder.LITTLE_ENDIAN);
    long last = ra;
    while (words.remaining() >= WORD && calls.size() < MOST) {
      long word = words.getLong();
      if (word != last && behindCall(word)) {
        calls.add(new Call(names.word(word), false));
        last = word;
      }
    }
  }

  /** Whether the instruction before an address is a call: {@code jal} or {@code jalr} with ra. */
  private boolean behindCall(long address) {
    if ((address & 1) != 0 || address == 0) {
      return false;
    }
    OptionalInt call = memory.instruction(address - 4);
    if (call.isEmpty()) {
      return false;
    }
    int bits = call.getAsInt();
    boolean jal = (bits & 0xfff) == 0x0ef;
    boolean jalr = (bits & 0x7fff) == 0x00e7;
    int half = bits >>> 16;
    boolean compressed = (half & 0xf07f) == 0x9002 && (half & 0x0f80) != 0; // c.jalr
    return jal || jalr || compressed;
  }
}
