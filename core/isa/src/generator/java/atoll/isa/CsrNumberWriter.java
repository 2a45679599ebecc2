package atoll.isa;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes {@code CsrNumber} from {@code csr.table}; the file's head says what a line means. */
final class CsrNumberWriter {
  private static final String METHODS =
      """

        /** By number; null where there is none. */
        private static final String[] NAMES = names();

        private static final java.util.Map<String, Integer> NUMBERS = numbers();

        private CsrNumber() {}

        /** The name of CSR {@code number}, such as {@code mstatus}; {@code 0x123} where it has none. */
        public static String name(int number) {
          String name = NAMES[number & 0xfff];
          return name != null ? name : "0x%03x".formatted(number & 0xfff);
        }

        /** The number of the CSR called {@code name}, -1 if there is none. */
        public static int number(String name) {
          return NUMBERS.getOrDefault(name, -1);
        }

        private static java.util.Map<String, Integer> numbers() {
          java.util.Map<String, Integer> numbers = new java.util.HashMap<>();
          for (int number = 0; number < NAMES.length; number++) {
            if (NAMES[number] != null) {
              numbers.put(NAMES[number], number);
            }
          }
          return java.util.Map.copyOf(numbers);
        }
      """;

  private CsrNumberWriter() {}

  static String write(Path table) throws IOException {
    Map<Integer, String> names = names(Files.readAllLines(table));
    StringBuilder out = new StringBuilder(GenerateInstructions.head("csr.table"));
    out.append("/** Numbers and names of control and status registers (priv., CSR Listing). */\n")
        .append("public final class CsrNumber {\n");
    names.forEach((number, name) ->
        out.append(
            "  public static final int %s = 0x%03x;\n"
                .formatted(name.toUpperCase(Locale.ROOT), number)));
    return out.append(METHODS).append(namesMethod(names)).append("}\n").toString();
  }

  private static String namesMethod(Map<Integer, String> names) {
    return names.entrySet().stream()
        .map(e -> "    names[0x%03x] = \"%s\";\n".formatted(e.getKey(), e.getValue()))
        .collect(
            Collectors.joining(
                "",
                "\n  private static String[] names() {\n    String[] names = new String[0x1000];\n",
                "    return names;\n  }\n"));
  }

  private static Map<Integer, String> names(List<String> lines) {
    Map<Integer, String> names = new TreeMap<>();
    for (String line : lines) {
      if (!line.isBlank() && !line.startsWith("#")) {
        add(names, line.split("[- ]+", -1));
      }
    }
    return names;
  }

  private static void add(Map<Integer, String> names, String[] words) {
    String name = words[words.length - 1];
    int first = Integer.parseInt(words[0], 16);
    int last = Integer.parseInt(words[words.length - 2], 16);
    String stem = first == last ? name : name.replaceAll("[0-9]+$", "");
    int index = first == last ? 0 : Integer.parseInt(name.substring(stem.length()));
    for (int number = first; number <= last; number++) {
      String old = names.put(number, first == last ? name : stem + (index + number - first));
      if (old != null) {
        throw new IllegalArgumentException(
            "CSR 0x%03x is both %s and %s".formatted(number, old, name));
      }
    }
  }
}
