package atoll.front;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a regular expression that is looked for in what a guest prints. */
final class PatternArgument implements ITypeConverter<Pattern> {
  @Override
  public Pattern convert(String value) {
    Pattern pattern = compile(value);
    if (pattern.matcher("").find()) {
      throw new TypeConversionException(
          "'%s' also matches where nothing is printed; give an expression that needs a character"
              .formatted(value));
    }
    return pattern;
  }

  private static Pattern compile(String value) {
    try {
      return Pattern.compile(value);
    } catch (PatternSyntaxException e) {
      String place = e.getIndex() < 0 ? "" : " at character " + (e.getIndex() + 1);
      throw new TypeConversionException(
          "'%s' is not a regular expression: %s%s".formatted(value, e.getDescription(), place));
    }
  }
}
