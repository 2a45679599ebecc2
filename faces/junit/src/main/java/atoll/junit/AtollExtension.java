package atoll.junit;

import atoll.api.AtollSystem;
import atoll.api.SystemBuilder;
import atoll.api.Vm;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;

/**
 * Gives tests the systems that a builder describes, for parameters of the types {@link AtollSystem}
 * and {@link Vm} without an annotation:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final AtollExtension atoll =
 *     AtollExtension.of(() -> Atoll.linux().cpus(2).disk(Path.of("test.qcow2")));
 *
 * @Test
 * void itHasTwoHarts(Vm vm) { ... }
 * }</pre>
 *
 * <p>What {@link Guest} and {@link Scenario} can say needs no registration. If a test fails, a
 * report is published as a file and an entry of JUnit's, and is added to the failure as a
 * suppressed exception, so that every tool shows it: each VM's state, the last lines of its
 * console, its registers with the names of what they point to, and what it has done.
 */
public final class AtollExtension extends SystemExtension {
  private final Supplier<? extends SystemBuilder<?>> builder;
  private final boolean shared;

  private AtollExtension(Supplier<? extends SystemBuilder<?>> builder, boolean shared) {
    this.builder = builder;
    this.shared = shared;
  }

  /**
   * A system that is fresh for each test.
   *
   * @param builder says what it is
   * @return to be registered by {@code @RegisterExtension}
   */
  public static AtollExtension of(Supplier<? extends SystemBuilder<?>> builder) {
    return new AtollExtension(builder, false);
  }

  /**
   * One system for all tests of a class.
   *
   * @param builder says what it is
   * @return to be registered by {@code @RegisterExtension} on a static field
   */
  public static AtollExtension shared(Supplier<? extends SystemBuilder<?>> builder) {
    return new AtollExtension(builder, true);
  }

  @Override
  Optional<Wish> wish(ParameterContext parameter, ExtensionContext context) {
    boolean annotated = parameter.isAnnotated(Guest.class) || parameter.isAnnotated(Scenario.class);
    return annotated ? Optional.empty() : Optional.of(new Wish(this, builder, shared, ""));
  }
}
