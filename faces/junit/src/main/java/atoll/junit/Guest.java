package atoll.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A parameter or a field of the type {@link atoll.api.Vm} or {@link atoll.api.AtollSystem} is a VM
 * with this guest, started and in a system of its own. Of a constructor, a test and its
 * {@code @BeforeEach} and {@code @AfterEach} methods, parameters with equal annotations are the
 * same VM, and fields that are not static, too; other ones are other VMs, so two alike are told
 * apart by {@link #name}. A static field has a VM for all tests of the class.
 *
 * <pre>{@code
 * @Test
 * void itIsLinux(@Guest("linux") Vm vm) {
 *   assertEquals("Linux", vm.run("uname").output());
 * }
 * }</pre>
 */
@Documented
@Target({ElementType.PARAMETER, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(AnnotatedSystems.class)
public @interface Guest {
  /**
   * What it runs: {@code linux}, {@code debian} or another disk image of Atoll's, {@code hello} or
   * another of its programs. Not needed with {@link #kernel} or {@link #firmware}.
   *
   * @return a name
   */
  String value() default "";

  /**
   * The name of the VM.
   *
   * @return up to 31 lower-case letters, digits and hyphens
   */
  String name() default "vm";

  /**
   * A kernel, entered in supervisor mode.
   *
   * @return a file, as {@link Scenario#value} is
   */
  String kernel() default "";

  /**
   * Firmware or a bare-metal program, entered in machine mode.
   *
   * @return a file, as {@link Scenario#value} is
   */
  String firmware() default "";

  /**
   * Words for its command line.
   *
   * @return separated by blanks
   */
  String append() default "";

  /**
   * Its RAM.
   *
   * @return such as {@code 256M}
   */
  String memory() default "512M";

  /**
   * Its harts.
   *
   * @return 1 to 32
   */
  int cpus() default 1;

  /**
   * What executes it.
   *
   * @return {@code auto}, {@code translator} or {@code interpreter}
   */
  String engine() default "auto";

  /**
   * Whether it has a network interface that reaches the outside.
   *
   * @return if so
   */
  boolean network() default false;

  /**
   * Whether all tests of the class have the same VM, one after the other or in parallel, until the
   * last has ended.
   *
   * @return false for one that is fresh for each test
   */
  boolean shared() default false;
}
