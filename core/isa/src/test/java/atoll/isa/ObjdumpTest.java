package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The decoder, {@code expand} and the disassembler against GNU objdump; skipped where there is
 * none, and for instructions that the installed one does not know yet.
 */
class ObjdumpTest {
  private static final int WORDS_PER_INSTRUCTION = 400;
  private static final int COMPRESSED_NOP = 1;
  private static final Pattern HEX = Pattern.compile("0x[0-9a-f]+|(?<=[, ])[0-9a-f]{3,}(?= <)");

  /** objdump prints these as what they refine, or knows a narrower encoding than the standard's. */
  private static final Set<Integer> OTHERWISE =
      Set.of(
          Op.FENCE, // reserved fields, which the standard says to ignore
          Op.FENCE_I, // likewise
          Op.FCVT_D_W, // rm other than rne, though the result is exact in each
          Op.FCVT_D_WU,
          Op.FCVT_D_S,
          Op.FCVT_D_H,
          Op.FCVT_S_H,
          Op.FLI_S, // spells constants in its own way
          Op.FLI_D);

  private Objdump objdump;

  @BeforeEach
  void findObjdump() {
    Optional<Objdump> found = Objdump.find();
    assumeTrue(found.isPresent(), "riscv64-unknown-elf-objdump is not installed");
    objdump = found.orElseThrow();
  }

  /** What objdump prints for a half, in {@code c.} mnemonics, is assembled and expanded. */
  @Test
  void everyHalfMeansTheSameToObjdump() throws IOException {
    Assembler code = new Assembler(0);
    for (int half = 0; half <= 0xffff; half++) {
      code.half(isShort(half) ? half : COMPRESSED_NOP).half(COMPRESSED_NOP);
    }
    Map<Long, String> texts = objdump.disassemble(code.toBytes(), "no-aliases");
    boolean zcb = !isData(texts.get(0x8000L * 4));
    List<String> source = new ArrayList<>();
    for (int half = 0; half <= 0xffff; half++) {
      boolean compared = isShort(half) && !special(half, zcb);
      source.add((compared ? assemblable(texts.get(half * 4L)) : "c.nop") + "; c.nop");
    }
    ByteBuffer halves = ByteBuffer.wrap(Assembler.assemble(String.join("\n", source)));
    for (int half = 0; half <= 0xffff; half++) {
      if (isShort(half) && !special(half, zcb)) {
        int again = halves.order(ByteOrder.LITTLE_ENDIAN).getShort(half * 4) & 0xffff;
        assertThat(Decoder.expand(half))
            .as("0x%04x is %s", half, source.get(half))
            .isEqualTo(Decoder.expand(again));
      }
    }
  }

  private static boolean isShort(int half) {
    return (half & 3) != 3;
  }

  /** Data becomes the illegal 0; hints get the mnemonics of what they refine. */
  private static String assemblable(String text) {
    String plain = text.replaceAll(" *#.*| *<.*", "").strip();
    return isData(plain)
        ? ".half 0"
        : plain
            .replaceAll("^c\\.nop (.+)", "c.addi zero,$1")
            .replaceAll("^c\\.(s[lr][la]i)64 (\\w+)$", "c.$1 $2,0");
  }

  private static boolean isData(String text) {
    return text.startsWith(".") || text.equals("unimp") || text.equals("c.unimp");
  }

  /** Where objdump differs for a reason: Zcmop and Zcb if it is too old, c.addi16sp with 0. */
  private static boolean special(int half, boolean zcb) {
    boolean reservedOrMop = (half & 0xf07f) == 0x6001;
    boolean zcbMemory = (half & 0xe003) == 0x8000;
    boolean zcbArithmetic = (half & 0xfc41) == 0x9c41;
    return reservedOrMop || !zcb && (zcbMemory || zcbArithmetic);
  }

  @Test
  void instructionsReadAsObjdumpPrintsThem() throws IOException {
    Set<Integer> unknown = unknown();
    Random random = new Random(5);
    List<Integer> words = new ArrayList<>();
    for (Instruction instruction : Instruction.all()) {
      for (int i = 0; i < WORDS_PER_INSTRUCTION; i++) {
        words.add(instruction.match() | random.nextInt() & ~instruction.mask());
      }
    }
    compare(words, unknown);
  }

  @Test
  void wordsNearInstructionsAreAsLegalAsToObjdump() throws IOException {
    Set<Integer> unknown = unknown();
    Random random = new Random(6);
    List<Integer> words = new ArrayList<>();
    for (Instruction instruction : Instruction.all()) {
      for (int i = 0; i < WORDS_PER_INSTRUCTION; i++) {
        int word = instruction.match() | random.nextInt() & ~instruction.mask();
        int near = word ^ 4 << random.nextInt(30);
        words.add((near & 0x1f) == 0x1f ? word : near); // 0x1f starts a longer instruction
      }
    }
    compare(words, unknown);
  }

  /** Instructions that this objdump takes for data; others have to read alike. */
  private Set<Integer> unknown() throws IOException {
    List<Integer> matches = Instruction.all().stream().map(Instruction::match).toList();
    List<String> texts = texts(matches);
    Set<Integer> unknown = new HashSet<>(OTHERWISE);
    for (int i = 0; i < texts.size(); i++) {
      if (isData(texts.get(i))) {
        unknown.add(i + 1);
      }
    }
    System.out.println(
        "not compared with objdump: "
            + unknown.stream().map(op -> Instruction.of(op).name()).sorted().toList());
    return unknown;
  }

  private List<String> texts(List<Integer> words) throws IOException {
    Assembler code = new Assembler(0);
    words.forEach(code::word);
    Map<Long, String> texts = objdump.disassemble(code.toBytes(), "no-aliases");
    List<String> list = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      list.add(texts.get(i * 4L).strip());
    }
    return list;
  }

  private void compare(List<Integer> words, Set<Integer> unknown) throws IOException {
    List<String> texts = texts(words);
    Set<String> known = new HashSet<>(Instruction.all().stream().map(Instruction::name).toList());
    for (int i = 0; i < words.size(); i++) {
      int word = words.get(i);
      String theirs = texts.get(i);
      boolean mine = known.contains(theirs.replaceAll(" .*|\\.(aq|rl|aqrl) .*", ""));
      if (!unknown.contains(Decoder.op(word)) && (Decoder.op(word) != Op.ILLEGAL || mine)) {
        String ours = Disassembler.disassemble(i * 4L, word);
        assertThat(normal(withKnownCsr(ours, theirs, word)))
            .as("0x%08x", word)
            .isEqualTo(normal(withKnownCsr(theirs, ours, word)));
      }
    }
  }

  /** A CSR that only one side has a name for (RV32's, or newer than objdump) becomes a number. */
  private static String withKnownCsr(String text, String other, int word) {
    boolean nameless = text.matches(".*, ?0x.*") || other.matches(".*, ?0x.*");
    return text.startsWith("csr") && nameless
        ? text.replaceFirst(", ?[^,]*,", "," + (word >>> 20) + ",")
        : text;
  }

  /** One spelling for both: no spaces, numbers in decimal, no dyn, reserved modes unknown. */
  private static String normal(String text) {
    String numbers = HEX.matcher(text.replaceAll(" *#.*", "")).replaceAll(m -> decimal(m.group()));
    return numbers
        .replaceAll(" <.*", "")
        .replaceAll(", +", ",")
        .replaceAll(",dyn$", "")
        .replaceAll(",rm[56]$", ",unknown");
  }

  private static String decimal(String hex) {
    return Long.toString(Long.parseUnsignedLong(hex.replace("0x", ""), 16));
  }
}
