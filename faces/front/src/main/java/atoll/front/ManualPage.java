package atoll.front;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A manual page of a command, in the language of roff's package {@code man}. */
final class ManualPage {
  private static final String CODES = "Exit codes: ";

  private final CommandDescription command;
  private final String version;
  private final StringBuilder text = new StringBuilder();

  private ManualPage(CommandDescription command, String version) {
    this.command = command;
    this.version = version;
  }

  /**
   * The page of a command of {@code atoll}.
   *
   * @param version Atoll's
   */
  static String of(CommandDescription atoll, CommandDescription command, String version) {
    return new ManualPage(command, version).write(atoll);
  }

  /** {@code atoll-disk-create}. */
  static String name(CommandDescription command) {
    return String.join("-", command.path());
  }

  private String write(CommandDescription atoll) {
    line(
        ".TH %s 1 \"\" \"atoll %s\" \"Atoll\""
            .formatted(escaped(name(command)).toUpperCase(Locale.ROOT), escaped(version)));
    line(".nh"); // options are not to be hyphenated
    line(".ad l");
    section("NAME");
    line(escaped(name(command)) + " \\- " + escaped(summary()));
    section("SYNOPSIS");
    synopsis();
    description();
    list(
        "COMMANDS",
        command.commands().stream().map(each -> new Row(bold(each.line()), each.header())));
    list(
        "ARGUMENTS",
        command.operands().stream().map(each -> new Row(italic(each.label()), each.description())));
    list(
        "OPTIONS",
        command.options().stream().map(each -> new Row(named(each), each.description())));
    codes();
    seeAlso(atoll);
    return text.toString();
  }

  private record Row(String term, String meaning) {}

  /** The header as apropos shows it. */
  private String summary() {
    String header = command.header();
    return header.endsWith(".") ? header.substring(0, header.length() - 1) : header;
  }

  private void synopsis() {
    Stream<String> rest =
        command.commands().isEmpty()
            ? command.operands().stream().map(ManualPage::used)
            : Stream.of(italic("COMMAND") + " ...");
    line(
        Stream.concat(Stream.of(bold(command.line()), "[" + italic("OPTION") + "]..."), rest)
            .collect(Collectors.joining(" ")));
  }

  private static String used(CommandDescription.Operand operand) {
    String name = italic(operand.label()) + (operand.repeated() ? "..." : "");
    return operand.optional() ? "[" + name + "]" : name;
  }

  private void description() {
    List<String> paragraphs =
        Stream.concat(command.description().stream(), command.footer().stream())
            .filter(each -> !each.startsWith(CODES))
            .toList();
    section("DESCRIPTION");
    paragraph(command.header());
    paragraphs.forEach(this::paragraph);
  }

  private void codes() {
    command.footer().stream()
        .filter(each -> each.startsWith(CODES))
        .forEach(each -> {
          section("EXIT STATUS");
          paragraph(each.substring(CODES.length()));
        });
  }

  /** {@code -f, --format=FORMAT}. */
  private static String named(CommandDescription.Option option) {
    String value = option.takesValue() ? italic(option.label()) : "";
    String names = option.names().stream().map(ManualPage::bold).collect(Collectors.joining(", "));
    boolean joined = option.names().getLast().startsWith("--") && option.takesNextWord();
    return value.isEmpty() ? names : names + (joined ? "=" : " ") + value;
  }

  private void list(String title, Stream<Row> rows) {
    List<Row> all = rows.toList();
    if (all.isEmpty()) {
      return;
    }
    section(title);
    for (Row row : all) {
      line(".TP");
      line(row.term());
      line(escaped(row.meaning()));
    }
  }

  private void seeAlso(CommandDescription atoll) {
    String others =
        atoll
            .all()
            .filter(each -> related(each))
            .map(each -> bold(name(each)) + "(1)")
            .collect(Collectors.joining(", "));
    section("SEE ALSO");
    line(others);
  }

  /** Those above, and those directly below. */
  private boolean related(CommandDescription other) {
    List<String> path = command.path();
    int length = other.path().size();
    return length < path.size() && path.subList(0, length).equals(other.path())
        || command.commands().contains(other)
        || path.size() == 1 && other.path().size() == 2;
  }

  private void section(String title) {
    line(".SH " + title);
  }

  private void paragraph(String words) {
    line(".PP");
    line(escaped(words));
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  private static String bold(String words) {
    return "\\fB" + escaped(words) + "\\fR";
  }

  private static String italic(String words) {
    return "\\fI" + escaped(words) + "\\fR";
  }

  /** As itself, also where roff would make something nicer or take it for a request. */
  private static String escaped(String words) {
    String line =
        words
            .replace("\\", "\\(rs")
            .replace("-", "\\-")
            .replace("'", "\\(aq")
            .replace("`", "\\(ga")
            .replace("^", "\\(ha")
            .replace("~", "\\(ti");
    return line.startsWith(".") ? "\\&" + line : line;
  }
}
