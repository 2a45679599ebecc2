package atoll.image;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Words among which a user chooses in a scenario. */
public final class Words {
  private Words() {}

  /** The constants of an enumeration by the words for them: ON_FAILURE is {@code on-failure}. */
  public static <E extends Enum<E>> Map<String, E> constants(Class<E> kind) {
    Map<String, E> choices = new LinkedHashMap<>();
    Arrays.stream(kind.getEnumConstants()).forEach(constant -> choices.put(of(constant), constant));
    return choices;
  }

  /** The constant that is written so. */
  public static <E extends Enum<E>> Optional<E> find(Class<E> kind, String word) {
    return Optional.ofNullable(constants(kind).get(word));
  }

  /** All words for constants, with the one that {@code word} may have meant. */
  public static <E extends Enum<E>> String hint(Class<E> kind, String word) {
    return hint(word, constants(kind).keySet());
  }

  /** How a constant is written. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** {@code a, b or c}. */
  public static String any(Collection<String> words) {
    List<String> all = List.copyOf(words);
    int last = all.size() - 1;
    return last < 1
        ? String.join("", all)
        : String.join(", ", all.subList(0, last)) + " or " + all.get(last);
  }

  /** {@code a, b or c; did you mean b?}, without the question if none is near. */
  public static String hint(String word, Collection<String> known) {
    return any(known)
        + Nearest.to(word, known).map(near -> "; did you mean " + near + "?").orElse("");
  }

  /** {@code ; did you mean b?}, or {@code ; there are a, b and c} if none is near. */
  public static String nearestOf(String word, Collection<String> known) {
    return Nearest.to(word, known)
        .map(near -> "; did you mean " + near + "?")
        .orElseGet(() -> "; there " + (known.size() == 1 ? "is only " : "are ") + all(known));
  }

  private static String all(Collection<String> words) {
    return any(words).replaceFirst(" or (?=[^ ]+$)", " and ");
  }

  /** {@code ; did you mean b?}, or all that there are if none is near. */
  public static String nearestOrAll(String word, Collection<String> known) {
    return Nearest.to(word, known)
        .map(near -> "; did you mean " + near + "?")
        .orElseGet(() -> ", expected " + any(known));
  }
}
