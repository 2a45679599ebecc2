package atoll.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A parameter or a field of the type {@link atoll.api.AtollSystem} is the system of a scenario
 * file, started; one of the type {@link atoll.api.Vm} is a VM of it. Of a constructor, a test and
 * its {@code @BeforeEach} and {@code @AfterEach} methods, parameters with the same file are of the
 * same system, and fields that are not static, too. A static field has the system of all tests of
 * the class.
 */
@Documented
@Target({ElementType.PARAMETER, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(AnnotatedSystems.class)
public @interface Scenario {
  /**
   * The file: from the folder in which tests run, or else a resource of the test's class.
   *
   * @return such as {@code scenarios/cockpit.yaml}
   */
  String value();

  /**
   * The VM, for a parameter of that type.
   *
   * @return its name; may be left out if there is only one
   */
  String vm() default "";

  /**
   * Whether all tests of the class have the same system, until the last has ended.
   *
   * @return false for one that is fresh for each test
   */
  boolean shared() default false;
}
