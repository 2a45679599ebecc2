package atoll.front;

import atoll.image.Words;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a constant of an enumeration by its word, as in scenarios.
 *
 * @param <E> the enumeration
 */
abstract class OneOf<E extends Enum<E>> implements ITypeConverter<E>, Worded {
  private final Class<E> kind;

  OneOf(Class<E> kind) {
    this.kind = kind;
  }

  @Override
  public List<String> words() {
    return List.copyOf(Words.constants(kind).keySet());
  }

  @Override
  public E convert(String value) {
    return Words.find(kind, value)
        .orElseThrow(() ->
            new TypeConversionException(
                "there is no '%s'; choose %s".formatted(value, Words.hint(kind, value))));
  }
}
