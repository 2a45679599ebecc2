package atoll.front;

import atoll.image.Words;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a constant of an enumeration by its word, as in scenarios.
 *
 * @param <E> the enumeration
 */
abstract class OneOf<E extends Enum<E>> implements ITypeConverter<E> {
  private final Class<E> kind;

  OneOf(Class<E> kind) {
    this.kind = kind;
  }

  @Override
  public E convert(String value) {
    return Words.find(kind, value)
        .orElseThrow(() ->
            new TypeConversionException(
                "there is no '%s'; choose %s".formatted(value, Words.hint(kind, value))));
  }
}
