package atoll.front;

import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A regular expression that is looked for in what one of several VMs prints.
 *
 * @param vm its name, not checked
 */
record VmPattern(String vm, Pattern pattern) {
  /** Reads {@code VM:REGEX}. */
  static final class Converter implements ITypeConverter<VmPattern> {
    @Override
    public VmPattern convert(String value) {
      int colon = value.indexOf(':');
      if (colon <= 0) {
        throw new TypeConversionException(
            "'%s' is not of the form VM:REGEX; give a VM's name, a colon and a regular expression"
                .formatted(value));
      }
      return new VmPattern(
          value.substring(0, colon), new PatternArgument().convert(value.substring(colon + 1)));
    }
  }
}
