package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * All 65,536 halves against a statement of the rules of its own: the specification's tables
 * (unpriv., RV64C, Zcb, Zcmop) as text, with the expansion in assembly.
 *
 * <p>{@code rd'}, {@code rs1'}, {@code rs2'} are three-bit registers; {@code rd} and the like name
 * five-bit ones; {@code imm} is sign-extended, {@code uimm} not.
 */
class CompressedTest {
  private static final String RULES =
      """
      000 uimm[5:4|9:6|2|3] rd' 00                    | uimm  | addi rd', sp, uimm
      001 uimm[5:3] rs1' uimm[7:6] rd' 00             |       | fld frd', uimm(rs1')
      010 uimm[5:3] rs1' uimm[2|6] rd' 00             |       | lw rd', uimm(rs1')
      011 uimm[5:3] rs1' uimm[7:6] rd' 00             |       | ld rd', uimm(rs1')
      100000 rs1' uimm[0|1] rd' 00                    |       | lbu rd', uimm(rs1')
      100001 rs1' 0 uimm[1] rd' 00                    |       | lhu rd', uimm(rs1')
      100001 rs1' 1 uimm[1] rd' 00                    |       | lh rd', uimm(rs1')
      100010 rs1' uimm[0|1] rs2' 00                   |       | sb rs2', uimm(rs1')
      100011 rs1' 0 uimm[1] rs2' 00                   |       | sh rs2', uimm(rs1')
      101 uimm[5:3] rs1' uimm[7:6] rs2' 00            |       | fsd frs2', uimm(rs1')
      110 uimm[5:3] rs1' uimm[2|6] rs2' 00            |       | sw rs2', uimm(rs1')
      111 uimm[5:3] rs1' uimm[7:6] rs2' 00            |       | sd rs2', uimm(rs1')
      000 imm[5] rd imm[4:0] 01                       |       | addi rd, rd, imm
      001 imm[5] rd imm[4:0] 01                       | rd    | addiw rd, rd, imm
      010 imm[5] rd imm[4:0] 01                       |       | addi rd, zero, imm
      011 imm[9] 00010 imm[4|6|8:7|5] 01              | imm   | addi sp, sp, imm
      011 imm[17] rd imm[16:12] 01                    | imm notsp | lui rd, imm
      011 0 0 n[3:1] 1 00000 01                       |       | addi zero, zero, 0
      100 uimm[5] 00 rd' uimm[4:0] 01                 |       | srli rd', rd', uimm
      100 uimm[5] 01 rd' uimm[4:0] 01                 |       | srai rd', rd', uimm
      100 imm[5] 10 rd' imm[4:0] 01                   |       | andi rd', rd', imm
      100011 rd' 00 rs2' 01                           |       | sub rd', rd', rs2'
      100011 rd' 01 rs2' 01                           |       | xor rd', rd', rs2'
      100011 rd' 10 rs2' 01                           |       | or rd', rd', rs2'
      100011 rd' 11 rs2' 01                           |       | and rd', rd', rs2'
      100111 rd' 00 rs2' 01                           |       | subw rd', rd', rs2'
      100111 rd' 01 rs2' 01                           |       | addw rd', rd', rs2'
      100111 rd' 10 rs2' 01                           |       | mul rd', rd', rs2'
      100111 rd' 11000 01                             |       | andi rd', rd', 255
      100111 rd' 11001 01                             |       | sext.b rd', rd'
      100111 rd' 11010 01                             |       | zext.h rd', rd'
      100111 rd' 11011 01                             |       | sext.h rd', rd'
      100111 rd' 11100 01                             |       | add.uw rd', rd', zero
      100111 rd' 11101 01                             |       | xori rd', rd', -1
      101 imm[11|4|9:8|10|6|7|3:1|5] 01               |       | jal zero, .+(imm)
      110 imm[8|4:3] rs1' imm[7:6|2:1|5] 01           |       | beq rs1', zero, .+(imm)
      111 imm[8|4:3] rs1' imm[7:6|2:1|5] 01           |       | bne rs1', zero, .+(imm)
      000 uimm[5] rd uimm[4:0] 10                     |       | slli rd, rd, uimm
      001 uimm[5] rd uimm[4:3|8:6] 10                 |       | fld frd, uimm(sp)
      010 uimm[5] rd uimm[4:2|7:6] 10                 | rd    | lw rd, uimm(sp)
      011 uimm[5] rd uimm[4:3|8:6] 10                 | rd    | ld rd, uimm(sp)
      1000 rs1 00000 10                               | rs1   | jalr zero, 0(rs1)
      1000 rd rs2 10                                  | rs2   | add rd, zero, rs2
      1001 00000 00000 10                             |       | ebreak
      1001 rs1 00000 10                               | rs1   | jalr ra, 0(rs1)
      1001 rd rs2 10                                  | rs2   | add rd, rd, rs2
      101 uimm[5:3|8:6] rs2 10                        |       | fsd frs2, uimm(sp)
      110 uimm[5:2|7:6] rs2 10                        |       | sw rs2, uimm(sp)
      111 uimm[5:3|8:6] rs2 10                        |       | sd rs2, uimm(sp)
      """;

  private static final Pattern OPERAND = Pattern.compile("f?(rd|rs1|rs2)'?|u?imm");

  /**
   * A row of the tables.
   *
   * @param fields per field, the value bit for each instruction bit, -1 where the bit is not its
   *     own
   * @param allowed fields that must not be zero; {@code notsp} forbids x2 as destination
   */
  private record Rule(
      int match, int mask, Map<String, int[]> fields, List<String> allowed, String expansion) {
    boolean holds(int half) {
      return (half & mask) == match
          && allowed.stream()
              .allMatch(f -> f.equals("notsp") ? value("rd", half) != 2 : value(f, half) != 0);
    }

    int value(String field, int half) {
      int value = 0;
      int top = 0;
      int[] bits = fields.get(field);
      for (int at = 0; at < 16; at++) {
        if (bits[at] >= 0) {
          value |= (half >> at & 1) << bits[at];
          top = Math.max(top, bits[at]);
        }
      }
      return field.equals("imm") ? value << 31 - top >> 31 - top : value;
    }

    String text(int half) {
      return OPERAND.matcher(expansion).replaceAll(m -> operand(m, half));
    }

    private String operand(MatchResult operand, int half) {
      String name = operand.group();
      if (name.endsWith("imm")) {
        int value = value(name, half);
        return Integer.toString(expansion.startsWith("lui") ? value >> 12 : value);
      }
      boolean floating = name.startsWith("f");
      String field = floating ? name.substring(1) : name;
      return (floating ? "f" : "x") + (value(field, half) + (field.endsWith("'") ? 8 : 0));
    }
  }

  private static final List<Rule> RULE_LIST = RULES.lines().map(CompressedTest::rule).toList();

  private static Rule rule(String line) {
    int bar = line.indexOf(" | ");
    String[] rest = line.substring(bar + 3).split("\\|", 2);
    int match = 0;
    int mask = 0;
    int at = 16;
    Map<String, int[]> fields = new LinkedHashMap<>();
    for (String token : line.substring(0, bar).strip().split(" +", -1)) {
      if (token.matches("[01]+")) {
        at -= token.length();
        match |= Integer.parseInt(token, 2) << at;
        mask |= (1 << token.length()) - 1 << at;
      } else {
        at = field(fields, token, at);
      }
    }
    assertThat(at).as(line).isZero();
    List<String> allowed = new ArrayList<>(List.of(rest[0].strip().split(" ")));
    allowed.remove("");
    return new Rule(match, mask, fields, allowed, rest[1].strip());
  }

  private static int field(Map<String, int[]> fields, String token, int top) {
    String name = token.replaceAll("\\[.*", "");
    String bits =
        token.contains("[")
            ? token.replaceAll(".*\\[|\\]", "")
            : name.endsWith("'") ? "2:0" : "4:0";
    int[] map = fields.computeIfAbsent(name, n -> minusOnes());
    int at = top;
    for (String run : bits.split("\\|", -1)) {
      String[] ends = run.split(":", -1);
      for (int bit = Integer.parseInt(ends[0]);
          bit >= Integer.parseInt(ends[ends.length - 1]);
          bit--) {
        map[--at] = bit;
      }
    }
    return at;
  }

  private static int[] minusOnes() {
    int[] map = new int[16];
    java.util.Arrays.fill(map, -1);
    return map;
  }

  @Test
  void everyHalfExpandsAsTheTablesSay() {
    StringBuilder source = new StringBuilder();
    List<Integer> legal = new ArrayList<>();
    for (int half = 0; half <= 0xffff; half++) {
      List<Rule> rules = rules(half);
      assertThat(rules).as("0x%04x", half).hasSizeLessThanOrEqualTo(1);
      if (rules.isEmpty()) {
        assertThat(Decoder.expand(half)).as("0x%04x", half).isZero();
      } else {
        legal.add(half);
        source.append(rules.getFirst().text(half)).append('\n');
      }
    }
    ByteBuffer words =
        ByteBuffer.wrap(Assembler.assemble(source.toString())).order(ByteOrder.LITTLE_ENDIAN);
    for (int half : legal) {
      assertThat(Decoder.expand(half)).as("0x%04x", half).isEqualTo(words.getInt());
    }
  }

  private static List<Rule> rules(int half) {
    return RULE_LIST.stream().filter(r -> r.holds(half)).toList();
  }

  @Test
  void expansionsAreInstructionsOfTheMachine() {
    for (int half = 0; half <= 0xffff; half++) {
      int word = Decoder.expand(half);
      assertThat(word == 0 || Decoder.op(word) != Op.ILLEGAL).as("0x%04x", half).isTrue();
    }
  }

  @Test
  void reservedEncodingsAreIllegal() {
    assertThat(Decoder.expand(0x0000)).as("all zero").isZero();
    assertThat(Decoder.expand(0x0004)).as("c.addi4spn with 0").isZero();
    assertThat(Decoder.expand(0x2001)).as("c.addiw into x0").isZero();
    assertThat(Decoder.expand(0x6101)).as("c.addi16sp with 0").isZero();
    assertThat(Decoder.expand(0x6201)).as("c.lui with 0, even register").isZero();
    assertThat(Decoder.expand(0x6881)).as("c.lui with 0, register above 15").isZero();
    assertThat(Decoder.expand(0x4002)).as("c.lwsp into x0").isZero();
    assertThat(Decoder.expand(0x6002)).as("c.ldsp into x0").isZero();
    assertThat(Decoder.expand(0x8002)).as("c.jr through x0").isZero();
    assertThat(Decoder.expand(0x9c79)).as("reserved by Zcb").isZero();
  }

  @Test
  void hintsExpandToWhatTheyEncode() {
    assertThat(Decoder.expand(0x0001)).as("c.nop").isEqualTo(Match.ADDI);
    assertThat(Decoder.expand(0x0005)).as("c.nop 1").isEqualTo(Match.ADDI | 1 << 20);
    assertThat(Decoder.expand(0x4005)).as("c.li x0, 1").isEqualTo(Match.ADDI | 1 << 20);
    assertThat(Decoder.expand(0x6005)).as("c.lui x0, 1").isEqualTo(Match.LUI | 1 << 12);
    assertThat(Decoder.expand(0x900a)).as("c.ntl.p1").isEqualTo(Match.ADD | 2 << 20);
    assertThat(Decoder.expand(0x6081)).as("c.mop.1").isEqualTo(Match.ADDI);
  }
}
