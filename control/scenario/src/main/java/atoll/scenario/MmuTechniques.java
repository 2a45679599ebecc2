package atoll.scenario;

import atoll.engine.MmuKind;
import atoll.image.RefusedException;
import atoll.image.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The ways to translate a machine's addresses, by the words for them. */
public final class MmuTechniques {
  /** Takes the fastest. */
  public static final String AUTO = "auto";

  /** Why {@link #AUTO} takes what it takes, in a few words. */
  public static final String REASON =
      "the engines' TLB holds host addresses, so that a miss needs neither exit nor second stage";

  /** Everything that can be asked for. */
  public static final List<String> WORDS = words();

  private MmuTechniques() {}

  private static List<String> words() {
    List<String> words = new ArrayList<>(List.of(AUTO));
    Arrays.stream(MmuKind.values()).map(MmuKind::id).forEach(words::add);
    return List.copyOf(words);
  }

  /** The names that can be chosen, the one that {@link #AUTO} takes first. */
  public static List<String> names() {
    return WORDS.subList(1, WORDS.size());
  }

  /**
   * The technique of that name.
   *
   * @throws RefusedException if there is none
   */
  public static MmuKind choose(String name) {
    if (name.equals(AUTO)) {
      return MmuKind.FOLDED;
    }
    return Arrays.stream(MmuKind.values())
        .filter(kind -> kind.id().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new RefusedException(
                "there is no MMU technique '%s' here; choose %s"
                    .formatted(name, Words.any(WORDS))));
  }
}
