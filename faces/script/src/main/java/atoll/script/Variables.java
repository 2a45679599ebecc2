package atoll.script;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code ${name}} stands for while a case is done. One thread uses it. */
final class Variables {
  private static final Pattern USE = Pattern.compile("\\$?\\$\\{([^}]*)}");

  private final Map<String, String> values = new LinkedHashMap<>();

  Variables(Map<String, String> values) {
    this.values.putAll(values);
  }

  void put(String name, String value) {
    values.put(name, value);
  }

  void putAll(Map<String, String> more) {
    values.putAll(more);
  }

  /** A text with the values in their places. */
  String in(String text) {
    return replaced(text, value -> value);
  }

  /** An expression in which the values stand for themselves. */
  String inRegex(String regex) {
    return replaced(regex, Pattern::quote);
  }

  /** Two dollars are one that means nothing here. */
  private String replaced(String text, UnaryOperator<String> form) {
    return USE.matcher(text)
        .replaceAll(use ->
            Matcher.quoteReplacement(
                use.group().startsWith("$$")
                    ? use.group().substring(1)
                    : form.apply(values.getOrDefault(use.group(1), ""))));
  }
}
