package atoll.isa;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;

/**
 * The bits of one instruction: which are fixed, and which fields the others make up.
 *
 * @param match the fixed bits' values
 * @param mask one where a bit is fixed
 * @param fields by name, in the order of the pattern
 */
record Encoding(int match, int mask, Map<String, Field> fields) {
  private static final Map<String, Integer> WIDTHS =
      Map.ofEntries(
          Map.entry("rd", 5),
          Map.entry("rs1", 5),
          Map.entry("rs2", 5),
          Map.entry("rs3", 5),
          Map.entry("fd", 5),
          Map.entry("fs1", 5),
          Map.entry("fs2", 5),
          Map.entry("fs3", 5),
          Map.entry("fli", 5),
          Map.entry("uimm", 5),
          Map.entry("rm", 3),
          Map.entry("csr", 12),
          Map.entry("aq", 1),
          Map.entry("rl", 1),
          Map.entry("fm", 4),
          Map.entry("pred", 4),
          Map.entry("succ", 4));

  /**
   * A run of value bits inside the instruction word.
   *
   * @param at lowest bit in the word
   * @param width how many bits
   * @param from lowest bit in the field's value
   */
  record Piece(int at, int width, int from) {
    int mask() {
      return (1 << width) - 1;
    }
  }

  /** A named field whose value may be scattered over the word. */
  record Field(String name, List<Piece> pieces) {
    /** The field's value in {@code word}, not sign-extended. */
    int get(int word) {
      int value = 0;
      for (Piece piece : pieces) {
        value |= (word >>> piece.at & piece.mask()) << piece.from;
      }
      return value;
    }

    /** The word's bits for {@code value}; bits of the value that the field cannot hold are lost. */
    int put(int value) {
      int word = 0;
      for (Piece piece : pieces) {
        word |= (value >>> piece.from & piece.mask()) << piece.at;
      }
      return word;
    }

    /** What every value is a multiple of. */
    int alignment() {
      return 1 << pieces.stream().mapToInt(Piece::from).min().orElse(0);
    }

    /** One more than the highest bit of a value. */
    int width() {
      return pieces.stream().mapToInt(p -> p.from + p.width).max().orElse(0);
    }
  }

  boolean matches(int word) {
    return (word & mask) == match;
  }

  boolean has(String field) {
    return fields.containsKey(field);
  }

  Field field(String name) {
    Field field = fields.get(name);
    if (field == null) {
      throw new IllegalArgumentException("no field " + name + " among " + fields.keySet());
    }
    return field;
  }

  /**
   * Reads a pattern such as {@code imm[11:5] rs2 rs1 000 imm[4:0] 0100011}.
   *
   * @throws IllegalArgumentException on an unknown field or a sum of widths other than 32
   */
  static Encoding parse(String pattern) {
    int match = 0;
    int mask = 0;
    int at = 32;
    Map<String, Field> fields = new LinkedHashMap<>();
    StringTokenizer tokens = new StringTokenizer(pattern);
    while (tokens.hasMoreTokens()) {
      String token = tokens.nextToken();
      if (isFixed(token)) {
        at -= token.length();
        match |= Integer.parseUnsignedInt(token, 2) << at;
        mask |= (int) ((1L << token.length()) - 1) << at;
      } else {
        at = addField(fields, token, at);
      }
    }
    if (at != 0) {
      throw new IllegalArgumentException((32 - at) + " bits instead of 32: " + pattern);
    }
    return new Encoding(match, mask, fields);
  }

  /** By hand: all patterns are read at each start, which by regular expressions takes 20 ms. */
  private static boolean isFixed(String token) {
    for (int i = 0; i < token.length(); i++) {
      if (token.charAt(i) != '0' && token.charAt(i) != '1') {
        return false;
      }
    }
    return true;
  }

  private static int addField(Map<String, Field> fields, String token, int top) {
    int bracket = token.indexOf('[');
    String name = bracket < 0 ? token : token.substring(0, bracket);
    Field field = fields.computeIfAbsent(name, n -> new Field(n, new ArrayList<>()));
    if (bracket < 0) {
      int width = width(name);
      field.pieces.add(new Piece(top - width, width, 0));
      return top - width;
    }
    int at = top;
    for (String run : token.substring(bracket + 1, token.length() - 1).split("\\|", -1)) {
      String[] ends = run.split(":", -1);
      int high = Integer.parseInt(ends[0]);
      int low = Integer.parseInt(ends[ends.length - 1]);
      at -= high - low + 1;
      field.pieces.add(new Piece(at, high - low + 1, low));
    }
    return at;
  }

  private static int width(String name) {
    Integer width = WIDTHS.get(name);
    if (width == null) {
      throw new IllegalArgumentException("unknown field " + name + "; known " + WIDTHS.keySet());
    }
    return width;
  }
}
