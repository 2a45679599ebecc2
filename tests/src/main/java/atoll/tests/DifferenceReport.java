package atoll.tests;

import atoll.isa.Disassembler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A report, for a person, on a block on which two machines differ. */
final class DifferenceReport {
  private final Block block;
  private final int stop;
  private final List<String> ours;
  private final List<String> theirs;

  /**
   * @param stop the first item before which the block, cut off there, differs
   */
  DifferenceReport(Block block, int stop, List<String> ours, List<String> theirs) {
    this.block = block;
    this.stop = stop;
    this.ours = ours;
    this.theirs = theirs;
  }

  /** One line: seed, profile, the suspect and the first difference. */
  String summary() {
    List<String> different = different();
    return "block 0x%016x (%s, mode %d, levels %d and %d): after %s: %s"
        .formatted(
            block.seed(),
            block.profile(),
            block.mode(),
            block.levels(),
            block.secondLevels(),
            suspect(),
            different.isEmpty() ? "no difference when run alone" : different.getFirst());
  }

  private String suspect() {
    if (stop == 0) {
      return "the start";
    }
    int[] offsets = block.offsets();
    return String.join("; ", disassemble(offsets[stop - 1], offsets[stop]));
  }

  /**
   * What differs, in the order of the guest's output. Lines are compared by what they are about, so
   * that a trap on one machine only does not make all that follows look different.
   */
  private List<String> different() {
    Map<String, String> mine = byTopic(ours);
    Map<String, String> other = byTopic(theirs);
    Set<String> topics = new LinkedHashSet<>(mine.keySet());
    topics.addAll(other.keySet());
    return topics.stream()
        .filter(t -> !mine.getOrDefault(t, "none").equals(other.getOrDefault(t, "none")))
        .map(t ->
            "%s: here %s, there %s"
                .formatted(t, mine.getOrDefault(t, "none"), other.getOrDefault(t, "none")))
        .toList();
  }

  /** From "repetition 1 x5" to its value; traps are numbered within their repetition. */
  private static Map<String, String> byTopic(List<String> lines) {
    Map<String, String> all = new LinkedHashMap<>();
    String repetition = "";
    int traps = 0;
    for (String line : lines) {
      String text = line.strip();
      int space = text.indexOf(' ');
      if (text.startsWith("block ")) {
        repetition = text.substring(text.indexOf("repetition"));
        traps = 0;
      } else if (text.startsWith("trap ")) {
        all.put(repetition + ", trap " + ++traps, text.substring(space + 1));
      } else if (text.contains(": ")) { // "page 3 at ...: entry ..."
        all.put(repetition + ", " + text.substring(0, text.indexOf(':')), text);
      } else if (space > 0 && !text.startsWith("retired")) {
        all.put(repetition + ", " + text.substring(0, space), text.substring(space + 1));
      }
    }
    return all;
  }

  private List<String> disassemble(int from, int to) {
    byte[] code = block.place(0).code();
    List<String> text = new ArrayList<>();
    for (int at = from; at < to; ) {
      int low = code[at] & 0xff | (code[at + 1] & 0xff) << 8;
      boolean wide = (low & 3) == 3;
      int bits = wide ? low | (code[at + 2] & 0xff) << 16 | (code[at + 3] & 0xff) << 24 : low;
      text.add(Disassembler.disassemble(at, bits));
      at += wide ? 4 : 2;
    }
    return text;
  }

  /** Everything: how to run it again, differences, the stream, both states. */
  String text() {
    StringBuilder out = new StringBuilder(summary()).append("\n\nagain: Differential --block ");
    out.append("0x%016x%n".formatted(block.seed()));
    out.append(
        "fcsr %x, status %x, window %x, aligned x%d, any x%d, call x%d%n%n"
            .formatted(
                block.fcsr(),
                block.status(),
                block.window(),
                block.aligned(),
                block.any(),
                block.call()));
    different().forEach(d -> out.append(d).append('\n'));
    out.append("\nthe block up to there:\n");
    int[] offsets = block.offsets();
    for (int i = 0; i < stop; i++) {
      for (String line : disassemble(offsets[i], offsets[i + 1])) {
        out.append("%3d +%04x  %s%n".formatted(i, offsets[i], line));
      }
    }
    out.append("\nstate here:\n").append(String.join("\n", ours));
    out.append("\n\nstate there:\n").append(String.join("\n", theirs)).append('\n');
    return out.toString();
  }
}
