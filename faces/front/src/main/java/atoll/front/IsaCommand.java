package atoll.front;

import atoll.isa.Instruction;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code atoll isa}. */
@Command(
    name = "isa",
    header =
        "Lists the guest's instructions: encoding, extension, and class after Popek and Goldberg.",
    description = {
      "",
      "A machine can be virtualised by trap-and-emulate if every sensitive instruction traps outside"
          + " the mode that owns it (Popek and Goldberg, 1974). Control-sensitive ones change mode,"
          + " translation or resources; behaviour-sensitive ones depend on them.",
      ""
    },
    sortOptions = false)
final class IsaCommand implements Callable<Integer> {
  private final PrintStream out;

  @Option(
      names = "--sensitive",
      description = "only the sensitive instructions, with when and why they trap")
  private boolean sensitive;

  @Option(names = "--json", description = "as a JSON array")
  private boolean json;

  IsaCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    List<Instruction> rows =
        Instruction.all().stream().filter(row -> !sensitive || row.kind().sensitive()).toList();
    if (json) {
      out.print(json(rows));
    } else {
      StringBuilder text = new StringBuilder();
      rows.forEach(row -> text.append(line(row)).append('\n'));
      out.print(text.append(rows.size()).append(" instructions\n"));
    }
    return ExitCode.SUCCESS;
  }

  private String line(Instruction row) {
    String line =
        "%-14s %-11s %-46s %s"
            .formatted(row.name(), row.extension(), row.pattern(), kind(row))
            .stripTrailing();
    return sensitive
        ? "%s%n    traps %s%n    %s".formatted(line, row.rule().text(), row.reason())
        : line;
  }

  private static String kind(Instruction row) {
    return row.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String json(List<Instruction> rows) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartArray();
      for (Instruction row : rows) {
        json.writeStartObject();
        json.writeStringField("name", row.name());
        json.writeStringField("operands", row.format().operands());
        json.writeStringField("extension", row.extension());
        json.writeStringField("encoding", row.pattern());
        json.writeStringField("match", "%08x".formatted(row.match()));
        json.writeStringField("mask", "%08x".formatted(row.mask()));
        json.writeStringField("class", kind(row));
        json.writeStringField("traps", row.rule().text());
        json.writeStringField("reason", row.reason());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    return text.append('\n').toString();
  }
}
