package atoll.junit;

import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;

/** What {@link Guest} and {@link Scenario} register by themselves. */
public final class AnnotatedSystems extends SystemExtension {
  /** For JUnit. */
  public AnnotatedSystems() {}

  @Override
  Optional<Wish> wish(ParameterContext parameter, ExtensionContext context) {
    return parameter
        .findAnnotation(Scenario.class)
        .map(said -> Wish.of(said, context))
        .or(() -> parameter.findAnnotation(Guest.class).map(said -> Wish.of(said, context)));
  }
}
