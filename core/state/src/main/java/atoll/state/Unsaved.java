package atoll.state;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * This can change and is part of no saved state: a cache that fills again, something of the host's,
 * a count for people, or what is over whenever a state is taken. On a class it speaks for all its
 * fields. {@code StateCoverageTest} finds what is neither saved nor marked.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.FIELD, ElementType.TYPE})
public @interface Unsaved {
  /** Why a guest cannot notice. */
  String value();
}
