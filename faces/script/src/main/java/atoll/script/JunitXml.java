package atoll.script;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Results as the XML that JUnit made usual, and that CI servers read: a suite for each script, a
 * case for each case, failures with the line and the end of the console.
 */
public final class JunitXml {
  private final XMLStreamWriter xml;

  private JunitXml(XMLStreamWriter xml) {
    this.xml = xml;
  }

  /** Writes a whole document. */
  public static void write(List<CaseResult> results, OutputStream to) throws IOException {
    try {
      XMLStreamWriter xml =
          XMLOutputFactory.newDefaultFactory()
              .createXMLStreamWriter(to, StandardCharsets.UTF_8.name());
      new JunitXml(xml).write(results);
      xml.flush();
    } catch (XMLStreamException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getMessage(), e);
    }
  }

  private void write(List<CaseResult> results) throws XMLStreamException {
    Map<String, List<CaseResult>> suites =
        results.stream()
            .collect(
                Collectors.groupingBy(
                    result -> result.script().file().toString(),
                    LinkedHashMap::new,
                    Collectors.toList()));
    xml.writeStartDocument(StandardCharsets.UTF_8.name(), "1.0");
    line("\n");
    xml.writeStartElement("testsuites");
    counts(results);
    for (List<CaseResult> suite : suites.values()) {
      suite(suite);
    }
    line("\n");
    xml.writeEndElement();
    line("\n");
    xml.writeEndDocument();
  }

  private void suite(List<CaseResult> results) throws XMLStreamException {
    line("\n  ");
    xml.writeStartElement("testsuite");
    attribute("name", results.getFirst().script().name());
    attribute("file", results.getFirst().script().file().toString());
    counts(results);
    for (CaseResult result : results) {
      testcase(result);
    }
    line("\n  ");
    xml.writeEndElement();
  }

  private void counts(List<CaseResult> results) throws XMLStreamException {
    long errors = results.stream().filter(JunitXml::error).count();
    long failures = results.stream().filter(result -> !result.passed()).count() - errors;
    Duration took = results.stream().map(CaseResult::took).reduce(Duration.ZERO, Duration::plus);
    attribute("tests", String.valueOf(results.size()));
    attribute("failures", String.valueOf(failures));
    attribute("errors", String.valueOf(errors));
    attribute("skipped", "0");
    attribute("time", seconds(took));
  }

  private static boolean error(CaseResult result) {
    return result.failure().filter(CaseResult.Failure::error).isPresent();
  }

  private void testcase(CaseResult result) throws XMLStreamException {
    line("\n    ");
    xml.writeStartElement("testcase");
    attribute("name", result.of().name());
    attribute("classname", result.script().name());
    attribute("file", result.script().file().toString());
    attribute("line", String.valueOf(result.of().line()));
    attribute("time", seconds(result.took()));
    if (result.failure().isPresent()) {
      failure(result, result.failure().get());
    }
    xml.writeEndElement();
  }

  private void failure(CaseResult result, CaseResult.Failure failure) throws XMLStreamException {
    line("\n      ");
    xml.writeStartElement(failure.error() ? "error" : "failure");
    attribute("message", failure.message());
    line(TextReport.reason(result, failure));
    if (!failure.tail().isEmpty()) {
      line("\n" + failure.tail());
    }
    xml.writeEndElement();
    line("\n    ");
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e9);
  }

  private void attribute(String name, String value) throws XMLStreamException {
    xml.writeAttribute(name, allowed(value));
  }

  private void line(String text) throws XMLStreamException {
    xml.writeCharacters(allowed(text));
  }

  /** Guests print what XML cannot have, escaped or not. */
  static String allowed(String text) {
    return text.codePoints()
        .map(c ->
            c == '\n' || c == '\t' || c >= ' ' && c != 0xfffe && c != 0xffff && !surrogate(c)
                ? c
                : 0xfffd)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean surrogate(int c) {
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
  }
}
