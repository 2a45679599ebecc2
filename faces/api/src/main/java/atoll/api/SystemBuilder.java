package atoll.api;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Describes a system, and makes it. A builder can be used several times, and makes a new system
 * each time; one thread uses it.
 *
 * @param <B> the kind of builder, which its own methods return
 */
public abstract sealed class SystemBuilder<B extends SystemBuilder<B>>
    permits VmBuilder, ScenarioBuilder, SnapshotBuilder {
  private Duration hostGrace = Duration.ofMinutes(1);
  private Consumer<String> progress = step -> {};

  SystemBuilder() {}

  abstract B self();

  /** What is to be made. Files that are needed while the system is there go to {@code files}. */
  abstract Described describe(Operator operator, Workspace files, Consumer<String> progress);

  /**
   * Limits what waits for guest time that does not go by: how much longer a wait takes in the
   * host's time than its limit in guest time says. One minute if this is not called.
   *
   * @param grace positive
   * @return this
   */
  public B hostGrace(Duration grace) {
    if (grace.isNegative() || grace.isZero()) {
      throw new AtollException("a grace is longer than nothing, not " + grace);
    }
    hostGrace = grace;
    return self();
  }

  /**
   * Has long work told before a system is there, such as the fetching of Debian's kernel at its
   * first use; and what a person may want to know of a scenario.
   *
   * @param told of each step in a few words, on any thread
   * @return this
   */
  public B progress(Consumer<String> told) {
    progress = Objects.requireNonNull(told, "told");
    return self();
  }

  /**
   * Makes the system with its VMs ready to start, so that it can be looked at before.
   *
   * @return to be closed
   * @throws AtollException if it cannot be made, or this JVM cannot have it ({@link
   *     Atoll#requireJvm}); nothing is left of it
   */
  public AtollSystem create() {
    Atoll.requireJvm();
    Operator operator = SystemLife.newOperator();
    Workspace files = new Workspace();
    Described described;
    try {
      described = Operator.translated(() -> describe(operator, files, progress));
    } catch (RuntimeException | Error e) {
      files.delete();
      throw e;
    }
    return new AtollSystem(SystemLife.make(described, operator, files, hostGrace, progress));
  }

  /**
   * Makes the system and starts it.
   *
   * @return to be closed
   * @throws AtollException as {@link #create} says
   */
  public AtollSystem start() {
    AtollSystem system = create();
    try {
      system.start();
      return system;
    } catch (RuntimeException | Error e) {
      system.close();
      throw e;
    }
  }
}
