package atoll.net;

import atoll.host.TapInterface;
import java.util.Optional;

/**
 * A network that goes on outside by an interface of the host, whose kernel is one more station of
 * it.
 *
 * @param name the interface's; without, the host chooses one for an interface that is made
 */
public record TapSettings(Optional<String> name) implements UplinkSettings {
  /** What a name looks like, for messages. */
  public static final String NAMES = TapInterface.NAMES;

  public TapSettings {
    name.filter(text -> !isName(text))
        .ifPresent(text -> {
          throw new IllegalArgumentException(
              "'%s' is not an interface's name, expected %s".formatted(text, NAMES));
        });
  }

  /** Whether an interface can have that name. */
  public static boolean isName(String text) {
    return TapInterface.isName(text);
  }
}
