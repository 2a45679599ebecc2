package atoll.emit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Assembled instructions, each beside what a disassembler shall make of it. */
final class Listing {
  /** Places named by offset are positive from here, as in a code area. */
  static final int ORIGIN = 0x10_0000;

  private static final int MOST_SHOWN = 10;

  private final X64Assembler a = new X64Assembler();
  private final Map<Integer, String> expected = new TreeMap<>();

  Listing() {
    a.begin(ORIGIN);
  }

  /** Where the next instruction will lie. */
  int here() {
    return a.here();
  }

  /** Assembles one instruction, which {@code text} describes in Intel's syntax. */
  void add(String text, Consumer<X64Assembler> instruction) {
    int at = a.here();
    instruction.accept(a);
    if (a.here() == at) {
      throw new AssertionError("nothing was assembled for " + text);
    }
    expected.put(at, text);
  }

  /** How many instructions there are. */
  int size() {
    return expected.size();
  }

  byte[] bytes() {
    return Arrays.copyOf(a.bytes(), a.size());
  }

  /** The first few places at which a disassembly says something else. */
  List<String> differences(Map<Integer, String> disassembly) {
    List<String> wrong = new ArrayList<>();
    Set<Integer> places = new TreeSet<>(expected.keySet());
    places.addAll(disassembly.keySet());
    for (int at : places) {
      String want = expected.getOrDefault(at, "(the inside of an instruction)");
      String got = disassembly.getOrDefault(at, "(the inside of an instruction)");
      if (!want.equals(got) && wrong.size() < MOST_SHOWN) {
        wrong.add("%x: expected %s, got %s".formatted(at, want, got));
      }
    }
    return wrong;
  }
}
