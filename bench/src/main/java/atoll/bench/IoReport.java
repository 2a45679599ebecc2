package atoll.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The comparison of disks as a table for people (Markdown) and for programs (JSON).
 *
 * @param about what was compared and how, for the head of the report
 * @param verdicts none where nothing is judged
 */
record IoReport(
    String ours,
    String theirs,
    Map<String, String> about,
    List<IoRounds.Row> rows,
    List<Verdict> verdicts) {
  String markdown() {
    StringBuilder out = new StringBuilder("# Disks: " + ours + " beside " + theirs + "\n\n");
    about.forEach((k, v) -> out.append("* ").append(k).append(": ").append(v).append('\n'));
    out.append(
        "%nRatios are %s / %s within a round, median over rounds: of throughput, above 1 is more than %s; of the host's CPU time for each request, below 1 is less.%n%n"
            .formatted(ours, theirs, theirs));
    out.append(
        "| disk | job | unit | %s | %s | throughput | CPU |%n|---|---|---|---:|---:|---:|---:|%n"
            .formatted(theirs, ours));
    for (IoRounds.Row row : rows) {
      out.append(
          "| %s | %s | %s | %.0f | %.0f | %.2f | %.2f |%n"
              .formatted(
                  row.format(),
                  row.job(),
                  row.unit(),
                  row.theirs(),
                  row.ours(),
                  row.ratio(),
                  row.cpu()));
    }
    if (!verdicts.isEmpty()) {
      out.append(Verdict.table("bar (throughput)", verdicts));
    }
    return out.toString();
  }

  void json(Path file) throws IOException {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("about", about);
    document.put("jobs", rows);
    document.put("bars", verdicts.stream().map(Verdict::document).toList());
    document.put("allBarsHold", verdicts.stream().allMatch(Verdict::holds));
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), document);
  }
}
